"""Row 6: row 2 in one model for all its tasks."""

from mmengine.config import read_base

with read_base():
    from .row02_stl_tsa import *
