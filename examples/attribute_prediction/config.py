"""The four tasks of configs/famevil_4task.py and attributes as a fifth."""

from mmengine.config import read_base

with read_base():
    from ...configs.famevil_4task import *

from attribute_prediction import (
    AttributeFashionGen,
    AttributeHead,
    MeanAveragePrecision,
)

data = dict(type=AttributeFashionGen, task='attributes')

model.heads.attributes = dict(type=AttributeHead)
train_dataloader.dataset.datasets.attributes = dict(
    train_dataloader.dataset.datasets.scr, **data
)
val_dataloader.attributes = dict(
    val_dataloader.scr, dataset=dict(val_dataloader.scr.dataset, **data)
)
val_evaluator.attributes = dict(type=MeanAveragePrecision)
# the task begins from nothing, as sub-category recognition does
rates = optim_wrapper.paramwise_cfg.custom_keys
for part in ('banks', 'heads'):
    rates[f'{part}.attributes'] = dict(rates[f'{part}.scr'])
test_dataloader, test_evaluator = val_dataloader, val_evaluator
del data, rates, part
