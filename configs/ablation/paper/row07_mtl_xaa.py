"""Row 7: row 3 in one model for all tasks."""

from mmengine.config import read_base

with read_base():
    from .row03_stl_xaa import *
