"""Row 2: row 1 with task-specific adapters."""

from mmengine.config import read_base

with read_base():
    from .scale import *
    from .._base_.rows import remove_cross_adapters

remove_cross_adapters(globals())
del remove_cross_adapters
