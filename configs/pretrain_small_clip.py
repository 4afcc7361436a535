"""The small CLIP of the ablation's mini scale, before it meets clothes.

Contrastive learning of MiniScenes, some minutes on one CPU core; a folder
named ``mini_scenes`` is drawn where it is missing.
"""

from mmengine.config import read_base

with read_base():
    from .famevil_4task import *
    from ._base_.task_choice import keep_only

data_root = 'data/mini_scenes'
batch_size = 64
max_iters = 1500

model.encoder.update(task_bottleneck=None, cross_bottleneck=None)
train_dataloader.update(
    batch_size=batch_size,
    sampler=dict(batch_size=batch_size),
    dataset=dict(datasets=dict(xmr=dict(data_root=data_root))),
)
val_dataloader.xmr.dataset.data_root = data_root
test_dataloader = val_dataloader

train_cfg.update(max_iters=max_iters, val_interval=max_iters)
param_scheduler[1].end = max_iters

keep_only(globals(), 'xmr')
del keep_only
