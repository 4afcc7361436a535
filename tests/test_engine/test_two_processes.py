"""Every strategy on two processes: both do the same."""

import json
import os

import pytest
import torch
from mmengine.logging import MessageHub
from mmengine.optim import OptimWrapper
from torch import distributed

from famevil_plugin.engine import (
    AdaptiveOptimWrapper,
    AdaptiveSchedulingHook,
    IMTLGOptimWrapper,
    MissedValidationHook,
)
from famevil_plugin.registry import MODELS
from tests.tiny_run import REFERENCES, model_config, run_config, train, weights
from tests.warm import spawn

pytestmark = pytest.mark.slow
STEPS = 20
_PLAIN = {
    'optim_wrapper.type': OptimWrapper,
    'val_cfg': None,
    'val_dataloader': None,
    'val_evaluator': None,
}


def sampled(schedule):
    return _PLAIN | {'train_dataloader.sampler.schedule': schedule}


def adaptive(mode, wrapper):
    hook = dict(
        type=AdaptiveSchedulingHook,
        references=REFERENCES,
        mode=mode,
        alpha=300.0,
        gamma=0.9,
        delay=1,
    )
    return {
        'train_dataloader.sampler.schedule': 'size_proportional',
        'train_cfg.val_interval': STEPS // 2,
        'optim_wrapper.type': wrapper,
        'custom_hooks': [hook, dict(type=MissedValidationHook)],
    }


STRATEGIES = dict(
    size_proportional=sampled('size_proportional'),
    uniform=sampled('uniform'),
    round_robin=sampled('round_robin'),
    temperature=sampled(dict(_delete_=True, type='temperature', temperature=2.0)),
    implicit=adaptive('implicit', AdaptiveOptimWrapper),
    explicit=adaptive('explicit', OptimWrapper),
    imtlg=sampled('round_robin')
    | {'optim_wrapper.type': IMTLGOptimWrapper, 'optim_wrapper.accumulative_counts': 4},
    distilled=sampled('size_proportional'),
)


def teachers(folder):
    """One for each task, written by the test."""
    return {
        task: dict(model=model_config(task), checkpoint=str(folder / f'{task}.pth'))
        for task in REFERENCES
    }


def run_strategy(rank, folder, name):
    """Train, and write down what the processes must agree on."""
    changes = dict(STRATEGIES[name])
    if name == 'distilled':
        changes['model.teachers'] = teachers(folder)
    runner = train(
        run_config(
            folder / f'{name}_{rank}',
            launcher='pytorch',
            **{
                'train_cfg.max_iters': STEPS,
                'train_dataloader.batch_size': 2,
                'train_dataloader.sampler.batch_size': 2,
            }
            | changes,
        )
    )
    sampler = runner.train_dataloader.sampler
    hub = MessageHub.get_current_instance()
    torch.save(
        dict(
            tasks=[sampler.task(step) for step in range(STEPS)],
            scales=hub.get_info('gradient_scales') or hub.get_info('task_scales'),
            ddp=sorted(name for name, _ in runner.model.named_parameters()),
            loss=runner.message_hub.get_scalar('train/loss').current(),
            weights=weights(runner),
        ),
        folder / f'{name}_{rank}.pth',
    )


def run_rank(rank, folder):
    """One of two processes."""
    os.environ['LOCAL_RANK'] = str(rank)
    distributed.init_process_group(
        'gloo', f'file://{folder}/meeting', rank=rank, world_size=2
    )
    for name in STRATEGIES:
        run_strategy(rank, folder, name)
    distributed.destroy_process_group()


@pytest.fixture(scope='module')
def results(tmp_path_factory):
    """By strategy what each process wrote down."""
    folder = tmp_path_factory.mktemp('two')
    for settings in teachers(folder).values():
        torch.save(MODELS.build(settings['model']).state_dict(), settings['checkpoint'])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv('CUDA_VISIBLE_DEVICES', '')
        spawn(run_rank, (folder,), nprocs=2)
    return {
        name: [
            torch.load(folder / f'{name}_{rank}.pth', weights_only=False)
            for rank in (0, 1)
        ]
        for name in STRATEGIES
    }


@pytest.mark.parametrize('name', STRATEGIES)
def test_both_processes_do_the_same(results, name):
    one, other = results[name]
    assert one['tasks'] == other['tasks']
    assert one['scales'] == other['scales']
    for key, value in one['weights'].items():
        assert torch.equal(value, other['weights'][key]), key
    # though each sees its own half of the batches
    assert one['loss'] != other['loss']


def test_strategies_are_not_the_same(results):
    plain = results['size_proportional'][0]
    said = {name: json.dumps(one['tasks']) for name, (one, _) in results.items()}
    assert said['implicit'] == said['distilled'] == said['size_proportional']
    assert said['imtlg'] == said['round_robin']
    assert len(set(said.values())) == 5
    for name, (one, _) in results.items():
        if name != 'size_proportional':
            assert any(
                not torch.equal(value, plain['weights'][key])
                for key, value in one['weights'].items()
            ), name
    assert results['implicit'][0]['scales']['xmr'] < 1
    assert len(results['explicit'][0]['scales']) == 2
    assert results['uniform'][0]['scales'] is None


def test_teachers_are_not_in_the_wrapped_model(results):
    assert results['distilled'][0]['ddp'] == results['uniform'][0]['ddp']
