"""The learning rates of the paper's configs, update by update."""

import pytest
import torch
from mmengine.config import Config

from famevil_plugin.registry import PARAM_SCHEDULERS
from tests.conftest import ROOT


def multipliers(config_file, updates):
    """What a config multiplies its learning rates by, at some updates."""
    config = Config.fromfile(ROOT / 'configs' / config_file)
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.)
    schedulers = [
        PARAM_SCHEDULERS.build(dict(optimizer=optimizer, **schedule))
        for schedule in config.param_scheduler
    ]
    found = []
    for update in range(config.train_cfg.max_iters):
        if update in updates:
            found.append(optimizer.param_groups[0]['lr'])
        optimizer.step()
        for scheduler in schedulers:
            scheduler.step()
    return found


@pytest.mark.parametrize(('recorded', 'config_file', 'iterations'), [
    ('mtl', 'famevil_4task_vit_b16.py', 1),
    ('mtl_imtlg', 'famevil_4task_vit_b16.py', 4),
    ('single_fashiongen', 'single_task/famevil_xmr_vit_b16.py', 1),
    ('single_fashiongen', 'single_task/famevil_scr_vit_b16.py', 1),
    ('single_fashiongen', 'single_task/famevil_fic_vit_b16.py', 1),
    ('single_fashioniq', 'single_task/famevil_tgir_vit_b16.py', 1),
])
def test_learning_rates(reference, deviations, recorded, config_file,
                        iterations):
    """``iterations`` per update: IMTL-G updates once in four, and its
    schedule is the same one in iterations."""
    expected = reference.numbers('lr_schedule')[recorded]
    rates = expected['lr_multiplier_at_update']
    got = multipliers(config_file, {iterations * int(u) for u in rates})
    deviations.check('learning rates', got, list(rates.values()))
