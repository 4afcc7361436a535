"""XMR alone: the teacher of the paper's recipe, without cross-attention."""

from mmengine.config import read_base
from mmengine.optim import MultiStepLR

with read_base():
    from ..famevil_4task_vit_b16 import *

model.heads = dict(xmr=model.heads.xmr)
model.encoder.cross_bottleneck = None
train_dataloader.dataset.datasets = dict(
    xmr=train_dataloader.dataset.datasets.xmr)
val_dataloader = dict(xmr=val_dataloader.xmr)
test_dataloader = val_dataloader
val_evaluator = dict(xmr=val_evaluator.xmr)
test_evaluator = val_evaluator

train_cfg.update(max_iters=30000, val_interval=1000)
optim_wrapper.optimizer.weight_decay = 0.
param_scheduler = [
    dict(type=MultiStepLR, milestones=[20000], gamma=0.1, by_epoch=False)
]
