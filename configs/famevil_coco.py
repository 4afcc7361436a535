"""XMR and FIC on captions in COCO's format.

``data_root`` holds ``annotations/captions_{train,val}*.json`` and the photos.
FIC is scored against all captions of a photo.
"""

from mmengine.config import read_base

with read_base():
    from .famevil_4task import *
    from ._base_.fine_tuning import new_rates
    from ._base_.task_choice import keep_only

from famevil_plugin.datasets import COCOCaptions

data_root = 'data/coco'

keep_only(globals(), 'xmr', 'fic')
for dataset in train_dataloader.dataset.datasets.values():
    dataset.update(type=COCOCaptions, data_root=data_root)
for loader in val_dataloader.values():
    loader.dataset.update(type=COCOCaptions, data_root=data_root)
test_dataloader = val_dataloader
optim_wrapper.paramwise_cfg.custom_keys.update(new_rates)
del new_rates, keep_only, dataset, loader
