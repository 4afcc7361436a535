"""Fine-tune on a shop's own catalogue, from the best weights there are.

``data_root`` is what tools/dataset_converters/catalogue.py wrote. A training
starts from the small CLIP that ships, or by ``--cfg-options load_from=FILE``
from a model that tools/train.py has trained. Its length, the tasks and the
number of sub-categories follow from the data (``by_data``); it ends when the
mean score has ceased to rise, and keeps the best checkpoint.
"""

from mmengine.config import read_base

with read_base():
    from .famevil_4task import *
    from ._base_.fine_tuning import by_data, early_stopping, new_rates
    from ._base_.schedules import warm_up_cosine

data_root = 'data/catalogue'
freeze_clip = False
max_iters = 1500

model.encoder.freeze_clip = freeze_clip
train_dataloader.dataset.update(
    datasets={task: dict(data_root=data_root) for task in datasets}
)
val_dataloader.update(
    {task: dict(dataset=dict(data_root=data_root)) for task in datasets}
)
test_dataloader = val_dataloader

train_cfg.update(max_iters=max_iters, val_interval=max_iters)
default_hooks.checkpoint.update(interval=max_iters, save_best='mean')
custom_hooks = [early_stopping]
optim_wrapper.optimizer.lr = 3e-4
optim_wrapper.paramwise_cfg.custom_keys.update(new_rates)
param_scheduler = warm_up_cosine(max_iters)
del early_stopping, new_rates, warm_up_cosine
