"""Row 12: row 8 with implicit adaptive scheduling."""

from mmengine.config import read_base

with read_base():
    from .row08_mtl_tsa_xaa import *

from famevil_plugin.engine import AdaptiveOptimWrapper, AdaptiveSchedulingHook

train_cfg.val_interval = scheduling_interval
optim_wrapper.type = AdaptiveOptimWrapper
custom_hooks.append(dict(type=AdaptiveSchedulingHook, references=references))
