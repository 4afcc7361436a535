"""An ordinary training of mmpretrain: which of 42 kinds of garment is it?

It begins as the image tower of the CLIP that ships (small_clip.py).
"""

from mmengine.config import read_base

with read_base():
    from .base import *

model = dict(
    type='ImageClassifier',
    backbone=dict(
        init_cfg=dict(type='Pretrained', checkpoint='work_dirs/small_clip_vit.pth'),
        **vit,
    ),
    head=dict(
        type='VisionTransformerClsHead',
        num_classes=42,
        in_channels=128,
        loss=dict(type='CrossEntropyLoss'),
    ),
    data_preprocessor=dict(num_classes=42, **data_preprocessor),
)
train_dataloader = dict(
    batch_size=32,
    num_workers=1,
    sampler=dict(type='InfiniteSampler', shuffle=True),
    dataset=dict(
        type='CustomDataset',
        data_root=data_root,
        ann_file='kind_train.txt',
        pipeline=train_pipeline,
    ),
)
val_dataloader = dict(
    batch_size=128,
    num_workers=1,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='CustomDataset',
        data_root=data_root,
        ann_file='kind_val.txt',
        pipeline=test_pipeline,
    ),
)
val_evaluator = dict(type='Accuracy', topk=(1,))
test_dataloader = val_dataloader
test_evaluator = val_evaluator
train_cfg = dict(by_epoch=False, max_iters=400, val_interval=200)
val_cfg = dict()
test_cfg = dict()
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, by_epoch=False, end=50),
    dict(type='CosineAnnealingLR', by_epoch=False, begin=50, end=400),
]
