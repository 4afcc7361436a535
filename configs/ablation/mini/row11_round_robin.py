"""Row 11: row 9 with the tasks in turn."""

from mmengine.config import read_base

with read_base():
    from .row09_famevil import *

train_dataloader.sampler.schedule = 'round_robin'
