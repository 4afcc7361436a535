"""At any time a whole checkpoint is on disk."""

import errno
import os
from pathlib import Path

import pytest
import torch
from mmengine.hooks import CheckpointHook

from famevil_plugin import atomic_files
from famevil_plugin.engine import AtomicBackend, WholeCheckpointHook, checkpoint_hooks
from famevil_plugin.engine import whole_checkpoint_hook as module
from tests.test_engine.test_resumption import STEPS, run
from tests.tiny_run import ScriptedMetric, run_config, weights

ONE = {'default_hooks.checkpoint.max_keep_ckpts': 1}


class Killed(BaseException):
    """Ends a run at once."""


def kill(*_):
    raise Killed


def checkpoints(folder):
    return sorted(path.name for path in folder.glob('*.pth'))


@pytest.fixture(scope='module')
def end(tmp_path_factory):
    """Weights of a whole run, which keeps one checkpoint."""
    folder = tmp_path_factory.mktemp('end') / 'run'
    end = weights(run(folder, **ONE))
    assert checkpoints(folder) == [f'iter_{STEPS}.pth']
    assert (folder / 'last_checkpoint').read_text() == f'iter_{STEPS}.pth'
    return end


def before_writing(monkeypatch, folder):
    put = AtomicBackend.put

    def killed(self, obj, path):
        if str(path).endswith('iter_6.pth'):
            kill()
        put(self, obj, path)

    monkeypatch.setattr(AtomicBackend, 'put', killed)


def while_writing(monkeypatch, folder):
    """The disk holds half a temporary file afterwards."""

    def killed(path, content):
        if path.name == 'iter_6.pth':
            (folder / '.iter_6.pth.a1b2c3d4').write_bytes(content[:99])
            kill()
        atomic_files.write_whole(path, content)

    monkeypatch.setattr(checkpoint_hooks, 'write_whole', killed)


def before_it_is_named(monkeypatch, folder):
    def killed(path, content):
        if content == b'iter_6.pth':
            kill()
        atomic_files.write_whole(path, content)

    monkeypatch.setattr(module, 'write_whole', killed)


def before_the_old_one_goes(monkeypatch, folder, old='iter_4.pth'):
    remove = WholeCheckpointHook._remove

    def killed(self, names):
        if old in names:
            kill()
        remove(self, names)

    monkeypatch.setattr(WholeCheckpointHook, '_remove', killed)


@pytest.mark.parametrize(
    ('moment', 'left'),
    [
        (before_writing, ['iter_4.pth']),
        (while_writing, ['iter_4.pth']),
        (before_it_is_named, ['iter_4.pth', 'iter_6.pth']),
        (before_the_old_one_goes, ['iter_4.pth', 'iter_6.pth']),
    ],
)
def test_kills_around_a_checkpoint(tmp_path, monkeypatch, end, moment, left):
    """The run goes on bit for bit, and nothing remains of the kill."""
    with monkeypatch.context() as patch:
        moment(patch, tmp_path)
        with pytest.raises(Killed):
            run(tmp_path, **ONE)
    assert checkpoints(tmp_path) == left
    resumed = run(tmp_path, resume=True, **ONE)
    for name, value in weights(resumed).items():
        assert torch.equal(value, end[name]), name
    assert checkpoints(tmp_path) == [f'iter_{STEPS}.pth']
    assert not list(tmp_path.glob('.*'))


def test_mmengines_hook_removes_first(tmp_path, monkeypatch):
    """Else this package need not have its own."""
    before_writing(monkeypatch, tmp_path)
    settings = {
        'default_hooks.checkpoint.type': CheckpointHook,
        'default_hooks.checkpoint.backend_args': dict(backend='atomic'),
    }
    with pytest.raises(Killed):
        run(tmp_path, **ONE | settings)
    assert checkpoints(tmp_path) == []


def validated(score, **changes):
    """Settings of a run with one task's validation, after 4 and 8 steps."""
    plain = run_config(Path('unused'))
    return {
        'val_cfg': plain.val_cfg,
        'val_dataloader': dict(xmr=plain.val_dataloader['xmr']),
        'val_evaluator': dict(xmr=dict(type=ScriptedMetric, score=score)),
        'default_hooks.checkpoint.save_best': 'mean',
    } | changes


@pytest.mark.parametrize(('windows', 'saved'), [(3, [3, 6, 9, 12]), (5, [5, 10, 12])])
def test_gathered_gradients_are_not_lost(tmp_path, windows, saved):
    """A checkpoint that is due inside a window waits for its end."""
    more = {'optim_wrapper.accumulative_counts': windows, 'train_cfg.max_iters': 12}
    whole = run(tmp_path / 'whole', **more)
    assert checkpoints(tmp_path / 'whole') == sorted(f'iter_{n}.pth' for n in saved)
    for step in saved[:-1]:
        folder = tmp_path / f'from_{step}'
        start = str(tmp_path / 'whole' / f'iter_{step}.pth')
        resumed = run(folder, load_from=start, resume=True, **more)
        for name, value in weights(resumed).items():
            assert torch.equal(value, weights(whole)[name]), (step, name)


def test_a_best_one_inside_a_window(tmp_path):
    """Weights are saved at once, what a resume needs at the window's end."""
    more = {'optim_wrapper.accumulative_counts': 3}
    run(tmp_path, **ONE | validated(50.0) | more | {'train_cfg.max_iters': 9})
    assert checkpoints(tmp_path) == ['best_mean_iter_9.pth', 'iter_9.pth']
    run(tmp_path / 'b', **validated(50.0) | more | {'train_cfg.max_iters': 9})
    assert 'iter_4.pth' not in checkpoints(tmp_path / 'b')


def test_the_best_one_is_written_before_the_former_goes(tmp_path, monkeypatch):
    put, seen = AtomicBackend.put, []

    def note(self, obj, path):
        put(self, obj, path)
        seen.append(sorted(p.name for p in tmp_path.glob('best_*')))

    monkeypatch.setattr(AtomicBackend, 'put', note)
    run(tmp_path, **ONE | validated(50.0))
    assert ['best_mean_iter_4.pth', 'best_mean_iter_8.pth'] in seen
    assert checkpoints(tmp_path) == ['best_mean_iter_8.pth', f'iter_{STEPS}.pth']


def test_a_worse_one_leaves_the_best(tmp_path):
    class Falling(ScriptedMetric):
        def compute_metrics(self, results):
            self.score -= 1
            return dict(mean=self.score)

    falling = {'val_evaluator': dict(xmr=dict(type=Falling, score=50.0))}
    run(tmp_path, **ONE | validated(50.0) | falling)
    assert checkpoints(tmp_path) == ['best_mean_iter_4.pth', f'iter_{STEPS}.pth']


def test_a_former_best_that_a_killed_run_has_left(tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        before_the_old_one_goes(patch, tmp_path, 'best_mean_iter_4.pth')
        with pytest.raises(Killed):
            run(tmp_path, **ONE | validated(50.0))
    assert 'best_mean_iter_4.pth' in checkpoints(tmp_path)
    run(tmp_path, resume=True, **ONE | validated(40.0))
    assert checkpoints(tmp_path) == ['best_mean_iter_8.pth', f'iter_{STEPS}.pth']


@pytest.mark.parametrize('number', [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_no_space_left(tmp_path, monkeypatch, number):
    """The file and the remedy are named; the old file stays."""
    backend, path = AtomicBackend(), tmp_path / 'iter_6.pth'
    backend.put(b'old', path)

    def full(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, 'fsync', full)
    with pytest.raises(
        OSError, match=r'no space left for the 2 MB of .*iter_6.pth: .*max_keep_ckpts'
    ):
        backend.put(bytes(2_000_000), path)
    assert path.read_bytes() == b'old'
    assert list(tmp_path.iterdir()) == [path]
