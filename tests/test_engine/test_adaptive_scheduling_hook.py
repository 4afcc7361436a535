"""Adaptive scheduling in whole runs."""

import math
import re

import pytest
import torch
from mmengine.optim import OptimWrapper

from famevil_plugin.engine import AdaptiveSchedulingHook, MissedValidationHook
from famevil_plugin.models.weights.weight_files import read_weights
from famevil_plugin.reporting import Summary
from famevil_plugin.reporting.summary import TaskSummary
from tests.tiny_run import REFERENCES, SCORES, run_config, train, weights

EXPLICIT = {
    'train_dataloader.sampler.schedule': 'size_proportional',
    'optim_wrapper.type': OptimWrapper,
}


def config(work_dir, hook=None, **changes):
    hook = dict(type=AdaptiveSchedulingHook, references=REFERENCES) | (hook or {})
    if hook.get('mode') == 'explicit':
        changes = EXPLICIT | changes
    hooks = [hook, dict(type=MissedValidationHook)]
    return run_config(work_dir, **dict(custom_hooks=hooks) | changes)


def scales_by_hand(evaluations):
    """The formula, step by step, with what was told so often."""
    xmr, tgir, scr, fic = (
        (SCORES[task] + 0.25 * evaluations) / REFERENCES[task][1]
        for task in ('xmr', 'tgir', 'scr', 'fic')
    )
    mean = (xmr + tgir + scr + fic) / 4
    pull = max(xmr, tgir, scr, fic) ** 64
    return {
        task: 1 + math.copysign(min(0.5, pull * abs(mean - s)), mean - s)
        for task, s in dict(xmr=xmr, tgir=tgir, scr=scr, fic=fic).items()
    }


def test_implicit(tmp_path):
    runner = train(config(tmp_path))
    scales = runner.message_hub.get_info('gradient_scales')
    assert scales == pytest.approx(scales_by_hand(3))
    assert scales['xmr'] < 1 < scales['tgir']


def test_references_that_were_measured(tmp_path):
    """Numbers and summaries of other runs, to the same scales."""
    file = tmp_path / 'single.json'
    key, reference = REFERENCES['tgir']
    assert key == 'tgir/mean'
    Summary(dict(tgir=TaskSummary(dict(mean=reference)))).write(file)
    measured = REFERENCES | dict(tgir=[key, str(file)])
    runner = train(config(tmp_path / 'run', dict(references=measured)))
    scales = runner.message_hub.get_info('gradient_scales')
    assert scales == pytest.approx(scales_by_hand(3))


def test_explicit(tmp_path):
    """A validation changes what is drawn from the delayed step on."""
    runner = train(config(tmp_path, dict(mode='explicit', gamma=0.99, delay=2)))
    plain = dict.fromkeys(SCORES, 1.0)
    expected = {0: plain} | {
        step + 2: dict(zip(plain, scales_by_hand(step // 4).values()))
        for step in (4, 8, 12)
    }
    sampler = runner.train_dataloader.sampler
    assert sampler.scales.keys() == expected.keys()
    for step, scales in expected.items():
        assert sampler.scales[step] == pytest.approx(list(scales.values()))
    assert 'gradient_scales' not in runner.message_hub.runtime_info


@pytest.mark.parametrize('mode', ['implicit', 'explicit'])
def test_a_resumed_run_goes_on_as_the_whole_one(tmp_path, mode):
    """From the middle of an interval, and from a checkpoint of an iteration
    that ends in a validation."""
    hook = dict(mode=mode, alpha=300.0, gamma=0.9, delay=1)
    more = {'default_hooks.checkpoint.interval': 2}
    whole = train(config(tmp_path / 'whole', hook, **more))
    end = weights(whole)
    for step in (6, 8):
        resumed = train(
            config(
                tmp_path / f'from_{step}',
                hook,
                load_from=str(tmp_path / 'whole' / f'iter_{step}.pth'),
                resume=True,
                # what a first validation would tell once more
                **{
                    f'val_evaluator.{task}.score': score + 0.25 * ((step - 1) // 4)
                    for task, score in SCORES.items()
                },
            )
        )
        for name, value in weights(resumed).items():
            assert torch.equal(value, end[name]), name
    # the scales do count
    plain = train(config(tmp_path / 'plain', dict(hook, gamma=0.0)))
    assert any(
        not torch.equal(value, end[name]) for name, value in weights(plain).items()
    )
    # and are data in a checkpoint
    assert read_weights(tmp_path / 'whole' / 'iter_12.pth').weights


@pytest.mark.parametrize(
    ('hook', 'changes', 'message'),
    [
        (
            {},
            dict(val_cfg=None, val_dataloader=None, val_evaluator=None),
            'has no validation: give val_cfg',
        ),
        (
            dict(references=dict(xmr=('xmr/mean', 70.0))),
            {},
            'of the tasks that .* validates, xmr, tgir, scr, fic, got xmr',
        ),
        (
            dict(references=REFERENCES | dict(fic=('fic/BLEU', 40.0))),
            {},
            "references.fic names the score 'fic/BLEU', .*gave fic/mean, mean, scr",
        ),
        (
            dict(references=REFERENCES | dict(fic=('fic/mean', 'gone/summary.json'))),
            {},
            'there is no gone/summary.json. Train .*or give the number that fic/mean',
        ),
        (
            {},
            {'optim_wrapper.type': OptimWrapper},
            'implicit adaptive scheduling needs .*AdaptiveOptimWrapper, got .*Optim',
        ),
        (
            dict(mode='explicit'),
            {'train_dataloader.sampler.schedule': 'round_robin'},
            'schedule round_robin has no probabilities to scale',
        ),
        (
            dict(mode='explicit', delay=3),
            {'train_dataloader.num_workers': 2},
            'draws 4 steps ahead.*got 3',
        ),
        (
            {},
            dict(
                custom_hooks=[dict(type=AdaptiveSchedulingHook, references=REFERENCES)]
            ),
            r"needs MissedValidationHook.*dict\(type='MissedValidationHook'\)",
        ),
        (dict(mode='loudly'), {}, "unknown mode 'loudly'.*implicit, explicit"),
        (
            dict(references=dict(xmr=('xmr/mean', 0.0))),
            {},
            'references of xmr must be positive',
        ),
    ],
)
def test_mistakes(tmp_path, hook, changes, message):
    with pytest.raises(ValueError, match=re.compile(message, re.DOTALL)):
        train(config(tmp_path, hook, **changes))
