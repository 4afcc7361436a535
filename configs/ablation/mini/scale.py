"""Mini scale: MiniFashion, and the small CLIP that ships with the package."""

from mmengine.config import read_base

with read_base():
    from ...famevil_4task import *
    from ..._base_.schedules import warm_up_cosine

pretrained = 'small_clip'
max_iters = 1200

model.encoder.pretrained = pretrained
model.pretrained_parts = []  # the CLIP alone, as in the paper
train_cfg.update(max_iters=max_iters, val_interval=max_iters)
default_hooks.checkpoint.interval = 300
param_scheduler = warm_up_cosine(max_iters)

# slower than from scratch for CLIP, faster for what is new
optim_wrapper.paramwise_cfg.custom_keys = {
    'clip.visual': dict(lr_mult=0.2),
    'clip.text': dict(lr_mult=1),
    'task_adapters': dict(lr_mult=6, shared=False),
    'cross_adapters': dict(lr_mult=4, shared=False),
    'heads': dict(shared=False),
    'heads.scr': dict(lr_mult=8, shared=False),
    'heads.fic': dict(lr_mult=10, shared=False),
}

# each task alone: its share of the four or longer, until it levels off (of
# TGIR, whose triplets are few, until it overfits)
single_task = {
    task: dict(
        max_iters=steps,
        train_cfg=dict(max_iters=steps, val_interval=steps),
        param_scheduler=warm_up_cosine(steps),
    )
    for task, steps in dict(xmr=400, tgir=250, scr=400, fic=600).items()
}

# IAS: what row 4's models reached, and how often scores are taken
scheduling_interval = 300
references = {
    task: [key, f'work_dirs/row04_st_{task}/summary.json']
    for task, key in dict(
        xmr='xmr/mean', tgir='tgir/mean', scr='scr/macro_F1', fic='fic/BLEU-4'
    ).items()
}
del warm_up_cosine
