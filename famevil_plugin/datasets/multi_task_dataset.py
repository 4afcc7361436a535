"""Named data sets side by side, and batches of one task from them."""

from collections.abc import Sequence
from typing import Any

import torch
from mmengine.dataset import BaseDataset
from torch import Tensor
from torch.utils.data import Dataset

from famevil_plugin.registry import DATASETS
from famevil_plugin.structures import FashionSample

from .task_sampler import TaskIndex


@DATASETS.register_module()
class MultiTaskDataset(Dataset):
    """One data set a task, indexed by what ``TaskSampler`` yields.

    An item is a function of its index alone: its transforms draw from the
    seed that the index carries, whichever worker loads it.

    Args:
        datasets (dict[str, dict | BaseDataset]): Data set of each task.
    """

    def __init__(self, datasets: dict[str, dict[str, Any] | BaseDataset]) -> None:
        self.datasets: dict[str, BaseDataset] = {
            task: DATASETS.build(dataset) if isinstance(dataset, dict) else dataset
            for task, dataset in datasets.items()
        }

    @property
    def sizes(self) -> dict[str, int]:
        """Number of items (products or triplets) of each task."""
        return {task: len(data) for task, data in self.datasets.items()}

    @property
    def metainfo(self) -> dict[str, Any]:
        """Metainfo of each data set, by task."""
        return {task: data.metainfo for task, data in self.datasets.items()}

    def __len__(self) -> int:
        """Number of items of all tasks."""
        return sum(self.sizes.values())

    def __getitem__(self, where: TaskIndex) -> dict[str, Any]:
        """The item of a task, its transforms seeded."""
        with torch.random.fork_rng(devices=()):
            torch.default_generator.manual_seed(where.seed)
            return self.datasets[where.task][where.index]


def collate_batch(items: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Stack each input over the items that bring it.

    Args:
        items (Sequence[dict]): Each with ``inputs``, tensors by name, and
            ``data_samples``, a :class:`FashionSample`.

    Returns:
        dict: ``inputs``, stacked tensors by name, and ``data_samples``, a
        list.
    """
    stacks: dict[str, list[Tensor]] = {}
    samples: list[FashionSample] = []
    for item in items:
        samples.append(item['data_samples'])
        for name, value in item['inputs'].items():
            stacks.setdefault(name, []).append(value)
    return dict(
        inputs={name: torch.stack(stack) for name, stack in stacks.items()},
        data_samples=samples,
    )
