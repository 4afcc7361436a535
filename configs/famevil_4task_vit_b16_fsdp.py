"""The paper's recipe, each process with its share of the model: FSDP2.

For backbones of which one card does not hold weights, gradients and the
optimizer's state together; give a larger one by ``--cfg-options backbone=...``.
Losses and checkpoints are those of ``famevil_4task_vit_b16.py``. What a
training resumes from is written by all processes, each its share; with
``default_hooks.checkpoint.in_shares=False`` by the first one, whole.
"""

from mmengine.config import read_base

with read_base():
    from .famevil_4task_vit_b16 import *

from famevil_plugin.engine import TaskFullyShardedDataParallel

model_wrapper_cfg = dict(type=TaskFullyShardedDataParallel)
default_hooks.checkpoint.in_shares = True
