"""Short trainings by every strategy, each in a process that may be killed."""

import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from mmengine.hooks import EMAHook, Hook
from mmengine.logging import MessageHub
from mmengine.optim import LinearLR, OptimWrapper
from mmengine.runner import Runner

from famevil_plugin.engine import (
    AutocastOptimWrapper,
    CheckpointGuardHook,
    FiniteGradientsHook,
    MissedValidationHook,
    ResumedTrainingHook,
    StopSignalHook,
    WholeCheckpointHook,
    WorkDirLockHook,
)
from famevil_plugin.models.weights.weight_files import read_data
from famevil_plugin.registry import MODELS
from tests.test_engine.test_two_processes import STRATEGIES, teachers
from tests.tiny_run import SCORES, ScriptedMetric, run_config

STEPS = 24
INTERVAL = 4
GUARDS = [
    ResumedTrainingHook,
    CheckpointGuardHook,
    FiniteGradientsHook,
    WorkDirLockHook,
    MissedValidationHook,
    StopSignalHook,
]
MORE: dict[str, dict[str, Any]] = dict(
    accumulation={'optim_wrapper.accumulative_counts': 3},
    amp={'optim_wrapper.type': AutocastOptimWrapper},
    ema={'custom_hooks': [dict(type=EMAHook, momentum=0.3)]},
)
ALL = [*STRATEGIES, *MORE]


class StepMetric(ScriptedMetric):
    """A score that is a function of the step, whatever was resumed before."""

    def compute_metrics(self, results: list[int]) -> dict[str, float]:
        losses, _ = MessageHub.get_current_instance().get_scalar('train/loss').data
        return dict(mean=self.score + len(losses) / 100)


class Progress(Hook):
    """Writes a byte into a pipe as each step begins."""

    def __init__(self, pipe: int) -> None:
        self.pipe = pipe

    def before_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None
    ) -> None:
        os.write(self.pipe, b'.')


def config(strategy: str, work_dir: Path, *hooks: Hook, **changes: Any) -> Any:
    """A run of a strategy; its teachers lie beside the work dir."""
    plain = {'optim_wrapper.type': OptimWrapper}
    own = dict(STRATEGIES.get(strategy, plain | MORE.get(strategy, {})))
    if strategy == 'distilled':
        own['model.teachers'] = teachers(work_dir.parent)
    more = own.pop('custom_hooks', [])
    more = [h for h in more if h['type'] is not MissedValidationHook]
    for key in ('val_cfg', 'val_dataloader', 'val_evaluator'):
        own.pop(key, None)
    return run_config(
        work_dir,
        custom_hooks=[*(dict(type=kind) for kind in GUARDS), *more, *hooks],
        **{
            'default_hooks.checkpoint.type': WholeCheckpointHook,
            'default_hooks.checkpoint.interval': INTERVAL,
            'default_hooks.checkpoint.max_keep_ckpts': 1,
            'val_evaluator': {
                task: dict(type=StepMetric, score=score)
                for task, score in SCORES.items()
            },
            'log_level': 'WARNING',
        }
        | own
        | {'train_cfg.max_iters': STEPS, 'train_cfg.val_interval': 8}
        | changes,
        param_scheduler=dict(type=LinearLR, by_epoch=False, end=STEPS),
        resume=True,
    )


def write_teachers(folder: Path) -> None:
    """Random ones, for the strategy ``distilled``."""
    for settings in teachers(folder).values():
        torch.save(MODELS.build(settings['model']).state_dict(), settings['checkpoint'])


class Process:
    """A training in a process of its own.

    Args:
        strategy (str): One of ``ALL``.
        work_dir (Path): Where it resumes, or begins. What it says goes to a
            ``.log`` beside it.
        *hooks (Hook): More of them.
        before (Callable, optional): Called in the process before it trains.
        **changes: Settings by their dotted keys.
    """

    def __init__(
        self,
        strategy: str,
        work_dir: Path,
        *hooks: Hook,
        before: Callable[[], object] | None = None,
        **changes: Any,
    ) -> None:
        self.log = work_dir.with_suffix('.log')
        self.pipe, end = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                with self.log.open('a') as log:
                    os.dup2(log.fileno(), 1)
                    os.dup2(log.fileno(), 2)
                if before is not None:
                    before()
                found = config(strategy, work_dir, *hooks, Progress(end), **changes)
                Runner(**found).train()
                code = 0
            except SystemExit as exit_:
                code = int(exit_.code or 0)
            except BaseException:
                traceback.print_exc()
                code = 1
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(code)
        os.close(end)

    def steps(self, count: int) -> bool:
        """Wait until so many steps have begun; False if it ends before."""
        while count > 0:
            begun = os.read(self.pipe, 1)
            if not begun:
                return False
            count -= 1
        return True

    def send(self, number: signal.Signals) -> int:
        """Send a signal, and wait for the end."""
        os.kill(self.pid, number)
        return self.wait()

    def wait(self) -> int:
        """Wait for the end; the exit code, negative for a signal."""
        _, status = os.waitpid(self.pid, 0)
        os.close(self.pipe)
        return os.waitstatus_to_exitcode(status)


def train(strategy: str, work_dir: Path, *hooks: Hook, **changes: Any) -> float:
    """A training to its end; the seconds of a step."""
    begun = time.monotonic()
    process = Process(strategy, work_dir, *hooks, **changes)
    code = process.wait()
    if code:
        raise RuntimeError(f'exit code {code}: {process.log.read_text()[-3000:]}')
    return (time.monotonic() - begun) / STEPS


def same_end(one: Path, other: Path, steps: int = STEPS) -> bool:
    """Whether two runs have the same last checkpoint, bit for bit."""
    ends = [read_data(folder / f'iter_{steps}.pth') for folder in (one, other)]
    parts = ('state_dict', 'ema_state_dict', 'optimizer', 'param_schedulers')
    return all(_equal(*(end.get(part) for end in ends)) for part in parts)


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, torch.Tensor):
        return isinstance(other, torch.Tensor) and torch.equal(one, other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_equal(one[k], other[k]) for k in one)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(_equal, one, other))
    return one == other
