"""Runs of one batch of one task, as a function of (seed, step, position)."""

from collections.abc import Iterator, Mapping
from itertools import count, pairwise
from typing import Any, NamedTuple

import numpy as np
from mmengine.dist import get_dist_info, sync_random_seed
from torch.utils.data import Sampler

from famevil_plugin.registry import DATA_SAMPLERS

from .protocols import MultiTaskData
from .task_schedules import find_schedule


class TaskIndex(NamedTuple):
    """The place of an item, and the seed of its transforms.

    Attributes:
        task (str): Its task.
        index (int): Its place in the task's data set.
        seed (int): The seed of its augmentation.
    """

    task: str
    index: int  # type: ignore[assignment]  # shadows tuple.index
    seed: int


@DATA_SAMPLERS.register_module()
class TaskSampler(Sampler):
    """Endless batches, each of one task.

    Each step's task comes from the schedule, the same on all ranks without
    communication. Within a task the items of an epoch are a permutation; ranks
    take their shares of the same global batch. What would not fill a global
    batch waits for the next epoch.

    Args:
        dataset (MultiTaskDataset): Gives the tasks and their sizes.
        batch_size (int, optional): The dataloader's batch size, per rank.
            Defaults to the one that
            :class:`~famevil_plugin.engine.MultiTaskTrainLoop` hands over.
        schedule (str | dict): ``size_proportional``, ``uniform``,
            ``temperature`` or ``round_robin``, or a dict of its name and its
            settings: ``dict(type='temperature', temperature=2.)``. Defaults
            to ``size_proportional``.
        seed (int, optional): Defaults to one that all ranks agree on.
    """

    def __init__(
        self,
        dataset: MultiTaskData,
        batch_size: int | None = None,
        schedule: str | dict[str, Any] = 'size_proportional',
        seed: int | None = None,
    ) -> None:
        self.rank, self.world_size = get_dist_info()
        self.sizes: dict[str, int] = dict(dataset.sizes)
        self.batch_size = batch_size
        self.schedule = find_schedule(schedule)
        self.seed = sync_random_seed() if seed is None else seed
        self.start = 0
        # from which step on the tasks' probabilities are scaled how
        self.scales: dict[int, list[float] | None] = {0: None}
        # by task an epoch and its permutation
        self._orders: dict[str, tuple[int, np.ndarray]] = {}

    def __len__(self) -> int:
        """Number of items of all tasks."""
        return sum(self.sizes.values())

    def share_batch_size(self, batch_size: int) -> None:
        """Take over the dataloader's batch size.

        Raises:
            ValueError: If the sampler was given another.
        """
        if self.batch_size not in (None, batch_size):
            raise ValueError(
                f'train_dataloader.batch_size is {batch_size} and '
                f'train_dataloader.sampler.batch_size {self.batch_size}: leave '
                'the latter out, it is the same'
            )
        self.batch_size = batch_size

    def skip(self, num_samples: int) -> None:
        """Begin where a run stopped after ``num_samples`` on each rank."""
        self.start = num_samples // self._known_batch_size()

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
        self.task(step)  # raises now rather than in the middle of the run

    def task(self, step: int) -> str:
        """The task of a step."""
        since = max(first for first in self.scales if first <= step)
        (number,) = self.schedule(
            list(self.sizes.values()), self.seed, step, step + 1, self.scales[since]
        )
        return list(self.sizes)[number]

    def __iter__(self) -> Iterator[TaskIndex]:
        """Yield indices for ever, from the step set by :meth:`skip` on."""
        batch_size = self._known_batch_size()
        rounds = dict(zip(self.sizes, self._rounds(self.start)))
        for step in count(self.start):
            task = self.task(step)
            yield from self._batch(task, rounds[task], step, batch_size)
            rounds[task] += 1

    def _known_batch_size(self) -> int:
        if self.batch_size is None:
            raise ValueError(
                'TaskSampler does not know the batch size: expected '
                'train_cfg.type=MultiTaskTrainLoop, which hands over '
                "train_dataloader's, or TaskSampler(batch_size=...)"
            )
        return self.batch_size

    def _rounds(self, step: int) -> list[int]:
        """Count the batches that each task had before a step."""
        rounds = np.zeros(len(self.sizes), int)
        changes = sorted(first for first in self.scales if first < step)
        for since, until in pairwise([*changes, step]):
            tasks = self.schedule(
                list(self.sizes.values()), self.seed, since, until, self.scales[since]
            )
            rounds += np.bincount(tasks, minlength=len(rounds))
        return rounds.tolist()

    def _batch(
        self, task: str, round_: int, step: int, batch_size: int
    ) -> Iterator[TaskIndex]:
        """This rank's share of a task's ``round_``-th global batch."""
        size, width = self.sizes[task], batch_size * self.world_size
        epoch, place = divmod(round_, max(size // width, 1))
        order = self._order(task, epoch)
        first = place * width + self.rank * batch_size
        for position in range(first, first + batch_size):
            index = int(order[position % size])
            seed = np.random.SeedSequence((self.seed, step, position))
            yield TaskIndex(task, index, int(seed.generate_state(1)[0]))

    def _order(self, task: str, epoch: int) -> np.ndarray:
        """A task's items in an epoch, kept until its next one."""
        if self._orders.get(task, (None,))[0] != epoch:
            number = list(self.sizes).index(task)
            generator = np.random.default_rng((self.seed, number, epoch))
            self._orders[task] = epoch, generator.permutation(self.sizes[task])
        return self._orders[task][1]
