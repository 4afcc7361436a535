"""Named data sets side by side, and batches of one task from them."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from mmengine.structures import BaseDataElement
from torch import Tensor
from torch.utils.data import Dataset

from famevil_plugin.photos import UnreadablePhoto
from famevil_plugin.registry import DATASETS
from famevil_plugin.structures import FashionSample

from .protocols import TaskData
from .task_sampler import TaskIndex

#: Items whose photos cannot be read, one after the other, before a run ends.
MAX_PASSED_OVER = 100


@DATASETS.register_module()
class MultiTaskDataset(Dataset):
    """One data set a task, indexed by what ``TaskSampler`` yields.

    An item is a function of its index alone: its transforms draw from the
    seed that the index carries, whichever worker loads it. Where a data set
    has ``missing='skip'``, the next item takes the place of one whose photo
    cannot be read, and names that photo in its sample's ``unreadable``.

    Samples of a data set that does not know of tasks, such as another
    project's, are told theirs: ``task`` among their metainfo.

    Args:
        datasets (dict[str, dict | TaskData]): By task, whose names are free.
    """

    def __init__(self, datasets: dict[str, dict[str, Any] | TaskData]) -> None:
        self.datasets: dict[str, TaskData] = {
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

    def __getitem__(self, where: TaskIndex) -> Mapping[str, Any]:
        """The item of a task, its transforms seeded."""
        with torch.random.fork_rng(devices=()):
            torch.default_generator.manual_seed(where.seed)
            data = self.datasets[where.task]
            if getattr(data, 'missing', 'error') == 'skip':
                return _first_readable(data, where.index)
            return _with_task(data[where.index], where.task)


def _with_task(item: Mapping[str, Any], task: str) -> Mapping[str, Any]:
    sample = item.get('data_samples') if isinstance(item, Mapping) else None
    if isinstance(sample, BaseDataElement) and 'task' not in sample:
        sample.set_metainfo(dict(task=task))
    return item


def _first_readable(data: TaskData, index: int) -> Mapping[str, Any]:
    """The item at ``index``, or the first behind it that can be read.

    Raises:
        UnreadablePhoto: If that would pass over too many.
    """
    passed_over: list[str] = []
    while True:
        try:
            item = data[(index + len(passed_over)) % len(data)]
        except UnreadablePhoto as error:
            passed_over.append(str(error.__cause__ or error))
            if len(passed_over) == min(MAX_PASSED_OVER, len(data)):
                raise UnreadablePhoto(
                    f'{len(passed_over)} items one after the other have photos '
                    f'that cannot be read: {"; ".join(passed_over[:3])}; ...'
                ) from None
            continue
        if passed_over:
            item['data_samples'].unreadable = passed_over
        return item


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
