"""Row 12: row 8 with implicit adaptive scheduling."""

from mmengine.config import read_base

with read_base():
    from .row08_mtl_tsa_xaa import *
    from .._base_.rows import scale_gradients

scale_gradients(globals())
del scale_gradients
