"""Four tasks on the embedded MiniFashion, from the small CLIP that ships.

Minutes on two CPU cores. For other data in the same layouts give
``--cfg-options data_root=FOLDER``; where some of its photos are missing, with
``missing=skip``. From scratch with ``pretrained=None``.
"""

from mmengine.config import read_base
from mmengine.dataset import DefaultSampler
from mmengine.optim import CosineAnnealingLR, LinearLR, OptimWrapper
from mmengine.runner import IterBasedTrainLoop
from torch.optim import AdamW

with read_base():
    from ._base_.default_runtime import *

from famevil_plugin.datasets import (
    AugmentPhotos,
    CentrePhotos,
    FashionGen,
    FashionIQ,
    LoadPhotos,
    MultiTaskDataset,
    PackFashionInputs,
    TaskSampler,
    TokenizeText,
    collate_batch,
)
from famevil_plugin.engine import (
    GroupedOptimWrapperConstructor,
    MultiTaskTestLoop,
    MultiTaskValLoop,
)
from famevil_plugin.evaluation import (
    CaptionScores,
    ComposedRecall,
    CrossModalRecall,
    SubcategoryScores,
)
from famevil_plugin.models import FAMEViL, FICHead, SCRHead, TGIRHead, XMRHead

data_root = 'data/mini_fashion'
missing = 'error'
pretrained = 'small_clip'
image_size = 64
batch_size = 32
max_iters = 3000
tokenizer = dict(vocab_size=2048, context_length=64)

model = dict(
    type=FAMEViL,
    encoder=dict(
        backbone=dict(
            embed_dim=128,
            vision_cfg=dict(
                image_size=image_size, patch_size=16, width=128, head_width=32, layers=4
            ),
            text_cfg=dict(**tokenizer, width=128, heads=4, layers=2),
        ),
        pretrained=pretrained,
        task_bottleneck=32,
        cross_bottleneck=64,
    ),
    heads=dict(
        xmr=dict(type=XMRHead),
        tgir=dict(type=TGIRHead),
        scr=dict(type=SCRHead),
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
    dict(type=CentrePhotos, size=image_size),
    dict(type=TokenizeText, tokenizer=tokenizer),
    dict(type=PackFashionInputs),
]

datasets = dict(
    xmr=dict(type=FashionGen, task='xmr'),
    tgir=dict(type=FashionIQ),
    scr=dict(type=FashionGen, task='scr'),
    fic=dict(type=FashionGen, task='fic'),
)

train_dataloader = dict(
    batch_size=batch_size,
    num_workers=1,
    persistent_workers=True,
    collate_fn=dict(type=collate_batch),
    sampler=dict(type=TaskSampler, batch_size=batch_size, schedule='size_proportional'),
    dataset=dict(
        type=MultiTaskDataset,
        datasets={
            task: dict(
                **dataset,
                data_root=data_root,
                missing=missing,
                split='train',
                pipeline=train_pipeline,
            )
            for task, dataset in datasets.items()
        },
    ),
)
val_dataloader = {
    task: dict(
        batch_size=120,
        num_workers=1,
        collate_fn=dict(type=collate_batch),
        sampler=dict(type=DefaultSampler, shuffle=False, round_up=False),
        dataset=dict(
            **dataset,
            data_root=data_root,
            missing=missing,
            split='val',
            test_mode=True,
            pipeline=test_pipeline,
        ),
    )
    for task, dataset in datasets.items()
}
val_evaluator = dict(
    xmr=dict(type=CrossModalRecall),
    tgir=dict(type=ComposedRecall),
    scr=dict(type=SubcategoryScores),
    fic=dict(type=CaptionScores),
)
test_dataloader = val_dataloader
test_evaluator = val_evaluator

train_cfg = dict(type=IterBasedTrainLoop, max_iters=max_iters, val_interval=1500)
val_cfg = dict(type=MultiTaskValLoop)
test_cfg = dict(type=MultiTaskTestLoop)

optim_wrapper = dict(
    type=OptimWrapper,
    constructor=GroupedOptimWrapperConstructor,
    optimizer=dict(
        type=AdamW, lr=6e-4, betas=(0.9, 0.98), weight_decay=0.05, fused=True
    ),
    clip_grad=dict(max_norm=1.0),
    paramwise_cfg=dict(
        custom_keys=dict(
            task_adapters=dict(lr_mult=3, shared=False),
            cross_adapters=dict(lr_mult=4, shared=False),
            heads=dict(shared=False),
            **{
                'clip.visual': dict(lr_mult=0.2),
                'heads.fic': dict(lr_mult=5, shared=False),
            },
        ),
        flat_decay_mult=0.0,
    ),
)
param_scheduler = [
    dict(type=LinearLR, start_factor=0.01, by_epoch=False, end=50),
    dict(
        type=CosineAnnealingLR,
        eta_min_ratio=0.01,
        by_epoch=False,
        begin=50,
        end=max_iters,
    ),
]
auto_scale_lr = dict(enable=False, base_batch_size=batch_size)
