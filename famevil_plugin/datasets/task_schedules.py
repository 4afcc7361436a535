"""Schedules of the tasks: pure functions of (seed, step).

A schedule gets the tasks' sizes and a range of steps and returns the tasks'
numbers, so any step can be asked for without the ones before it. Schedules
that draw multiply the tasks' probabilities by ``scales``, if there are some.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any

import numpy as np
from mmengine.utils import get_object_from_string

# random draws come in blocks that can be made anew from (seed, block)
_BLOCK = 1024

# sizes, seed, start, stop and scales -> the tasks' numbers
TaskSchedule = Callable[..., np.ndarray]


@lru_cache(maxsize=4)
def _block(seed: int, block: int) -> np.ndarray:
    return np.random.default_rng((seed, block)).random(_BLOCK)


def _draw(
    shares: np.ndarray, seed: int, start: int, stop: int, scales: Sequence[float] | None
) -> np.ndarray:
    edges = (shares if scales is None else shares * scales).cumsum()
    blocks = range(start // _BLOCK, (stop - 1) // _BLOCK + 1)
    drawn = np.concatenate([_block(seed, block) for block in blocks])
    steps = slice(start - blocks[0] * _BLOCK, stop - blocks[0] * _BLOCK)
    return (edges / edges[-1]).searchsorted(drawn[steps], side='right')


def size_proportional(
    sizes: Sequence[int],
    seed: int,
    start: int,
    stop: int,
    scales: Sequence[float] | None = None,
) -> np.ndarray:
    """A task's probability is its share of all products and triplets (the
    paper's default)."""
    return _draw(np.asarray(sizes) / sum(sizes), seed, start, stop, scales)


def uniform(
    sizes: Sequence[int],
    seed: int,
    start: int,
    stop: int,
    scales: Sequence[float] | None = None,
) -> np.ndarray:
    """All tasks are equally probable (paper table 4, row 10)."""
    return _draw(np.ones(len(sizes)), seed, start, stop, scales)


def temperature(
    sizes: Sequence[int],
    seed: int,
    start: int,
    stop: int,
    scales: Sequence[float] | None = None,
    *,
    temperature: float = 2.0,
) -> np.ndarray:
    """A task's probability goes with its size to the power of
    ``1 / temperature``: from size-proportional at 1 towards uniform."""
    if temperature <= 0:
        raise ValueError(
            f'the temperature of a task schedule must be positive, got {temperature}'
        )
    return _draw(
        (np.asarray(sizes) / max(sizes)) ** (1 / temperature), seed, start, stop, scales
    )


def round_robin(
    sizes: Sequence[int],
    seed: int,
    start: int,
    stop: int,
    scales: Sequence[float] | None = None,
) -> np.ndarray:
    """The tasks in turn, in the config's order (paper table 4, row 11)."""
    if scales is not None:
        raise ValueError(
            'the task schedule round_robin has no probabilities '
            'to scale: use one that draws'
        )
    return np.arange(start, stop) % len(sizes)


SCHEDULES: dict[str, TaskSchedule] = {
    schedule.__name__: schedule
    for schedule in (size_proportional, uniform, temperature, round_robin)
}


def find_schedule(schedule: str | TaskSchedule | Mapping[str, Any]) -> TaskSchedule:
    """Look a schedule up.

    Args:
        schedule (str | Callable | Mapping): Its name; a schedule of your own, as
            a function or where it is (``'my_package.schedules.odd'``); or a
            dict with either as ``type`` and its settings:
            ``dict(type='temperature', temperature=5.)``.

    Raises:
        ValueError: If there is none of that name, or it lacks a setting.
    """
    settings: dict[str, Any] = (
        dict(schedule) if isinstance(schedule, Mapping) else dict(type=schedule)
    )
    name = settings.pop('type', None)
    found = name if callable(name) else SCHEDULES.get(str(name)) or _imported(name)
    if found is None:
        raise ValueError(
            f'unknown task schedule {name!r}: expected one of {", ".join(SCHEDULES)}'
            ', or a function'
        )
    known = inspect.getfullargspec(found).kwonlyargs
    unknown = [key for key in settings if key not in known]
    if unknown:
        raise ValueError(
            f'the task schedule {name} has no setting '
            f'{", ".join(unknown)}: expected '
            f'{", ".join(known) or "none"}'
        )
    return partial(found, **settings)


def _imported(name: Any) -> TaskSchedule | None:
    """The function at a place, as a dumped config names it."""
    found = get_object_from_string(name) if '.' in str(name) else None
    return found if callable(found) else None
