"""Row 2: row 1 with task-specific adapters."""

from mmengine.config import read_base

with read_base():
    from .scale import *

tasks = ['xmr', 'tgir', 'scr']
model.encoder.cross_bottleneck = None
