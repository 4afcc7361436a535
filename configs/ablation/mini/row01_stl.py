"""Row 1: a model for each task (--tasks), without adapters.

So there is no captioning, which needs to look at the photo.
"""

from mmengine.config import read_base

with read_base():
    from .scale import *
    from .._base_.rows import remove_cross_adapters, remove_task_adapters

remove_cross_adapters(globals())
remove_task_adapters(globals())
del remove_cross_adapters, remove_task_adapters
