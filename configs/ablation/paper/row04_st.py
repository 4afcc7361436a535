"""Row 4: a model for each task (--tasks), with both adapters.

These are the teachers. The XMR model is row 2's.
"""

from mmengine.config import read_base

with read_base():
    from .scale import *
