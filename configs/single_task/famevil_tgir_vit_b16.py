"""TGIR alone: the teacher of the paper's recipe."""

from mmengine.config import read_base
from mmengine.optim import MultiStepLR

with read_base():
    from ..famevil_4task_vit_b16 import *

model.heads = dict(tgir=model.heads.tgir)
train_dataloader.dataset.datasets = dict(
    tgir=train_dataloader.dataset.datasets.tgir)
val_dataloader = dict(tgir=val_dataloader.tgir)
test_dataloader = val_dataloader
val_evaluator = dict(tgir=val_evaluator.tgir)
test_evaluator = val_evaluator

train_cfg.update(max_iters=6000, val_interval=562)
param_scheduler = [
    dict(type=MultiStepLR, milestones=[4000], gamma=0.1, by_epoch=False)
]
