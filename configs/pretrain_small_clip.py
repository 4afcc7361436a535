"""The small CLIP that ships with the package, from nothing.

Contrast and captions of many drawn products that no other config trains on
or is judged by, about an hour on two CPU cores. The folder named
``mini_fashion_pretraining`` is drawn where it is missing.
``tools/model_converters/small_clip.py`` makes the shipped file of what this
leaves.
"""

from mmengine.config import read_base

with read_base():
    from .famevil_4task import *

from famevil_plugin.datasets import DropText

data_root = 'data/mini_fashion_pretraining'
pretrained = None
batch_size = 48
max_iters = 8500
tasks = ['xmr', 'scr', 'fic']

model.encoder.update(pretrained=pretrained, task_bottleneck=None)
train_dataloader.update(
    batch_size=batch_size,
    sampler=dict(batch_size=batch_size, schedule='round_robin'),
    dataset=dict(datasets={task: dict(data_root=data_root) for task in tasks}),
)
# the kind by the photo alone: with its name in the text it would be read
train_dataloader.dataset.datasets.scr.pipeline.insert(2, dict(type=DropText))
val_dataloader.scr.dataset.pipeline.insert(2, dict(type=DropText))
for task in tasks:
    val_dataloader[task].dataset.data_root = data_root
test_dataloader = val_dataloader

train_cfg.update(max_iters=max_iters, val_interval=max_iters)
optim_wrapper.optimizer.lr = 1e-3
optim_wrapper.paramwise_cfg.custom_keys.update(
    {
        'clip.visual': dict(lr_mult=1),
        'token_embedding': dict(lr_mult=10),
        'cross_adapters': dict(lr_mult=1, shared=False),
        'heads.fic': dict(lr_mult=3, shared=False),
    }
)
param_scheduler[0].end = 500
param_scheduler[1].update(begin=500, end=max_iters)
