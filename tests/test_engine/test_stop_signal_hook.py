"""Signals end a run with a checkpoint from which it goes on bit for bit."""

import multiprocessing
import os
import signal
import subprocess
from pathlib import Path

import pytest
import torch
from mmengine.hooks import EMAHook, Hook
from mmengine.optim import OptimWrapper
from torch import distributed

from famevil_plugin.engine import (
    CheckpointGuardHook,
    IMTLGOptimWrapper,
    MissedValidationHook,
    StopSignalHook,
    WholeCheckpointHook,
    stop_signal_hook,
)
from famevil_plugin.engine.runner_state import iteration
from tests.tiny_run import ScriptedMetric, run_config, train, weights
from tests.warm import spawn

STEPS = 8
OWN = [
    dict(type=CheckpointGuardHook),
    dict(type=MissedValidationHook),
    dict(type=StopSignalHook),
]
NO_VALIDATION = dict.fromkeys(['val_cfg', 'val_dataloader', 'val_evaluator'])
EMA = dict(type=EMAHook, momentum=0.3)


class Send(Hook):
    """Sends this process a signal at a step, or in the validation after it."""

    def __init__(self, number, step, validation=False, task='xmr', times=1) -> None:
        self.number, self.step, self.times = number, step, times
        self.validation, self.task = validation, task

    def send(self):
        for _ in range(self.times):
            os.kill(os.getpid(), self.number)

    def before_train_iter(self, runner, batch_idx, data_batch=None) -> None:
        if not self.validation and runner.iter + 1 == self.step:
            self.send()

    def after_val_iter(self, runner, batch_idx, data_batch=None, outputs=None) -> None:
        (task,) = {sample.task for sample in outputs}
        if self.validation and (iteration(runner), task) == (self.step, self.task):
            self.send()


class Validations(Hook):
    """Keeps the iterations at which a run validated."""

    def __init__(self, at) -> None:
        self.at = at

    def after_val_epoch(self, runner, metrics=None) -> None:
        self.at.append(iteration(runner))


def config(work_dir, *hooks, **changes):
    return run_config(
        work_dir,
        custom_hooks=[*OWN, *hooks],
        **{
            'optim_wrapper.type': OptimWrapper,
            'default_hooks.checkpoint.type': WholeCheckpointHook,
            'train_cfg.max_iters': STEPS,
            'log_level': 'WARNING',
        }
        | changes,
    )


def stop(*args, **changes):
    """Train until a signal ends it; the exit code."""
    handlers = [signal.getsignal(number) for number in stop_signal_hook.SIGNALS]
    with pytest.raises(SystemExit) as exit_:
        train(config(*args, **changes))
    assert handlers == [signal.getsignal(n) for n in stop_signal_hook.SIGNALS]
    return exit_.value.code


def assert_same_end(one, other):
    for name, value in weights(other).items():
        assert torch.equal(value, weights(one)[name]), name


def checkpoints(folder):
    return sorted(path.name for path in Path(folder).glob('*.pth'))


@pytest.fixture(scope='module')
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp('whole') / 'run'
    return train(config(folder, **NO_VALIDATION))


@pytest.mark.parametrize(
    ('number', 'code'),
    [(signal.SIGTERM, 143), (signal.SIGUSR1, 138), (signal.SIGINT, 130)],
)
def test_a_signal_ends_the_step_and_saves(tmp_path, whole, capfd, number, code):
    assert stop(tmp_path, Send(number, 5), **NO_VALIDATION) == code
    assert checkpoints(tmp_path) == ['iter_5.pth']
    said = ''.join(capfd.readouterr())
    assert f'{number.name}: the step is finished and saved first' in said
    assert f'stopped by {number.name} after step 5: go on from iter_5.pth by' in said
    assert_same_end(whole, train(config(tmp_path, resume=True, **NO_VALIDATION)))


def test_a_checkpoint_that_is_due_is_not_written_twice(tmp_path, monkeypatch):
    saved = []
    write = WholeCheckpointHook._save_checkpoint_with_step

    def note(self, runner, step, meta):
        saved.append(step)
        write(self, runner, step, meta)

    monkeypatch.setattr(WholeCheckpointHook, '_save_checkpoint_with_step', note)
    due = {'default_hooks.checkpoint.interval': 5}
    stop(tmp_path, Send(signal.SIGTERM, 5), **NO_VALIDATION, **due)
    assert saved == [5]


def test_an_interrupt_twice(tmp_path, monkeypatch):
    """At once a launcher has passed it on; later it is meant."""
    assert stop(tmp_path / 'a', Send(signal.SIGINT, 5, times=2), **NO_VALIDATION)
    monkeypatch.setattr(stop_signal_hook, '_SAME_INTERRUPT_S', -1.0)
    with pytest.raises(KeyboardInterrupt):
        train(config(tmp_path / 'b', Send(signal.SIGINT, 5, times=2), **NO_VALIDATION))
    assert checkpoints(tmp_path / 'b') == []
    with pytest.raises(KeyboardInterrupt):  # also after another signal
        term, twice = Send(signal.SIGTERM, 5), Send(signal.SIGINT, 5, times=2)
        train(config(tmp_path / 'd', term, twice, **NO_VALIDATION))
    # what schedulers repeat is not
    assert stop(tmp_path / 'c', Send(signal.SIGTERM, 5, times=2), **NO_VALIDATION)


@pytest.mark.parametrize(
    ('wrapper', 'counts'), [(OptimWrapper, 3), (IMTLGOptimWrapper, 4)]
)
def test_in_a_window_of_gathered_gradients(tmp_path, wrapper, counts):
    gathered = NO_VALIDATION | {
        'optim_wrapper.type': wrapper,
        'optim_wrapper.accumulative_counts': counts,
    }
    stop(tmp_path / 'run', Send(signal.SIGTERM, counts + 1), **gathered)
    step = min(2 * counts, STEPS)
    assert checkpoints(tmp_path / 'run') == [f'iter_{step}.pth']
    whole = train(config(tmp_path / 'whole', **gathered))
    assert_same_end(whole, train(config(tmp_path / 'run', resume=True, **gathered)))


@pytest.mark.parametrize('task', ['xmr', 'scr'])
@pytest.mark.parametrize('hooks', [[], [EMA]])
def test_a_validation_ends_early_and_is_made_up_for(tmp_path, task, hooks):
    """The checkpoint has the model's own weights, not the averaged ones."""
    at, again, made_up = [], [], []
    whole = train(config(tmp_path / 'whole', *hooks, Validations(at)))
    send = Send(signal.SIGTERM, 4, validation=True, task=task)
    stop(tmp_path / 'run', *hooks, send, Validations(again))
    assert checkpoints(tmp_path / 'run') == ['iter_4.pth']
    assert (at, again) == ([4, 8], [])
    resumed = train(config(tmp_path / 'run', *hooks, Validations(made_up), resume=True))
    assert made_up == [4, 8]
    assert_same_end(whole, resumed)


def test_in_the_validation_that_is_made_up_for(tmp_path):
    """A second signal leaves all as it was."""
    stop(tmp_path, Send(signal.SIGTERM, 4, validation=True))
    again = Send(signal.SIGUSR1, 4, validation=True)
    assert stop(tmp_path, again, resume=True) == 138
    assert checkpoints(tmp_path) == ['iter_4.pth']
    at = []
    train(config(tmp_path, Validations(at), resume=True))
    assert at == [4, 8]


class Broken(ScriptedMetric):
    """Fails in scoring, as Java does that got the signal too."""

    def __init__(self, score, number) -> None:
        super().__init__(score)
        self.number = number

    def compute_metrics(self, results):
        if self.number:
            os.kill(os.getpid(), self.number)
        raise RuntimeError('METEOR gave no score')


@pytest.mark.parametrize('number', [signal.SIGTERM, None])
def test_scoring_that_fails(tmp_path, number):
    broken = {'val_evaluator.scr': dict(type=Broken, score=1.0, number=number)}
    if number:
        assert stop(tmp_path, **broken) == 143
        assert checkpoints(tmp_path) == ['iter_4.pth']
    else:
        with pytest.raises(RuntimeError, match='no score'):
            train(config(tmp_path, **broken))


class SignalWorkers(Hook):
    """Sends the loading processes what a batch system sends to all."""

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        if runner.iter + 1 == 3:
            workers = [str(child.pid) for child in multiprocessing.active_children()]
            assert workers
            for number in stop_signal_hook.SIGNALS:
                subprocess.run(['kill', f'-{int(number)}', *workers], check=True)


def test_loading_processes_go_on(tmp_path, whole):
    loading = {'train_dataloader.num_workers': 1}
    runner = train(config(tmp_path, SignalWorkers(), **NO_VALIDATION, **loading))
    assert_same_end(whole, runner)


def test_loading_processes_end_with_the_training(tmp_path):
    loading = {
        'train_dataloader.num_workers': 1,
        'train_dataloader.persistent_workers': True,
    }
    train(config(tmp_path, **NO_VALIDATION, **loading))
    for worker in multiprocessing.active_children():
        worker.terminate()
        worker.join(20)
        assert not worker.is_alive()


def test_without_a_hook_that_saves(tmp_path, capfd):
    plain = run_config(
        tmp_path,
        custom_hooks=[StopSignalHook(), Send(signal.SIGTERM, 2)],
        **NO_VALIDATION,
        **{'optim_wrapper.type': OptimWrapper, 'log_level': 'WARNING'},
    )
    with pytest.raises(SystemExit):
        train(plain)
    assert 'nothing is saved, as the run has no WholeCheck' in capfd.readouterr().out


def run_rank(rank, folder):
    """One of two processes, of which the second gets the signal."""
    os.environ['LOCAL_RANK'] = str(rank)
    distributed.init_process_group(
        'gloo', f'file://{folder}/meeting', rank=rank, world_size=2
    )
    for name, send in dict(
        training=Send(signal.SIGUSR1, 3),
        validation=Send(signal.SIGUSR1, 4, validation=True, task='tgir'),
    ).items():
        hooks = [send] if rank else []
        found = config(folder / name, *hooks, **{'launcher': 'pytorch'})
        try:
            train(found)
        except SystemExit as exit_:
            (folder / f'{name}_{rank}').write_text(str(exit_.code))
    distributed.destroy_process_group()


@pytest.mark.slow
def test_two_processes_stop_at_the_same_step(tmp_path, monkeypatch):
    monkeypatch.setenv('CUDA_VISIBLE_DEVICES', '')
    spawn(run_rank, (tmp_path,), nprocs=2)
    for name, step in dict(training=3, validation=4).items():
        assert checkpoints(tmp_path / name) == [f'iter_{step}.pth']
        for rank in (0, 1):
            assert (tmp_path / f'{name}_{rank}').read_text() == '138'
