"""Row 17: row 9 with task-specific adapters four times as wide."""

from mmengine.config import read_base

with read_base():
    from .row09_famevil import *

model.encoder.task_bottleneck *= 4
