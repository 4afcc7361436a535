"""Row 14: row 8 with IMTL-G, one update of four iterations."""

from mmengine.config import read_base

with read_base():
    from .row08_mtl_tsa_xaa import *
    from .._base_.rows import combine_gradients

combine_gradients(globals())
del combine_gradients
