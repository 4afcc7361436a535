"""Row 3: row 1 with cross-attention adapters. Its XMR model is row 1's."""

from mmengine.config import read_base

with read_base():
    from .scale import *

model.encoder.task_bottleneck = None
