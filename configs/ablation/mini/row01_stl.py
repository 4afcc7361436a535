"""Row 1: a model for each task (--tasks), without adapters.

So there is no captioning, which needs to look at the photo.
"""

from mmengine.config import read_base

with read_base():
    from .scale import *

tasks = ['xmr', 'tgir', 'scr']
model.encoder.update(task_bottleneck=None, cross_bottleneck=None)
