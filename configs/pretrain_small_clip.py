"""The small CLIP that ships with the package, from nothing.

Contrast, captions, kinds and triplets of many drawn products that no other
config trains or evaluates on, some two hours on two CPU cores. The folder
named ``mini_fashion_pretraining`` is drawn where it is missing.
``tools/model_converters/publish_small_clip.py`` makes the shipped file of
what this leaves.
"""

from mmengine.config import read_base

with read_base():
    from .famevil_4task import *
    from ._base_.four_tasks import pipeline
    from ._base_.schedules import warm_up_cosine

from famevil_plugin.datasets import AugmentPhotos, CentrePhotos, DropText

data_root = 'data/mini_fashion_pretraining'
pretrained = None
batch_size = 48
max_iters = 30000

model.update(pretrained_parts=[])
model.encoder.update(pretrained=pretrained, task_bottleneck=None)
train_dataloader.batch_size = batch_size
for dataset in train_dataloader.dataset.datasets.values():
    dataset.data_root = data_root
for loader in val_dataloader.values():
    loader.dataset.data_root = data_root
# the kind by the photo alone: with its name in the text it would be read
train_dataloader.dataset.datasets.scr.pipeline = pipeline(
    dict(type=AugmentPhotos, size=image_size), tokenizer, dict(type=DropText)
)
val_dataloader.scr.dataset.pipeline = pipeline(
    dict(type=CentrePhotos, size=image_size), tokenizer, dict(type=DropText)
)
test_dataloader = val_dataloader

train_cfg.update(max_iters=max_iters, val_interval=max_iters)
optim_wrapper.optimizer.lr = 1e-3
optim_wrapper.paramwise_cfg.custom_keys.update(
    {
        'clip.visual': dict(lr_mult=1),
        'clip.text': dict(lr_mult=1),
        'token_embedding': dict(lr_mult=10),
        'cross_adapters': dict(lr_mult=1, shared=False),
        'heads.fic': dict(lr_mult=3, shared=False),
    }
)
param_scheduler = warm_up_cosine(max_iters, warm_up=500)
del pipeline, warm_up_cosine, dataset, loader
