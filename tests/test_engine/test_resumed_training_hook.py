"""What a resumed run's config says takes effect, or is refused."""

import pytest
import torch
from mmengine.optim import (
    CosineAnnealingLR,
    LinearLR,
    MultiStepLR,
    OptimWrapper,
    ReduceOnPlateauLR,
)

from famevil_plugin.engine import (
    AutocastOptimWrapper,
    CheckpointGuardHook,
    IMTLGOptimWrapper,
    MultiTaskTrainLoop,
    ResumedTrainingHook,
    WholeCheckpointHook,
)
from famevil_plugin.models.weights.weight_files import read_data
from famevil_plugin.registry import MODELS
from tests.tiny_run import model_config, run_config, train, weights

STEPS = 8
HOOKS = [dict(type=ResumedTrainingHook), dict(type=CheckpointGuardHook)]


def cosine(steps):
    return [
        dict(type=LinearLR, start_factor=0.1, by_epoch=False, end=2),
        dict(type=CosineAnnealingLR, eta_min=0.0, by_epoch=False, begin=2, end=steps),
    ]


def config(work_dir, steps=STEPS, **changes):
    found = run_config(
        work_dir,
        **{
            'optim_wrapper.type': OptimWrapper,
            'custom_hooks': HOOKS,
            'default_hooks.checkpoint.type': WholeCheckpointHook,
            'default_hooks.checkpoint.interval': 4,
            'train_cfg.type': MultiTaskTrainLoop,
            'train_cfg.max_iters': steps,
            'val_cfg': None,
            'val_dataloader': None,
            'val_evaluator': None,
            'log_level': 'WARNING',
        }
        | changes,
    )
    del found.train_dataloader.sampler['batch_size']
    found.setdefault('param_scheduler', cosine(steps))
    return found


@pytest.fixture(scope='module')
def whole(tmp_path_factory):
    """A run of 8 steps, with a checkpoint of step 4."""
    folder = tmp_path_factory.mktemp('whole') / 'run'
    train(config(folder))
    return folder


def resume(whole, work_dir, **changes):
    return train(
        config(work_dir, load_from=str(whole / 'iter_4.pth'), resume=True, **changes)
    )


def rates(runner):
    return [group['lr'] for group in runner.optim_wrapper.optimizer.param_groups]


def test_nothing_else_nothing_said(whole, tmp_path, capfd):
    runner = resume(whole, tmp_path)
    end = read_data(whole / 'iter_8.pth')['state_dict']
    for name, value in weights(runner).items():
        assert torch.equal(value, end[name]), name
    said = capfd.readouterr().out
    assert 'another setting' not in said and 'schedule is followed' not in said


@pytest.mark.parametrize('start', [4, 8])
def test_a_longer_schedule_takes_effect(whole, tmp_path, capfd, start):
    """Also behind the former end, where the rate had come to nothing."""
    checkpoint = str(whole / f'iter_{start}.pth')
    resumed = train(config(tmp_path / 'b', 16, load_from=checkpoint, resume=True))
    said = capfd.readouterr().out
    assert 'train_cfg.max_iters was 8, is 16' in said
    assert "the config's schedule is followed, not the checkpoint's: " in said
    assert 'param_scheduler.1.end was 8, is 16' in said
    # the rates are those of a run that was as long from the start
    other = train(config(tmp_path / 'a', 16))
    history = [
        run.message_hub.get_scalar('train/lr').data[0][start:16]
        for run in (resumed, other)
    ]
    assert len(history[0]) == 16 - start
    assert history[0].tolist() == history[1].tolist()
    assert max(history[0][:2]) > 1e-4
    assert rates(resumed) == rates(other)


def test_another_rate_and_decay_take_effect(whole, tmp_path, capfd):
    runner = resume(
        whole,
        tmp_path,
        **{
            'optim_wrapper.optimizer.lr': 3e-3,
            'optim_wrapper.optimizer.weight_decay': 0.3,
            'param_scheduler': [
                dict(type=MultiStepLR, milestones=[3, 6], gamma=0.1, by_epoch=False)
            ],
        },
    )
    said = capfd.readouterr().out
    assert "the optimizer's lr was 0.001, is 0.003" in said
    assert "the optimizer's weight_decay was 0.01, is 0.3" in said
    assert 'param_scheduler had 2 entries, has 1' in said
    group = runner.optim_wrapper.optimizer.param_groups[0]
    assert group['lr'] == pytest.approx(3e-5) and group['weight_decay'] == 0.3
    state = next(iter(runner.optim_wrapper.optimizer.state.values()))
    assert state['step'] > 1  # the moments are the checkpoint's


REFUSED = {
    'batch': (
        {'train_dataloader.batch_size': 2},
        'the global batch, .* was 4, is 2.*load_from=FILE, without --resume',
    ),
    'wrapper': (
        {
            'optim_wrapper.type': IMTLGOptimWrapper,
            'optim_wrapper.accumulative_counts': 4,
        },
        'optim_wrapper.type was OptimWrapper, is IMTLGOptimWrapper; '
        'optim_wrapper.accumulative_counts was 1, is 4',
    ),
    'optimizer': (
        {'optim_wrapper.optimizer': dict(type=torch.optim.SGD, lr=1.0, _delete_=True)},
        'optim_wrapper.optimizer.type was AdamW, is SGD',
    ),
    'tasks': (
        {'model': model_config('xmr', 'tgir') | dict(_delete_=True)},
        r"the model's tasks was \['xmr', 'tgir', 'scr', 'fic'\], is \['xmr', 'tgir'\]",
    ),
    'seed': ({'randomness.seed': 1}, 'randomness.seed was 0, is 1'),
    'groups': (
        {'optim_wrapper.paramwise_cfg.custom_keys.heads.lr_mult': 2.0},
        r'other parameter groups .*: \[74, 208, 6\] tensors, there \[74, 214\]: give '
        'the optim_wrapper.paramwise_cfg of the checkpoint',
    ),
}


@pytest.mark.parametrize('kind', REFUSED)
def test_another_training_is_refused(whole, tmp_path, kind):
    changes, said = REFUSED[kind]
    with pytest.raises(ValueError, match=said):
        resume(whole, tmp_path, **changes)


def test_what_takes_effect_is_told(whole, tmp_path, capfd):
    teacher = tmp_path / 'teacher.pth'
    torch.save(MODELS.build(model_config('xmr')).state_dict(), teacher)
    settings = dict(model=model_config('xmr'), checkpoint=str(teacher))
    runner = resume(
        whole,
        tmp_path / 'run',
        **{
            'optim_wrapper.type': AutocastOptimWrapper,
            'train_dataloader.sampler.schedule': 'uniform',
            'model.teachers': dict(xmr=settings),
        },
    )
    said = capfd.readouterr().out
    assert 'mixed precision was False, is True' in said
    assert 'sampler.schedule was round_robin(), is uniform()' in said
    assert "teachers was {}, is {'xmr': {'weight': 1.0, 'temperature': 1.0}}" in said
    assert runner.message_hub.get_scalar('train/lr').data[0].size == STEPS


def test_without_a_seed(whole, tmp_path, capfd):
    resume(whole, tmp_path, **{'randomness.seed': None})
    said = capfd.readouterr().out
    assert 'randomness.seed=0 goes on with the same' in said


def test_a_checkpoint_without_these_facts(whole, tmp_path, capfd):
    """Rates are compared all the same, and the seed."""
    checkpoint = read_data(whole / 'iter_4.pth')
    del checkpoint['meta']['training']
    torch.save(checkpoint, tmp_path / 'old.pth')
    old = dict(load_from=str(tmp_path / 'old.pth'), resume=True)
    train(config(tmp_path / 'run', 16, **old))
    assert 'schedule is followed' in capfd.readouterr().out
    with pytest.raises(ValueError, match='randomness.seed was 0, is 5'):
        train(config(tmp_path / 'seed', **old, **{'randomness.seed': 5}))


def test_weights_alone(whole, tmp_path):
    checkpoint = read_data(whole / 'iter_4.pth')
    del checkpoint['optimizer'], checkpoint['param_schedulers']
    torch.save(checkpoint, tmp_path / 'best_mean_iter_4.pth')
    best = str(tmp_path / 'best_mean_iter_4.pth')
    with pytest.raises(ValueError, match='weights alone, .* resume from an iter_'):
        train(config(tmp_path / 'run', load_from=best, resume=True))


def test_a_schedule_that_goes_by_scores(whole, tmp_path):
    plateau = dict(param_scheduler=[dict(type=ReduceOnPlateauLR, monitor='loss')])
    with pytest.raises(ValueError, match='goes by scores cannot be another one after'):
        resume(whole, tmp_path, **plateau)
