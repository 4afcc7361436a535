"""Zero-shot retrieval: an open_clip model as it is, for comparison.

``python tools/test.py configs/zero_shot.py`` needs no checkpoint. Any other
model is judged on the same data by ``--cfg-options backbone=ViT-B-32
pretrained=laion2b_s34b_b79k``, or by files: ``backbone=open_clip_config.json
pretrained=open_clip_pytorch_model.bin``. A query of TGIR is the sum of its
photo's and its text's embedding.
"""

from mmengine.config import read_base

with read_base():
    from .famevil_4task_vit_b16 import *

from famevil_plugin.datasets import (BackboneInputs, LoadPhotos,
                                     PackFashionInputs)

backbone = 'ViT-B-16-quickgelu'
pretrained = 'openai'

model.encoder = dict(
    backbone=backbone,
    pretrained=pretrained,
    task_bottleneck=None,
    cross_bottleneck=None)
model.heads = dict(xmr=model.heads.xmr, tgir=model.heads.tgir)

test_pipeline = [
    dict(type=LoadPhotos),
    dict(type=BackboneInputs, backbone=backbone, pretrained=pretrained),
    dict(type=PackFashionInputs),
]
val_dataloader = dict(xmr=val_dataloader.xmr, tgir=val_dataloader.tgir)
val_dataloader['xmr'].dataset.pipeline = test_pipeline
val_dataloader['tgir'].dataset.pipeline = test_pipeline
test_dataloader = val_dataloader
val_evaluator = dict(xmr=val_evaluator.xmr, tgir=val_evaluator.tgir)
test_evaluator = val_evaluator

train_dataloader = train_cfg = optim_wrapper = param_scheduler = None
