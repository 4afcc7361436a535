"""One training at a time in a work dir."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from famevil_plugin.engine import WorkDirLockHook
from tests.tiny_run import run_config, train

HOLDER = """
import sys, time
from types import SimpleNamespace
from famevil_plugin.engine import WorkDirLockHook
hook = WorkDirLockHook()
hook.before_train(SimpleNamespace(work_dir=sys.argv[1]))
print('held', flush=True)
time.sleep(600)
"""


def locked(tmp_path):
    return run_config(
        tmp_path,
        custom_hooks=[dict(type=WorkDirLockHook)],
        **{'val_cfg': None, 'val_dataloader': None, 'val_evaluator': None},
        **{'train_cfg.max_iters': 2},
    )


@pytest.fixture
def holder(tmp_path: Path):
    """A process that trains in the work dir, as far as the lock can tell."""
    process = subprocess.Popen(
        [sys.executable, '-c', HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None and process.stdout.readline() == 'held\n'
    yield process
    process.kill()
    process.communicate()


def test_a_second_training_is_refused_with_the_firsts_process(tmp_path, holder):
    with pytest.raises(RuntimeError, match=f'process {holder.pid} on .*--work-dir'):
        train(locked(tmp_path))


def test_a_killed_training_leaves_no_lock(tmp_path, holder):
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    time.sleep(0.1)
    train(locked(tmp_path))


def test_the_lock_ends_with_the_training(tmp_path):
    train(locked(tmp_path))
    assert not (tmp_path / '.training.holder').exists()
    train(locked(tmp_path))
