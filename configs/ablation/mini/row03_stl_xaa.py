"""Row 3: row 1 with cross-attention adapters. Its XMR model is row 1's."""

from mmengine.config import read_base

with read_base():
    from .scale import *
    from .._base_.rows import remove_task_adapters

remove_task_adapters(globals())
del remove_task_adapters
