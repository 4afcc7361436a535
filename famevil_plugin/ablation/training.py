"""Trains what a table needs, each run a process of ``tools/train.py``."""

import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from famevil_plugin.cores import usable_cores

from .run import Run

LAST_LINES = 12


class Trainer:
    """Trains runs, several at a time, those that others need first.

    A finished run is not repeated, but where its checkpoint is gone and
    another needs it; a stopped one goes on, and one that fails stops only
    those that need it.

    Args:
        tool (Path): ``tools/train.py``.
        out (Path): The table's folder.
        jobs (int): Runs at a time; they share the processor's cores.
            Defaults to 1.
        say (Callable): Takes lines about the progress. Defaults to ``print``.
    """

    def __init__(
        self, tool: Path, out: Path, jobs: int = 1, say: Callable[[str], None] = print
    ) -> None:
        self.tool = tool
        self.out = out
        self.jobs = jobs
        self.say = say
        self.processes: dict[Run, subprocess.Popen] = {}

    def train(self, runs: Sequence[Run]) -> list[Run]:
        """Train what is not finished.

        Args:
            runs (Sequence[Run]): Each behind those that it needs.

        Returns:
            list[Run]: Those that failed or were left out.
        """
        trained: dict[Run, Future[bool]] = {}
        with (
            _sole_user(self.out, self.say) as lock,
            ThreadPoolExecutor(self.jobs) as pool,
        ):
            missing = self._missing(runs)
            self.say(
                f'{len(runs)} runs, of which {len(runs) - len(missing)} are finished'
            )
            progress = _Progress(missing)
            for run in missing:
                needed = [
                    (other.name, trained[other])
                    for other in run.needs
                    if other in trained
                ]
                trained[run] = pool.submit(self._train, run, needed, progress, lock)
            try:
                return [run for run in missing if not trained[run].result()]
            except BaseException:  # interrupted: leave nothing running
                pool.shutdown(wait=False, cancel_futures=True)
                for process in self.processes.values():
                    process.terminate()
                raise

    def _missing(self, runs: Sequence[Run]) -> list[Run]:
        """What is to be trained, in order."""
        missing: set[Run] = set()
        for run in reversed(runs):  # each before those that it needs
            if not run.is_finished(self.out):
                missing.add(run)
            if run in missing:
                missing.update(
                    other
                    for other in run.checkpoints.values()
                    if not other.checkpoint(self.out).is_file()
                )
        return [run for run in runs if run in missing]

    def _train(
        self,
        run: Run,
        needed: Sequence[tuple[str, 'Future[bool]']],
        progress: '_Progress',
        lock: int,
    ) -> bool:
        lost = [name for name, future in needed if not future.result()]
        if lost:
            self.say(f'{progress.next(run)}: left out, as it needs {", ".join(lost)}')
            return False
        begun = time.monotonic()
        log = run.folder(self.out) / 'train.log'
        log.parent.mkdir(parents=True, exist_ok=True)
        threads = max(usable_cores() // self.jobs, 1)
        with log.open('ab') as file:
            process = self.processes[run] = subprocess.Popen(
                [sys.executable, str(self.tool), *run.arguments(self.out)],
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                pass_fds=(lock,),
                env=os.environ | dict(OMP_NUM_THREADS=str(threads)),
            )
            status = process.wait()
        passed = f'in {_duration(time.monotonic() - begun)}'
        if status == 0 and run.is_finished(self.out):
            self.say(f'{progress.next(run)}: finished {passed}; {progress.rest()}')
            return True
        last = log.read_text(errors='replace').splitlines()[-LAST_LINES:]
        self.say(
            f'{progress.next(run)}: FAILED {passed} (exit status '
            f'{status}); {log} ends:\n' + '\n'.join(f'    {line}' for line in last)
        )
        return False


class _Progress:
    """Counts runs, and tells how long the rest will take."""

    def __init__(self, runs: Sequence[Run]) -> None:
        self.runs = len(runs)
        self.iterations = sum(run.iterations for run in runs)
        self.ended = 0
        self.passed = 0
        self.begun = time.monotonic()

    def next(self, run: Run) -> str:
        """Count a run; its place and name."""
        self.ended += 1
        self.passed += run.iterations
        return f'[{self.ended}/{self.runs}] {run.name}'

    def rest(self) -> str:
        """The time left, at the pace so far."""
        pace = (time.monotonic() - self.begun) / self.passed
        left = (self.iterations - self.passed) * pace
        return f'about {_duration(left)} to go' if left else 'all done'


def _duration(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f'{hours} h {minutes} min'
    return f'{minutes} min {seconds} s' if minutes else f'{seconds} s'


@contextmanager
def _sole_user(out: Path, say: Callable[[str], None]) -> Iterator[int]:
    """Hold a folder; the runs, which inherit the lock, hold it too.

    So a command that was killed can be given again at once: the run that
    outlived it is waited for, not trained twice.
    """
    out.mkdir(parents=True, exist_ok=True)
    with (out / '.lock').open('w') as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(
                f'{out} is in use by another such command, or by a run of a '
                'killed one: waiting for it to end'
            )
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock.fileno()
