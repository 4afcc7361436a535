"""FIC alone: the teacher of the paper's recipe, where only the text looks
at the other tower.
"""

from mmengine.config import read_base
from mmengine.optim import MultiStepLR

with read_base():
    from ..famevil_4task_vit_b16 import *

model.heads = dict(fic=model.heads.fic)
model.encoder.cross_sides = ['text']
train_dataloader.dataset.datasets = dict(
    fic=train_dataloader.dataset.datasets.fic)
val_dataloader = dict(fic=val_dataloader.fic)
test_dataloader = val_dataloader
val_evaluator = dict(fic=val_evaluator.fic)
test_evaluator = val_evaluator

train_cfg.update(max_iters=30000, val_interval=1000)
param_scheduler = [
    dict(type=MultiStepLR, milestones=[20000], gamma=0.1, by_epoch=False)
]
