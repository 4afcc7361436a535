"""The faults, each with how many times it was tried and what came of it."""

import os
import random
import re
import resource
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import torch
from mmengine.fileio import LocalBackend
from mmengine.hooks import Hook

from famevil_plugin.models.weights.weight_files import read_data

from .runs import ALL, INTERVAL, STEPS, Process, same_end, train


class Row(NamedTuple):
    """A line of the table.

    Attributes:
        fault (str): What was done.
        tried (int): How many times.
        held (int): In how many of them what is promised was seen.
        outcome (str): What that is.
    """

    fault: str
    tried: int
    held: int
    outcome: str


SAME = 'goes on to the same end, bit for bit'


class Torture:
    """All faults on runs below a folder.

    Args:
        folder (Path): Has the teachers (:func:`~tests.torture.runs
            .write_teachers`).
        seed (int): Of the kills' places.
    """

    def __init__(self, folder: Path, seed: int = 0) -> None:
        self.folder = folder
        self.random = random.Random(seed)
        self.step_s: dict[str, float] = {}

    def whole(self, strategy: str) -> Path:
        """The run that nothing happens to."""
        folder = self.folder / f'{strategy}_whole'
        if strategy not in self.step_s:
            self.step_s[strategy] = train(strategy, folder)
        return folder

    def kills(self, strategy: str, times: int) -> Row:
        """SIGKILL at random times of a run, again and again, then its end."""
        whole, run = self.whole(strategy), self.folder / f'{strategy}_killed'
        killed = 0
        while killed < times:
            process = Process(strategy, run)
            # the last kills come soon, so that the run is not at its end before
            begun = process.steps(self.random.randint(1, max(STEPS // times, 3)))
            time.sleep(self.random.uniform(0, 1.5 * self.step_s[strategy]))
            killed += process.send(signal.SIGKILL) == -signal.SIGKILL
            if not begun:
                train(strategy, run)  # was it at its end?
                shutil.rmtree(run)
        train(strategy, run)
        held = times if same_end(whole, run) and not remains(run) else 0
        return Row(f'SIGKILL at a random time: {strategy}', times, held, SAME)

    def boundaries(self, stride: int) -> Row:
        """SIGKILL between any two operations of a checkpoint's writing."""
        whole = self.whole('round_robin')
        tried = held = 0
        for number in count(0, stride):
            run = self.folder / f'boundary_{number}'
            process = Process('round_robin', run, before=KillAt(number))
            if process.wait() != -signal.SIGKILL:
                break
            train('round_robin', run)
            held += same_end(whole, run) and not remains(run)
            tried += 1
        return Row(
            'SIGKILL before or after each file operation of a checkpoint (one kept)',
            tried,
            held,
            f'{SAME}; no half file stays',
        )

    def moved(self, times: int) -> Row:
        """A run that is killed, and its work dir moved."""
        whole, held = self.whole('round_robin'), 0
        for number in range(times):
            run, place = self.folder / f'here_{number}', self.folder / f'there_{number}'
            process = Process('round_robin', run)
            process.steps(self.random.randint(INTERVAL + 1, STEPS))
            process.send(signal.SIGKILL)
            shutil.move(run, place)
            train('round_robin', place)
            held += same_end(whole, place)
        return Row('work dir moved after a kill', times, held, SAME)

    def full_disk(self, times: int) -> Row:
        """No space for the second checkpoint (a limit on the file's size)."""
        whole, held = self.whole('round_robin'), 0
        for number in range(times):
            run = self.folder / f'full_{number}'
            limit = (50_000, resource.RLIM_INFINITY)
            process = Process(
                'round_robin',
                run,
                At(
                    2 * INTERVAL,
                    lambda _: resource.setrlimit(resource.RLIMIT_FSIZE, limit),
                ),
            )
            said = process.wait() == 1 and process.log.read_text()
            named = said and re.search('no space left for the .*iter_8.pth: free', said)
            kept = [path.name for path in run.glob('*.pth')] == [f'iter_{INTERVAL}.pth']
            train('round_robin', run)
            held += bool(named and kept and same_end(whole, run))
        return Row(
            'no space left for a checkpoint',
            times,
            held,
            f'stops, names file and remedy, keeps the one before; then {SAME}',
        )

    def not_finite(self, kind: str) -> Row:
        """NaN in loss, gradient or weights."""
        whole, run = self.whole('round_robin'), self.folder / f'nan_{kind}'
        step = self.random.randint(INTERVAL + 1, 2 * INTERVAL)
        process = Process('round_robin', run, At(step, SPOIL[kind]))
        said = process.wait() == 1 and process.log.read_text()
        named = said and re.search(
            rf'gradient of step {step} \(task \w+\) is not finite .*Its batch: item '
            rf'.*iter_{INTERVAL}.pth',
            said,
        )
        weights = read_data(run / f'iter_{INTERVAL}.pth')['state_dict'].values()
        finite = all(w.isfinite().all() for w in weights)
        train('round_robin', run)
        held = bool(named and finite and same_end(whole, run))
        return Row(
            f'NaN in {kind}',
            1,
            int(held),
            'stops at that step, names task, items and the last good checkpoint; '
            f'then {SAME}',
        )

    def signals(self, number: signal.Signals, times: int) -> Row:
        """A signal at a random time, a validation's included."""
        whole, held = self.whole('ema'), 0
        for attempt in range(times):
            run = self.folder / f'{number.name}_{attempt}'
            process = Process('ema', run)
            process.steps(self.random.randint(1, STEPS - 6))
            time.sleep(self.random.uniform(0, 1.5 * self.step_s['ema']))
            code = process.send(number)
            saved = int((run / 'last_checkpoint').read_text()[5:-4])
            said = f'stopped by {number.name} after step {saved}: go on from'
            stopped = code == 128 + number and said in process.log.read_text()
            train('ema', run)
            held += stopped and same_end(whole, run)
        return Row(
            f'{number.name} at a random time',
            times,
            held,
            f'exit code {128 + number}, a checkpoint of that step; then {SAME}',
        )

    def soak(self, steps: int) -> Row:
        """Memory of a long run, sampled every hundredth of it."""
        run, file = self.folder / 'soak', self.folder / 'soak.txt'
        often = dict.fromkeys(
            ('train_cfg.val_interval', 'default_hooks.checkpoint.interval'), steps // 4
        )
        train(
            'round_robin',
            run,
            Memory(file, steps // 100),
            **{'train_cfg.max_iters': steps} | often,
        )
        sizes = [int(line) for line in file.read_text().split()]
        early, late = max(sizes[20:40]), max(sizes[80:])
        return Row(
            f'a soak of {steps:,} steps with 4 validations and checkpoints',
            1,
            int(late < 1.02 * early),
            f'memory stays: at most {early} MB in steps {steps // 5:,} to '
            f'{2 * steps // 5:,}, {late} MB in the last fifth',
        )


def remains(run: Path) -> list[str]:
    """What should not be in a work dir after a run."""
    wanted = r'iter_\d+\.pth|last_checkpoint|\d{8}_\d{6}.*|\.training\.lock'
    return [p.name for p in run.iterdir() if not re.fullmatch(wanted, p.name)]


class At(Hook):
    """Does something before a step."""

    def __init__(self, step: int, action: Callable[[Any], object]) -> None:
        self.step, self.action = step, action

    def before_train_iter(
        self, runner: Any, batch_idx: int, data_batch: Any = None
    ) -> None:
        if runner.iter + 1 == self.step:
            self.action(runner)


class Memory(Hook):
    """Writes resident megabytes down."""

    def __init__(self, file: Path, interval: int) -> None:
        self.file, self.interval = file, interval

    def after_train_iter(self, runner: Any, *args: Any, **kwargs: Any) -> None:
        if self.every_n_train_iters(runner, self.interval):
            pages = int(Path('/proc/self/statm').read_text().split()[1])
            with self.file.open('a') as file:
                file.write(f'{pages * resource.getpagesize() >> 20}\n')


def _spoil_loss(runner: Any) -> None:
    runner.model.register_forward_hook(
        lambda *args: {key: value * float('nan') for key, value in args[-1].items()}
    )


def _spoil_gradient(runner: Any) -> None:
    next(iter(runner.model.encoder.clip.visual.parameters())).register_hook(
        lambda gradient: gradient * float('nan')
    )


def _spoil_weights(runner: Any) -> None:
    with torch.no_grad():
        next(iter(runner.model.encoder.clip.visual.parameters())).view(-1)[0] = float(
            'nan'
        )


SPOIL = dict(loss=_spoil_loss, gradient=_spoil_gradient, weights=_spoil_weights)


class KillAt:
    """Kills its process at the n-th boundary of the second checkpoint's writing.

    Args:
        number (int): Counts from 0, before and after each file operation.
    """

    def __init__(self, number: int) -> None:
        self.left = number
        self.counts = False

    def __call__(self) -> None:
        """Put this into the operations' way."""
        for where, name in (
            (tempfile, 'mkstemp'),
            (os, 'fsync'),
            (os, 'chmod'),
            (os, 'replace'),
            (LocalBackend, 'remove'),
        ):
            setattr(where, name, self._between(getattr(where, name)))
        fdopen = os.fdopen
        os.fdopen = lambda *args: _InHalves(fdopen(*args), self)

    def boundary(self) -> None:
        """One more; kill if it is the one."""
        if self.counts:
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            self.left -= 1

    def _between(self, operation: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **kwargs: Any) -> Any:
            second = f'iter_{2 * INTERVAL}.pth' in str((args, kwargs))
            self.counts = self.counts or second
            self.boundary()
            result = operation(*args, **kwargs)
            self.boundary()
            # its writing ends with the removal of the one before
            self.counts = self.counts and operation is not REMOVE
            return result

        return counted


REMOVE = LocalBackend.remove


class _InHalves:
    """A file that is written in two parts."""

    def __init__(self, file: Any, kill: KillAt) -> None:
        self.file, self.kill = file, kill

    def __enter__(self) -> '_InHalves':
        self.file.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self.file.__exit__(*error)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)

    def write(self, content: bytes) -> None:
        self.file.write(content[: len(content) // 2])
        self.file.flush()
        self.kill.boundary()
        self.file.write(content[len(content) // 2 :])


def rows(
    torture: Torture, kind: str, kills: int, each: int, stride: int, soak: int
) -> Iterator[Row]:
    """The lines of the table about one kind of fault.

    Args:
        torture (Torture): Where.
        kind (str): One of ``KINDS``.
        kills (int): Random kills, over all strategies.
        each (int): How often other faults are tried.
        stride (int): Every which boundary of a checkpoint's writing is tried.
        soak (int): Steps of the soak.
    """
    if kind == 'kills':
        for number, strategy in enumerate(ALL):
            share = kills // len(ALL) + (number < kills % len(ALL))
            if share:
                yield torture.kills(strategy, share)
    elif kind == 'boundaries':
        yield torture.boundaries(stride)
    elif kind == 'signals':
        for number in (signal.SIGTERM, signal.SIGUSR1, signal.SIGINT):
            yield torture.signals(number, each)
    elif kind == 'nan':
        for where in SPOIL:
            yield torture.not_finite(where)
    elif kind == 'moved':
        yield torture.moved(each)
    elif kind == 'disk':
        yield torture.full_disk(each)
    elif kind == 'soak':
        yield torture.soak(soak)


KINDS = ('kills', 'boundaries', 'signals', 'nan', 'moved', 'disk', 'soak')
