"""What both trainings share: the transformer, how photos are read, the runtime."""

data_root = 'data/mini_fashion/FashionGen'
default_scope = 'mmpretrain'

vit = dict(
    type='VisionTransformer',
    arch=dict(embed_dims=128, num_layers=4, num_heads=4, feedforward_channels=512),
    img_size=64,
    patch_size=16,
    # as CLIP has them
    pre_norm=True,
    norm_cfg=dict(type='LN', eps=1e-5),
)
data_preprocessor = dict(
    mean=[122.77, 116.75, 104.09], std=[68.50, 66.63, 70.32], to_rgb=True
)
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='RandomResizedCrop', scale=64, crop_ratio_range=(0.6, 1.0)),
    dict(type='RandomFlip', prob=0.5, direction='horizontal'),
    dict(type='PackInputs'),
]
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='Resize', scale=(64, 64)),
    dict(type='PackInputs'),
]

optim_wrapper = dict(
    optimizer=dict(type='AdamW', lr=1e-3, weight_decay=0.05),
    clip_grad=dict(max_norm=1.0),
)
log_processor = dict(by_epoch=False)
default_hooks = dict(
    logger=dict(type='LoggerHook', interval=50),
    checkpoint=dict(type='CheckpointHook', by_epoch=False, interval=100),
)
randomness = dict(seed=0)
