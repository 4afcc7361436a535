"""Zero-shot retrieval: an open_clip model as it is, for comparison.

``python tools/test.py configs/zero_shot.py`` needs no checkpoint. Any other
model is evaluated on the same data by ``--cfg-options backbone=ViT-B-32
pretrained=laion2b_s34b_b79k``, or by files: ``backbone=open_clip_config.json
pretrained=open_clip_pytorch_model.bin``. A query of TGIR is the sum of its
photo's and its text's embedding.
"""

from mmengine.config import read_base

with read_base():
    from .famevil_4task_vit_b16 import *

from famevil_plugin.datasets import BackboneInputs, LoadPhotos, PackFashionInputs

tasks = ['xmr', 'tgir']
backbone = 'ViT-B-16-quickgelu'
pretrained = 'openai'

model.encoder = dict(
    backbone=backbone,
    pretrained=pretrained,
    task_bottleneck=None,
    cross_bottleneck=None,
)

test_pipeline = [
    dict(type=LoadPhotos),
    dict(type=BackboneInputs, backbone=backbone, pretrained=pretrained),
    dict(type=PackFashionInputs),
]
val_dataloader.update(
    {task: dict(dataset=dict(pipeline=test_pipeline)) for task in datasets}
)
test_dataloader = val_dataloader

train_dataloader = train_cfg = optim_wrapper = param_scheduler = None
single_task = {}
