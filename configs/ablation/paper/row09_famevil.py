"""Row 9, FAME-ViL: row 8, distilled from row 4."""

from mmengine.config import read_base

with read_base():
    from .row08_mtl_tsa_xaa import *
    from .._base_.rows import distil

distil(globals())
del distil
