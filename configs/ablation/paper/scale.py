"""The paper's scale: FashionGen and FashionIQ, CLIP ViT-B/16."""

from mmengine.config import read_base

with read_base():
    from ...famevil_4task_vit_b16 import *

# IAS: what a model of one task reaches (the authors' code), and how often
# the scores are taken
scheduling_interval = train_cfg.val_interval
references = dict(
    xmr=('xmr/mean', 70.0),
    tgir=('tgir/mean', 60.0),
    scr=('scr/macro_F1', 90.0),
    fic=('fic/BLEU-4', 40.0),
)
