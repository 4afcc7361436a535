"""Fine-tune on a shop's own catalogue, from a model trained on MiniFashion.

``data_root`` is what tools/dataset_converters/catalogue.py wrote. Without a
model to start from give ``--cfg-options load_from=None``; a catalogue of
more than 121 sub-categories needs ``model.heads.scr.num_classes``.
"""

from mmengine.config import read_base

with read_base():
    from .famevil_4task import *

data_root = 'data/catalogue'
max_iters = 1500
load_from = 'work_dirs/famevil_4task/iter_3000.pth'
# the shop's sub-categories are others than MiniFashion's
custom_hooks[0].fresh = ['heads.scr.classifier.']

train_dataloader.dataset.update(
    datasets={task: dict(data_root=data_root) for task in datasets}
)
val_dataloader.update(
    {task: dict(dataset=dict(data_root=data_root)) for task in datasets}
)
test_dataloader = val_dataloader

train_cfg.update(max_iters=max_iters, val_interval=750)
default_hooks.checkpoint.interval = 500
optim_wrapper.optimizer.lr = 3e-4
param_scheduler[1].end = max_iters
