"""Fine-tune on a shop's own catalogue, from the best weights there are.

``data_root`` is what tools/dataset_converters/catalogue.py wrote. A training
starts from the small CLIP that ships, or by ``--cfg-options load_from=FILE``
from a model that tools/train.py has trained. Its length, the tasks and the
number of sub-categories follow from the data (``by_data``); it ends when the
mean score has ceased to rise, and keeps the best checkpoint.
"""

from mmengine.config import read_base

with read_base():
    from .famevil_4task import *
    from ._base_.fine_tuning import by_data, new_rates, on_catalogue

data_root = 'data/catalogue'
freeze_clip = False
max_iters = 1500

model.encoder.freeze_clip = freeze_clip
on_catalogue(globals(), data_root, max_iters)
optim_wrapper.paramwise_cfg.custom_keys.update(new_rates)
del new_rates, on_catalogue
