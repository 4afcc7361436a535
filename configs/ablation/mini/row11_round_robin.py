"""Row 11: row 9 with the tasks in turn."""

from mmengine.config import read_base

with read_base():
    from .row09_famevil import *
    from .._base_.rows import sample_tasks

sample_tasks(globals(), 'round_robin')
del sample_tasks
