"""The paper's recipe: CLIP ViT-B/16 on FashionGen and FashionIQ.

``data_root`` holds ``FashionGen/`` and ``FashionIQ/``. ``pretrained`` is an
open_clip tag or a local file (``--cfg-options pretrained=ViT-B-16.pt``). The
batch of 64 is the global one: on N GPUs give each 64 / N, by
``batch_size``.
"""

from mmengine.config import read_base
from mmengine.optim import LinearLR, OptimWrapper
from torch.optim import AdamW

with read_base():
    from ._base_.default_runtime import *
    from ._base_.four_tasks import *
    from ._base_.schedules import drops
    from ._base_.variables import derived

from famevil_plugin.datasets import AugmentPhotos, CentrePhotos
from famevil_plugin.engine import (
    GroupedOptimWrapperConstructor,
    IdleGradientsHook,
    MultiTaskTrainLoop,
)
from famevil_plugin.models import FAMEViL

data_root = 'data/fashion'
missing = 'error'
pretrained = 'openai'
image_size = 224
batch_size = 64
max_iters = 90000
tokenizer = dict(vocab_size=49408, context_length=77)

model = dict(
    type=FAMEViL,
    encoder=dict(
        backbone='ViT-B-16-quickgelu',
        pretrained=pretrained,
        task_bottleneck=64,
        cross_bottleneck=64,
    ),
    heads=task_heads(tokenizer, num_classes=121),
)

train_pipeline = pipeline(dict(type=AugmentPhotos, size=image_size), tokenizer)
test_pipeline = pipeline(
    dict(type=CentrePhotos, size=image_size, resize=256), tokenizer
)
train_dataloader = train_loader(
    train_pipeline, data_root, missing, batch_size, num_workers=4
)
val_dataloader = val_loaders(test_pipeline, data_root, missing, num_workers=4)
test_dataloader = val_dataloader

train_cfg = dict(type=MultiTaskTrainLoop, max_iters=max_iters, val_interval=2000)
default_hooks.checkpoint.interval = 2000
custom_hooks = [dict(type=IdleGradientsHook)]

optim_wrapper = dict(
    type=OptimWrapper,
    constructor=GroupedOptimWrapperConstructor,
    optimizer=dict(type=AdamW, lr=1e-6, weight_decay=1e-5, fused=True),
    paramwise_cfg=dict(
        custom_keys=dict(
            adapters=dict(lr_mult=100, shared=False),
            heads=dict(lr_mult=100, shared=False),
        ),
        bias_decay_mult=0.0,
    ),
)
param_scheduler = [
    # MMEngine reaches the full rate in the step before `end`
    dict(type=LinearLR, start_factor=0.25, by_epoch=False, end=10001),
    drops(50000, 80000),
]
auto_scale_lr = dict(enable=False, base_batch_size=batch_size)

# each task alone (--tasks xmr): the teachers
single_task = {
    task: dict(
        max_iters=30000,
        train_cfg=dict(max_iters=30000, val_interval=1000),
        param_scheduler=[drops(20000)],
    )
    for task in datasets
}
single_task['xmr'].update(optim_wrapper=dict(optimizer=dict(weight_decay=0.0)))
single_task['tgir'].update(
    max_iters=6000,
    train_cfg=dict(max_iters=6000, val_interval=562),
    param_scheduler=[drops(4000)],
)
del drops, pipeline, task_heads, train_loader, val_loaders
