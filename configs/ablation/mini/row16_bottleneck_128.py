"""Row 16: row 9 with task-specific adapters twice as wide."""

from mmengine.config import read_base

with read_base():
    from .row09_famevil import *

model.encoder.task_bottleneck *= 2
