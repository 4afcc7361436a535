"""The five tasks, attributes learnt from a model of that task alone besides.

Its training: ``python tools/train.py examples/attribute_prediction/config.py
--tasks attributes --work-dir work_dirs/attributes_teacher``.
"""

from mmengine.config import read_base

with read_base():
    from .config import *

model.teachers = dict(
    attributes=dict(
        model=dict(model, heads=dict(attributes=model.heads.attributes)),
        checkpoint='work_dirs/attributes_teacher/iter_1600.pth',
    )
)
