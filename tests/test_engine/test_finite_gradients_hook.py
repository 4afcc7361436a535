"""Steps that are not finite stop a run, or are left out of it."""

import pytest
import torch
from mmengine.hooks import Hook

from famevil_plugin.engine import FiniteGradientsHook, IdleGradientsHook
from tests.tiny_run import run_config, train, weights


class SpoilGradient(Hook):
    """Makes the gradients of some steps NaN, or infinite."""

    def __init__(self, steps, value=float('nan')) -> None:
        self.steps = steps
        self.value = value

    def before_train(self, runner) -> None:
        for parameter in runner.model.encoder.clip.parameters():
            if parameter.requires_grad:
                parameter.register_hook(
                    lambda grad: (
                        grad + self.value if runner.iter + 1 in self.steps else grad
                    )
                )


class KeepWeights(Hook):
    """Remembers the weights before each step."""

    def before_train_iter(self, runner, batch_idx, data_batch=None) -> None:
        runner.kept = weights(runner)


def config(tmp_path, steps, value=float('nan'), hooks=(), **settings):
    return run_config(
        tmp_path,
        custom_hooks=[
            dict(type=KeepWeights),
            dict(type=SpoilGradient, steps=steps, value=value),
            *hooks,
            dict(type=FiniteGradientsHook, **settings),
        ],
        **{
            'val_cfg': None,
            'val_dataloader': None,
            'val_evaluator': None,
            'default_hooks.checkpoint.interval': 4,
        },
    )


@pytest.mark.parametrize('value', [float('nan'), float('inf')])
def test_a_run_stops_before_the_step(tmp_path, value):
    from mmengine.runner import Runner

    runner = Runner(**config(tmp_path, [6], value))
    with pytest.raises(FloatingPointError) as error:
        runner.train()
    for expected in (
        'step 6 (task tgir)',
        'item ',
        'iter_4.pth',
        "on_nonfinite='skip'",
    ):
        assert expected in str(error.value)
    for name, value in weights(runner).items():
        assert torch.equal(value, runner.kept[name]), name


@pytest.mark.parametrize('hooks', [[], [dict(type=IdleGradientsHook)]])
def test_steps_are_left_out(tmp_path, hooks):
    runner = train(config(tmp_path, [12], hooks=hooks, on_nonfinite='skip'))
    assert runner.message_hub.get_info('nonfinite_steps') == 1
    for name, value in weights(runner).items():
        assert torch.equal(value, runner.kept[name]), name


def test_not_more_than_the_limit(tmp_path):
    spoilt = config(tmp_path, [2, 3, 5], on_nonfinite='skip', limit=2)
    with pytest.raises(FloatingPointError, match='step 5 .* 2 steps were left out'):
        train(spoilt)


def test_a_finite_run_is_the_same(tmp_path):
    plain = weights(train(run_config(tmp_path / 'plain')))
    watched = weights(
        train(
            run_config(
                tmp_path / 'watched', custom_hooks=[dict(type=FiniteGradientsHook)]
            )
        )
    )
    for name, value in plain.items():
        assert torch.equal(value, watched[name]), name


def test_unknown_action():
    with pytest.raises(ValueError, match="'ignore': expected one of stop, skip"):
        FiniteGradientsHook('ignore')
