"""Row 17: row 9 with task-specific adapters four times as wide."""

from mmengine.config import read_base

with read_base():
    from .row09_famevil import *
    from .._base_.rows import widen_task_adapters

widen_task_adapters(globals(), 4)
del widen_task_adapters
