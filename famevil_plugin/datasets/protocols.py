"""Protocols of data sets: what sampler, heads and metrics rely on."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:  # the sampler reads these protocols itself
    from .task_sampler import TaskIndex


@runtime_checkable
class TaskData(Protocol):
    """The items of one task, for training or for an evaluation.

    Before its pipeline an item is a dict with ``task``, the photos' paths as
    ``<name>_path`` (views to take a random one of: ``<name>_paths``), a
    ``text`` (a choice: ``texts``) and any other facts. Behind the pipeline
    it is ``dict(inputs=..., data_samples=...)`` of
    :class:`~famevil_plugin.datasets.PackFashionInputs`: inputs are what the
    task's head reads, facts are what the head and the metric read. For the
    kinds of the paper's tasks these are, with the heads and metrics of this
    package,

    ======== ======================= ======================================
    kind     training                evaluation
    ======== ======================= ======================================
    retrieve image, text,            photos and texts as items of their
             product_id              own, each with product_id (gt_label
                                     for some protocols)
    compose  image, text,            queries: image, text, garment,
             target_image            image_id, target_id; candidates:
                                     target_image, garment, image_id
    classify image, text, gt_label   the same
    describe image, text             the same, with product_id
    ======== ======================= ======================================

    An evaluation has ``sample_idx`` too, unique in the data set, as
    MMEngine's ``BaseDataset`` sets it.

    A class may have a class method ``survey``, which takes what its
    constructor takes and gives a
    :class:`~famevil_plugin.datasets.survey.Survey`: whether a data root
    serves the task, and why not. A run leaves the task out where it does
    not. A class without it is taken to serve.
    """

    @property
    def metainfo(self) -> Mapping[str, Any]:
        """Facts of the whole, which metrics get as ``dataset_meta``.

        Read where they are there: ``subcategories``, names by label;
        ``garments``, in the order of the scores; ``machine_made``, whether a
        program wrote the triplets; ``missing``, the counts of what is left
        out.
        """
        ...

    def __len__(self) -> int:
        """Number of items."""
        ...

    def __getitem__(self, index: int) -> Mapping[str, Any]:
        """The item, through the pipeline."""
        ...


@runtime_checkable
class MultiTaskData(Protocol):
    """Items of several tasks, for ``TaskSampler`` and a dataloader.

    :class:`~famevil_plugin.datasets.MultiTaskDataset` makes one of a
    :class:`TaskData` each.
    """

    @property
    def sizes(self) -> Mapping[str, int]:
        """Number of items of each task: the sampler's tasks."""
        ...

    @property
    def metainfo(self) -> Mapping[str, Any]:
        """Metainfo of each task's data set."""
        ...

    def __getitem__(self, where: 'TaskIndex') -> Mapping[str, Any]:
        """The item, its random transforms drawn from ``where.seed``."""
        ...
