"""One training at a time in a work dir."""

import os
import signal
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from famevil_plugin.engine import WorkDirLockHook
from tests.tiny_run import run_config, train
from tests.warm import start


def hold(work_dir, held):
    """Train, as far as the lock can tell."""
    hook = WorkDirLockHook()
    hook.before_train(SimpleNamespace(work_dir=str(work_dir)))
    held.touch()
    time.sleep(600)


def locked(tmp_path):
    return run_config(
        tmp_path,
        custom_hooks=[dict(type=WorkDirLockHook)],
        **{'val_cfg': None, 'val_dataloader': None, 'val_evaluator': None},
        **{'train_cfg.max_iters': 2},
    )


@pytest.fixture
def holder(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory):
    """A process that holds the work dir."""
    held = tmp_path_factory.mktemp('holder') / 'held'
    process = start(hold, tmp_path, held)
    while not held.exists():
        assert process.is_alive()
        time.sleep(0.01)
    yield process
    process.kill()
    process.join()


def test_a_second_training_is_refused_with_the_firsts_process(tmp_path, holder):
    with pytest.raises(RuntimeError, match=f'process {holder.pid} on .*--work-dir'):
        train(locked(tmp_path))


def test_a_killed_training_leaves_no_lock(tmp_path, holder):
    os.kill(holder.pid, signal.SIGKILL)
    holder.join()
    train(locked(tmp_path))


def test_the_lock_ends_with_the_training(tmp_path):
    train(locked(tmp_path))
    assert not (tmp_path / '.training.holder').exists()
    train(locked(tmp_path))
