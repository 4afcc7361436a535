"""Evaluation task by task."""

import pytest
from mmengine.optim import OptimWrapper
from mmengine.runner import Runner

from famevil_plugin.engine import MultiTaskValLoop
from tests.tiny_run import SCORES, run_config


def test_loaders_and_evaluators_of_other_tasks():
    with pytest.raises(ValueError, match='same tasks, got xmr and xmr, fic'):
        MultiTaskValLoop(None, dict(xmr={}), dict(xmr={}, fic={}))


def test_the_mean_over_the_tasks_is_a_metric(tmp_path):
    runner = Runner(**run_config(tmp_path, **{'optim_wrapper.type': OptimWrapper}))
    metrics = runner.val_loop.run()
    expected = {f'{task}/mean': score + 0.25 for task, score in SCORES.items()}
    assert metrics == expected | dict(
        mean=pytest.approx(sum(expected.values()) / len(expected))
    )
