"""Steps that are not finite stop a run, or are left out of it."""

import pytest
import torch
from mmengine.hooks import Hook
from mmengine.optim import AmpOptimWrapper

from famevil_plugin.engine import (
    FiniteGradientsHook,
    IdleGradientsHook,
    finite_gradients_hook,
)
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


@pytest.fixture
def scaled(tmp_path, scaler_on_cpu):
    """A config with a loss scaler, of which some steps are spoilt."""

    def build(steps, fused, **settings):
        spoilt = config(tmp_path, steps, float('inf'), **settings)
        spoilt.optim_wrapper.update(type=AmpOptimWrapper)
        spoilt.optim_wrapper.optimizer.fused = fused
        return spoilt

    return build


@pytest.mark.parametrize('fused', [False, True])
def test_a_loss_scaler_that_skips_without_end(scaled, fused):
    with pytest.raises(FloatingPointError) as error:
        train(scaled(range(6, 13), fused, scaler_limit=3))
    for expected in (
        'skipped 4 steps one after the other, up to step 9 (task xmr)',
        'its scale is 4.1e+03',
        'iter_8.pth',
        'without --amp',
    ):
        assert expected in str(error.value)


@pytest.mark.parametrize('fused', [False, True])
def test_a_loss_scaler_that_finds_its_scale(scaled, fused):
    """Skips that are not one after the other, as many as the limit each."""
    steps = {1, 2, 3, 5, 6, 7, 9, 10, 11}
    runner = train(scaled(steps, fused, scaler_limit=3))
    assert runner.iter == 12
    assert runner.optim_wrapper.loss_scaler.get_scale() == 2.0 ** (16 - len(steps))


@pytest.mark.parametrize(
    ('clip', 'norms'),
    [(dict(max_norm=1.0), 0), (None, 2), (dict(type='value', clip_value=1.0), 2)],
)
def test_the_norm_is_taken_once(tmp_path, monkeypatch, clip, norms):
    """By the clipping where there is one by norm, and seen by both."""
    taken = []
    norm = finite_gradients_hook.get_total_norm
    monkeypatch.setattr(
        finite_gradients_hook,
        'get_total_norm',
        lambda gradients: taken.append(1) or norm(gradients),
    )
    spoilt = config(tmp_path, [3])
    spoilt.optim_wrapper.clip_grad = clip
    with pytest.raises(FloatingPointError, match='step 3 '):
        train(spoilt)
    # of two whole steps and the spoilt one
    assert len(taken) == (norms and norms + 1)
