"""Row 13: row 12, distilled as row 9 is."""

from mmengine.config import read_base

with read_base():
    from .row12_ias import *
    from .._base_.rows import distil

distil(globals())
del distil
