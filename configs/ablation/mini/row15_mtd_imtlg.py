"""Row 15: row 14, distilled as row 9 is."""

from mmengine.config import read_base

with read_base():
    from .row14_imtlg import *
    from .._base_.rows import distil

distil(globals())
del distil
