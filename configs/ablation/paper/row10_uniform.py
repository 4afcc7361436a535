"""Row 10: row 9 with all tasks equally probable."""

from mmengine.config import read_base

with read_base():
    from .row09_famevil import *
    from .._base_.rows import sample_tasks

sample_tasks(globals(), 'uniform')
del sample_tasks
