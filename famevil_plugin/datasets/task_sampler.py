"""Runs of one batch of one task, as a function of (seed, step, position)."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from mmengine.dist import get_dist_info, sync_random_seed
from torch.utils.data import Dataset, Sampler

from famevil_plugin.registry import DATA_SAMPLERS

from .task_schedules import find_schedule

_STEPS_AT_ONCE = 1024


class TaskIndex(NamedTuple):
    """Where an item is, and what its transforms draw from.

    Attributes:
        task (str): Its task.
        index (int): Its place in the task's data set.
        seed (int): The seed of its augmentation.
    """

    task: str
    index: int
    seed: int


@DATA_SAMPLERS.register_module()
class TaskSampler(Sampler):
    """Endless batches, each of one task.

    Each step's task comes from the schedule, the same on all ranks without
    talking. Within a task the items of an epoch are a permutation; ranks
    take their shares of the same global batch. What would not fill a global
    batch waits for the next epoch.

    Args:
        dataset (MultiTaskDataset): Gives the tasks and their sizes.
        batch_size (int): The dataloader's batch size, per rank.
        schedule (str): ``size_proportional``, ``uniform`` or
            ``round_robin``. Defaults to ``size_proportional``.
        seed (int, optional): Defaults to one that all ranks agree on.
    """

    def __init__(self,
                 dataset: Dataset,
                 batch_size: int,
                 schedule: str = 'size_proportional',
                 seed: int | None = None) -> None:
        self.rank, self.world_size = get_dist_info()
        self.sizes: dict[str, int] = dataset.sizes
        self.batch_size = batch_size
        self.schedule = find_schedule(schedule)
        self.seed = sync_random_seed() if seed is None else seed
        self.start = 0

    def __len__(self) -> int:
        """Number of items of all tasks."""
        return sum(self.sizes.values())

    def skip(self, num_samples: int) -> None:
        """Begin where a run stopped after ``num_samples`` on each rank."""
        self.start = num_samples // self.batch_size

    def tasks(self, start: int, stop: int) -> list[str]:
        """The tasks of a range of steps."""
        names = list(self.sizes)
        return [
            names[number] for number in self.schedule(
                list(self.sizes.values()), self.seed, start, stop)
        ]

    def __iter__(self) -> Iterator[TaskIndex]:
        """Yield indices for ever, from the step set by :meth:`skip` on."""
        rounds = dict.fromkeys(self.sizes, 0)
        step = 0
        while True:
            for task in self.tasks(step, step + _STEPS_AT_ONCE):
                if step >= self.start:
                    yield from self._batch(task, rounds[task], step)
                rounds[task] += 1
                step += 1

    def _batch(self, task: str, round_: int,
               step: int) -> Iterator[TaskIndex]:
        """This rank's share of a task's ``round_``-th global batch."""
        size, width = self.sizes[task], self.batch_size * self.world_size
        epoch, place = divmod(round_, max(size // width, 1))
        order = np.random.default_rng(
            (self.seed, list(self.sizes).index(task), epoch)).permutation(size)
        first = place * width + self.rank * self.batch_size
        for position in range(first, first + self.batch_size):
            index = int(order[position % size])
            seed = np.random.SeedSequence((self.seed, step, position))
            yield TaskIndex(task, index, int(seed.generate_state(1)[0]))
