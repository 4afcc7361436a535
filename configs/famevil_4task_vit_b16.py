"""The paper's recipe: CLIP ViT-B/16 on FashionGen and FashionIQ.

``data_root`` holds ``FashionGen/`` and ``FashionIQ/``. ``pretrained`` is an
open_clip tag or a local file (``--cfg-options pretrained=ViT-B-16.pt``). The
batch of 64 is the global one: on N GPUs give each 64 / N, by
``train_dataloader.batch_size`` and ``train_dataloader.sampler.batch_size``.
"""

from mmengine.config import read_base
from mmengine.optim import LinearLR, MultiStepLR, OptimWrapper
from torch.optim import AdamW

with read_base():
    from .famevil_4task import *

from famevil_plugin.datasets import (
    AugmentPhotos,
    CentrePhotos,
    LoadPhotos,
    PackFashionInputs,
    TokenizeText,
)
from famevil_plugin.engine import GroupedOptimWrapperConstructor, IdleGradientsHook
from famevil_plugin.models import FAMEViL, FICHead, SCRHead, TGIRHead, XMRHead

data_root = 'data/fashion'
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
    heads=dict(
        xmr=dict(type=XMRHead),
        tgir=dict(type=TGIRHead),
        scr=dict(type=SCRHead, num_classes=121),
        fic=dict(type=FICHead, tokenizer=tokenizer),
    ),
)

train_pipeline = [
    dict(type=LoadPhotos),
    dict(type=AugmentPhotos, size=image_size),
    dict(type=TokenizeText, tokenizer=tokenizer),
    dict(type=PackFashionInputs),
]
test_pipeline = [
    dict(type=LoadPhotos),
    dict(type=CentrePhotos, size=image_size, resize=256),
    dict(type=TokenizeText, tokenizer=tokenizer),
    dict(type=PackFashionInputs),
]
train_dataloader.update(
    batch_size=batch_size,
    num_workers=4,
    sampler=dict(batch_size=batch_size),
    dataset=dict(
        datasets={
            task: dict(data_root=data_root, pipeline=train_pipeline)
            for task in datasets
        }
    ),
)
val_dataloader.update(
    {
        task: dict(
            num_workers=4, dataset=dict(data_root=data_root, pipeline=test_pipeline)
        )
        for task in datasets
    }
)
test_dataloader = val_dataloader

train_cfg.update(max_iters=max_iters, val_interval=2000)
default_hooks.checkpoint.interval = 2000
custom_hooks.append(dict(type=IdleGradientsHook))

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
    dict(type=MultiStepLR, milestones=[50000, 80000], gamma=0.1, by_epoch=False),
]
auto_scale_lr = dict(enable=False, base_batch_size=batch_size)

# each task alone (--tasks xmr): the teachers
single_task = {
    task: dict(
        train_cfg=dict(max_iters=30000, val_interval=1000),
        param_scheduler=[
            dict(type=MultiStepLR, milestones=[20000], gamma=0.1, by_epoch=False)
        ],
    )
    for task in datasets
}
single_task['xmr'].update(optim_wrapper=dict(optimizer=dict(weight_decay=0.0)))
single_task['tgir'].update(
    train_cfg=dict(max_iters=6000, val_interval=562),
    param_scheduler=[
        dict(type=MultiStepLR, milestones=[4000], gamma=0.1, by_epoch=False)
    ],
)
