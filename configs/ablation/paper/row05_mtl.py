"""Row 5: row 1 in one model for all its tasks."""

from mmengine.config import read_base

with read_base():
    from .row01_stl import *
