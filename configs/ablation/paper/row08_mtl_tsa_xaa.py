"""Row 8, the base: row 4 in one model for all tasks."""

from mmengine.config import read_base

with read_base():
    from .row04_st import *
