"""Four tasks on the embedded MiniFashion, from the small CLIP that ships.

Minutes on two CPU cores. For other data in the same layouts give
``--cfg-options data_root=FOLDER``; where some of its photos are missing, with
``missing=skip``. From scratch with ``pretrained=None``, and with CLIP's rates
as in ``configs/pretrain_small_clip.py``.
"""

from mmengine.config import read_base
from mmengine.optim import OptimWrapper
from torch.optim import AdamW

with read_base():
    from ._base_.default_runtime import *
    from ._base_.four_tasks import *
    from ._base_.schedules import warm_up_cosine
    from ._base_.variables import derived

from famevil_plugin.datasets import AugmentPhotos, CentrePhotos, ShortenText
from famevil_plugin.engine import GroupedOptimWrapperConstructor, MultiTaskTrainLoop
from famevil_plugin.evaluation import CaptionAttributes
from famevil_plugin.models import FAMEViL

data_root = 'data/mini_fashion'
missing = 'error'
pretrained = 'small_clip'
image_size = 64
batch_size = 32
max_iters = 1600
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
        position_std=1.0,
    ),
    heads=task_heads(tokenizer),
    pretrained_parts=['encoder.cross_adapters', 'heads.fic'],
)

train_pipeline = pipeline(dict(type=AugmentPhotos, size=image_size), tokenizer)
test_pipeline = pipeline(dict(type=CentrePhotos, size=image_size), tokenizer)
train_dataloader = train_loader(
    train_pipeline, data_root, missing, batch_size, num_workers=1
)
# people search by a few words
train_dataloader['dataset']['datasets']['xmr']['pipeline'] = pipeline(
    dict(type=AugmentPhotos, size=image_size), tokenizer, dict(type=ShortenText)
)
val_dataloader = val_loaders(test_pipeline, data_root, missing, num_workers=1)
test_dataloader = val_dataloader
# what captions get right; no scores where the data set does not tell its words
val_evaluator.fic = [val_evaluator.fic, dict(type=CaptionAttributes)]
test_evaluator = val_evaluator

train_cfg = dict(type=MultiTaskTrainLoop, max_iters=max_iters, val_interval=max_iters)

optim_wrapper = dict(
    type=OptimWrapper,
    constructor=GroupedOptimWrapperConstructor,
    optimizer=dict(
        type=AdamW, lr=3e-4, betas=(0.9, 0.98), weight_decay=0.05, fused=True
    ),
    clip_grad=dict(max_norm=1.0),
    paramwise_cfg=dict(
        custom_keys=dict(
            adapters=dict(shared=False),
            cross_adapters=dict(lr_mult=0.03, shared=False),
            heads=dict(shared=False),
            **{
                'clip.visual': dict(lr_mult=0.03),
                'clip.text': dict(lr_mult=0.03),
                'heads.fic': dict(lr_mult=0.03, shared=False),
                # what the small CLIP has not learned
                'banks.scr': dict(lr_mult=8, shared=False),
                'heads.scr': dict(lr_mult=8, shared=False),
            },
        ),
        flat_decay_mult=0.0,
    ),
)
param_scheduler = warm_up_cosine(max_iters)
auto_scale_lr = dict(enable=False, base_batch_size=batch_size)

derived.image_size = [
    'model.encoder.backbone.vision_cfg.image_size',
    'model.teachers.*.model.encoder.backbone.vision_cfg.image_size',
    'train_dataloader.dataset.datasets.*.pipeline.*.size',
    '*_dataloader.*.dataset.pipeline.*.size',
]
del pipeline, task_heads, train_loader, val_loaders, warm_up_cosine
