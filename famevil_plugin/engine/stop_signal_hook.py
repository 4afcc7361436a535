"""A training that is told to stop saves first."""

import math
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from types import FrameType
from typing import Any

import torch
from mmengine.device import get_device
from mmengine.dist import all_reduce, barrier, is_distributed
from mmengine.hooks import EMAHook, Hook
from mmengine.runner import Runner
from torch.utils.data import DataLoader

from famevil_plugin.registry import HOOKS

from .runner_state import makes_step
from .whole_checkpoint_hook import WholeCheckpointHook

SIGNALS = tuple(
    getattr(signal, name)
    for name in ('SIGTERM', 'SIGUSR1', 'SIGINT')
    if hasattr(signal, name)  # not everywhere
)
# a launcher passes on an interrupt that the terminal has sent to all processes
_SAME_INTERRUPT_S = 1.0


@HOOKS.register_module()
class StopSignalHook(Hook):
    """Ends a training on SIGTERM, SIGUSR1 or SIGINT, with a whole checkpoint.

    The step of the optimizer is finished, a checkpoint is written, and the
    process exits with 128 + the signal's number, as a shell reports a process
    that the signal has ended: 143, 138 or 130. A second SIGINT, a second
    or more after the first, ends it at once.

    After each step the processes compare, one number in one reduction, so all
    stop at the same step, whichever of them has got the signal. A validation
    (of :class:`~famevil_plugin.engine.MultiTaskValLoop`) ends early: a process
    leaves out the rest of a task's batches, and all stop before the task is
    scored. The checkpoint says that the validation is missing, and
    :class:`MissedValidationHook` makes up for it.

    Signals before the first step act as ever, since there is nothing to save.
    Loading processes ignore the three, which batch systems send to them too;
    they end with the training.
    """

    # after the checkpoint that is due at the step
    priority = 'VERY_LOW'

    def __init__(self) -> None:
        self.received: int | None = None
        self.interrupted_at = math.inf
        self.former: dict[int, Any] = {}

    def before_train(self, runner: Runner) -> None:
        """Take the signals over."""
        if threading.current_thread() is not threading.main_thread():
            return  # signals are the main thread's
        self.former = {
            number: signal.signal(number, self._receive) for number in SIGNALS
        }
        for loader in _loaders(runner):
            loader.worker_init_fn = partial(ignore_signals, loader.worker_init_fn)

    def after_train(self, runner: Runner) -> None:
        """Give them back."""
        for number, handler in self.former.items():
            if handler is not None:  # nobody's that Python knows
                signal.signal(number, handler)
        self.former = {}

    def after_train_iter(self, runner: Runner, *args: Any, **kwargs: Any) -> None:
        """Stop, if any process was told to.

        Raises:
            SystemExit: With 128 + the signal's number.
        """
        if makes_step(runner):
            number = self._agree()
            if number:
                self._stop(runner, number, runner.iter + 1)

    def stop_validation(self, runner: Runner) -> None:
        """Stop in the middle of a validation, if any process was told to.

        All processes of a run call it at the same place.

        Raises:
            SystemExit: With 128 + the signal's number.
        """
        number = self._agree()
        if not number:
            return
        for hook in runner.hooks:
            if isinstance(hook, EMAHook):  # gives the model its own weights back
                hook.after_val_epoch(runner)
        runner.message_hub.pop_info('validated_at')
        self._stop(runner, number, runner.iter)

    def _receive(self, number: int, frame: FrameType | None) -> None:
        if number == signal.SIGINT:
            now = time.monotonic()
            if now - self.interrupted_at > _SAME_INTERRUPT_S:
                raise KeyboardInterrupt
            self.interrupted_at = min(self.interrupted_at, now)
        if self.received is None:
            self.received = number
            name = signal.Signals(number).name
            # no print, which may be interrupted itself
            os.write(2, f'{name}: the step is finished and saved first\n'.encode())

    def _agree(self) -> int:
        """The signal that any process has got, 0 if none has."""
        own = self.received or 0
        if not is_distributed():
            return own
        number = torch.tensor(own, device=get_device())
        all_reduce(number, op='max')
        return int(number)

    def _stop(self, runner: Runner, number: int, step: int) -> None:
        saving = next(
            (h for h in runner.hooks if isinstance(h, WholeCheckpointHook)), None
        )
        saved = 'nothing is saved, as the run has no WholeCheckpointHook'
        if saving is not None and not saving.by_epoch:
            saved = f'go on from {saving.save_now(runner, step)} by --resume'
        runner.logger.warning(
            f'stopped by {signal.Signals(number).name} after step {step}: {saved}'
        )
        # a launcher ends all processes once one is gone
        barrier()
        self.after_train(runner)
        raise SystemExit(128 + number)


def is_told_to_stop(runner: Runner) -> bool:
    """Whether this process has got a signal to stop."""
    return any(
        isinstance(hook, StopSignalHook) and hook.received is not None
        for hook in runner.hooks
    )


def stop_validation(runner: Runner) -> None:
    """Stop in the middle of a validation, if any process was told to.

    All processes of a run call it at the same place.

    Raises:
        SystemExit: With 128 + the signal's number.
    """
    for hook in runner.hooks:
        if isinstance(hook, StopSignalHook):
            hook.stop_validation(runner)


def ignore_signals(then: Callable[[int], None] | None, worker: int) -> None:
    """Start a loading process that ignores the signals of others than its parent.

    Args:
        then (Callable, optional): What else starts it.
        worker (int): Its number.
    """
    for number in SIGNALS:
        if number != signal.SIGTERM:
            signal.signal(number, signal.SIG_IGN)
    if hasattr(signal, 'sigwaitinfo'):
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        threading.Thread(target=_end_with_parent, daemon=True).start()
    if then is not None:
        then(worker)


def _end_with_parent() -> None:
    """Wait until the process that started this one ends it."""
    while signal.sigwaitinfo({signal.SIGTERM}).si_pid != os.getppid():
        pass
    os._exit(0)  # what DataLoader expects of it


def _loaders(runner: Runner) -> Iterator[DataLoader]:
    yield runner.train_dataloader
    if runner.val_loop is not None:
        for loop in getattr(runner.val_loop, 'loops', {}).values():
            yield loop.dataloader
