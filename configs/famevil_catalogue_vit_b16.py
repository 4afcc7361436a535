"""Fine-tune CLIP ViT-B/16 on a shop's own catalogue, on one GPU.

As ``configs/famevil_catalogue.py``, from CLIP's published weights:
``pretrained`` is an open_clip tag or a local file, and ``backbone`` any other
ViT of open_clip's that sees 224 pixels. With ``freeze_clip=True`` adapters
and heads alone learn, which needs less memory and keeps what CLIP knows.
Convert the catalogue with ``--max-side 400``, so that photos stay sharp.
"""

from mmengine.config import read_base

with read_base():
    from .famevil_4task_vit_b16 import *
    from ._base_.fine_tuning import by_data, on_catalogue

data_root = 'data/catalogue'
backbone = 'ViT-B-16-quickgelu'
freeze_clip = False
batch_size = 32
max_iters = 3000

model.encoder.update(backbone=backbone, freeze_clip=freeze_clip)
train_dataloader.batch_size = batch_size
on_catalogue(globals(), data_root, max_iters)
# higher than the paper's, whose training is many times as long
optim_wrapper.optimizer.lr = 5e-6
optim_wrapper.paramwise_cfg.custom_keys = dict(
    adapters=dict(lr_mult=50, shared=False), heads=dict(lr_mult=50, shared=False)
)
optim_wrapper.clip_grad = dict(max_norm=1.0)
single_task = {}
auto_scale_lr.base_batch_size = batch_size
del on_catalogue
