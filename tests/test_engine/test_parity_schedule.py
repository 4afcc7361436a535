"""The learning rates of the paper's configs, update by update."""

import pytest
import torch
from mmengine.config import Config

from famevil_plugin.command_line import keep_tasks
from famevil_plugin.registry import PARAM_SCHEDULERS
from tests.conftest import ROOT


def multipliers(tasks, updates):
    """Factors of the learning rates in the paper's config, at some
    updates."""
    config = Config.fromfile(ROOT / 'configs' / 'famevil_4task_vit_b16.py')
    keep_tasks(config, tasks)
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
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


@pytest.mark.parametrize(
    ('recorded', 'tasks', 'iterations'),
    [
        ('mtl', None, 1),
        ('mtl_imtlg', None, 4),
        ('single_fashiongen', ['xmr'], 1),
        ('single_fashiongen', ['scr'], 1),
        ('single_fashiongen', ['fic'], 1),
        ('single_fashioniq', ['tgir'], 1),
    ],
)
def test_learning_rates(reference, deviations, recorded, tasks, iterations):
    """``iterations`` per update: IMTL-G updates once in four, and its
    schedule is the same one in iterations."""
    expected = reference.numbers('lr_schedule')[recorded]
    rates = expected['lr_multiplier_at_update']
    got = multipliers(tasks, {iterations * int(u) for u in rates})
    deviations.check('learning rates', got, list(rates.values()))
