"""Row 10: row 9 with all tasks equally probable."""

from mmengine.config import read_base

with read_base():
    from .row09_famevil import *

train_dataloader.sampler.schedule = 'uniform'
