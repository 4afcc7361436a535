"""Which task comes at which step: pure functions of (seed, step).

A schedule gets the tasks' sizes and a range of steps and returns the tasks'
numbers, so any step can be asked for without the ones before it.
"""

from collections.abc import Callable, Sequence

import numpy as np

# random draws come in blocks that can be made anew from (seed, block)
_BLOCK = 1024

TaskSchedule = Callable[[Sequence[int], int, int, int], np.ndarray]


def _draw(probabilities: np.ndarray, seed: int, start: int,
          stop: int) -> np.ndarray:
    first, last = start // _BLOCK, (stop - 1) // _BLOCK
    drawn = [
        np.random.default_rng((seed, block)).choice(
            len(probabilities), size=_BLOCK, p=probabilities)
        for block in range(first, last + 1)
    ]
    return np.concatenate(drawn)[start - first * _BLOCK:stop - first * _BLOCK]


def size_proportional(sizes: Sequence[int], seed: int, start: int,
                      stop: int) -> np.ndarray:
    """A task's probability is its share of all products and triplets (the
    paper's default)."""
    return _draw(np.asarray(sizes) / sum(sizes), seed, start, stop)


def uniform(sizes: Sequence[int], seed: int, start: int,
            stop: int) -> np.ndarray:
    """All tasks are equally probable (paper table 4, row 10)."""
    return _draw(np.full(len(sizes), 1 / len(sizes)), seed, start, stop)


def round_robin(sizes: Sequence[int], seed: int, start: int,
                stop: int) -> np.ndarray:
    """The tasks in turn, in the config's order (paper table 4, row 11)."""
    return np.arange(start, stop) % len(sizes)


SCHEDULES: dict[str, TaskSchedule] = {
    schedule.__name__: schedule
    for schedule in (size_proportional, uniform, round_robin)
}


def find_schedule(name: str) -> TaskSchedule:
    """Look a schedule up by its name.

    Raises:
        ValueError: If there is none of that name.
    """
    if name not in SCHEDULES:
        raise ValueError(f'unknown task schedule {name!r}: expected one of '
                         f'{", ".join(SCHEDULES)}')
    return SCHEDULES[name]
