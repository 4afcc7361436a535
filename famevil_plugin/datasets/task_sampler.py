"""Runs of one batch of one task, as a function of (seed, step, position)."""

from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any, NamedTuple

import numpy as np
from mmengine.dist import get_dist_info, sync_random_seed
from torch.utils.data import Dataset, Sampler

from famevil_plugin.registry import DATA_SAMPLERS

from .task_schedules import find_schedule


class TaskIndex(NamedTuple):
    """The place of an item, and the seed of its transforms.

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
        schedule (str | dict): ``size_proportional``, ``uniform``,
            ``temperature`` or ``round_robin``, or a dict of its name and its
            settings: ``dict(type='temperature', temperature=2.)``. Defaults
            to ``size_proportional``.
        seed (int, optional): Defaults to one that all ranks agree on.
    """

    def __init__(
        self,
        dataset: Dataset,
        batch_size: int,
        schedule: str | dict[str, Any] = 'size_proportional',
        seed: int | None = None,
    ) -> None:
        self.rank, self.world_size = get_dist_info()
        self.sizes: dict[str, int] = dataset.sizes
        self.batch_size = batch_size
        self.schedule = find_schedule(schedule)
        self.seed = sync_random_seed() if seed is None else seed
        self.start = 0
        # from which step on the tasks' probabilities are scaled how
        self.scales: dict[int, list[float] | None] = {0: None}

    def __len__(self) -> int:
        """Number of items of all tasks."""
        return sum(self.sizes.values())

    def skip(self, num_samples: int) -> None:
        """Begin where a run stopped after ``num_samples`` on each rank."""
        self.start = num_samples // self.batch_size

    def rescale(self, step: int, scales: Mapping[str, float]) -> None:
        """Multiply the tasks' probabilities from a step on.

        The step must not have been drawn yet: a dataloader draws
        ``num_workers * prefetch_factor`` steps ahead.

        Args:
            step (int): The first of the steps.
            scales (Mapping[str, float]): By task, in place of earlier ones;
                1 for tasks that are not named.

        Raises:
            ValueError: If the schedule has no probabilities.
        """
        self.scales[step] = [scales.get(task, 1.0) for task in self.sizes]
        self.task(step)  # complains now rather than in the middle

    def task(self, step: int) -> str:
        """The task of a step."""
        since = max(first for first in self.scales if first <= step)
        (number,) = self.schedule(
            list(self.sizes.values()), self.seed, step, step + 1, self.scales[since]
        )
        return list(self.sizes)[number]

    def __iter__(self) -> Iterator[TaskIndex]:
        """Yield indices for ever, from the step set by :meth:`skip` on."""
        rounds = dict.fromkeys(self.sizes, 0)
        for step in count():
            task = self.task(step)
            if step >= self.start:
                yield from self._batch(task, rounds[task], step)
            rounds[task] += 1

    def _batch(self, task: str, round_: int, step: int) -> Iterator[TaskIndex]:
        """This rank's share of a task's ``round_``-th global batch."""
        size, width = self.sizes[task], self.batch_size * self.world_size
        epoch, place = divmod(round_, max(size // width, 1))
        order = np.random.default_rng(
            (self.seed, list(self.sizes).index(task), epoch)
        ).permutation(size)
        first = place * width + self.rank * self.batch_size
        for position in range(first, first + self.batch_size):
            index = int(order[position % size])
            seed = np.random.SeedSequence((self.seed, step, position))
            yield TaskIndex(task, index, int(seed.generate_state(1)[0]))
