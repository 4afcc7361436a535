"""TGIR alone on MiniFashion, for comparison with the four-task model.

With ``--cfg-options model.heads.tgir.query=text`` (or ``image``) the query is
made of the text (or the reference photo) alone.
"""

from mmengine.config import read_base

with read_base():
    from ..famevil_4task import *

model.heads = dict(tgir=model.heads.tgir)
train_dataloader.dataset.datasets = dict(
    tgir=train_dataloader.dataset.datasets.tgir)
val_dataloader = dict(tgir=val_dataloader.tgir)
test_dataloader = val_dataloader
val_evaluator = dict(tgir=val_evaluator.tgir)
test_evaluator = val_evaluator

# there is no captioning head to give a rate of its own
optim_wrapper.paramwise_cfg.custom_keys.pop('to_vocabulary')
