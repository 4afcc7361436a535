"""Row 14: row 8 with IMTL-G, one update of four iterations."""

from mmengine.config import read_base

with read_base():
    from .row08_mtl_tsa_xaa import *

from famevil_plugin.engine import IMTLGOptimWrapper

optim_wrapper.type = IMTLGOptimWrapper
train_dataloader.sampler.schedule = 'round_robin'
