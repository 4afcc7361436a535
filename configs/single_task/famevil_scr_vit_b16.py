"""SCR alone: the teacher of the paper's recipe."""

from mmengine.config import read_base
from mmengine.optim import MultiStepLR

with read_base():
    from ..famevil_4task_vit_b16 import *

model.heads = dict(scr=model.heads.scr)
train_dataloader.dataset.datasets = dict(
    scr=train_dataloader.dataset.datasets.scr)
val_dataloader = dict(scr=val_dataloader.scr)
test_dataloader = val_dataloader
val_evaluator = dict(scr=val_evaluator.scr)
test_evaluator = val_evaluator

train_cfg.update(max_iters=30000, val_interval=1000)
param_scheduler = [
    dict(type=MultiStepLR, milestones=[20000], gamma=0.1, by_epoch=False)
]
