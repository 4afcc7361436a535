"""The small CLIP that ships with the package, from nothing.

Contrast, captions, triplets and what is on each photo, of many drawn products
that no other config trains or evaluates on, some two hours on two CPU cores.
The folder named ``mini_fashion_pretraining`` is drawn where it is missing.
``tools/model_converters/publish_small_clip.py`` makes the shipped file of
what this leaves.
"""

from mmengine.config import read_base

with read_base():
    from .famevil_4task import *
    from ._base_.schedules import warm_up_cosine

from famevil_plugin.pretraining import FacetHead, FacetPhotos, FacetScores

data_root = 'data/mini_fashion_pretraining'
pretrained = None
batch_size = 48
max_iters = 36000

model.update(pretrained_parts=[])
model.encoder.update(pretrained=pretrained, task_bottleneck=None)
model.heads.facets = dict(type=FacetHead)
del model.heads.scr

# each photo is an item: half of all steps learn what is on photos
train_datasets = train_dataloader.dataset.datasets
train_datasets.facets = dict(train_datasets.pop('scr'), type=FacetPhotos, task='facets')
val_dataloader.facets = val_dataloader.pop('scr')
val_dataloader.facets.dataset.update(type=FacetPhotos, task='facets')
val_evaluator.facets = dict(type=FacetScores)
del val_evaluator.scr
for dataset in train_datasets.values():
    dataset.data_root = data_root
for loader in val_dataloader.values():
    loader.dataset.data_root = data_root
train_dataloader.batch_size = batch_size
test_dataloader, test_evaluator = val_dataloader, val_evaluator

train_cfg.update(max_iters=max_iters, val_interval=max_iters)
optim_wrapper.optimizer.lr = 1e-3
rates = optim_wrapper.paramwise_cfg.custom_keys
del rates['banks.scr'], rates['heads.scr']
rates.update(
    {
        'clip.visual': dict(lr_mult=1),
        'clip.text': dict(lr_mult=1),
        'token_embedding': dict(lr_mult=10),
        'adapters': dict(lr_mult=3, shared=False),
        'cross_adapters': dict(lr_mult=1, shared=False),
        'heads.fic': dict(lr_mult=3, shared=False),
    }
)
param_scheduler = warm_up_cosine(max_iters, warm_up=500)
del warm_up_cosine, rates, dataset, loader, train_datasets
