"""Base of the tasks' heads: named logits and targets, a loss from
them, and predictions."""

import copy
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from mmengine.model import BaseModule
from torch import Tensor

from famevil_plugin.findings import TaskStart
from famevil_plugin.models.adapted_clip import AdaptedCLIP
from famevil_plugin.models.losses import mean_cross_entropy
from famevil_plugin.structures import FashionSample

Inputs = dict[str, Tensor]


class HeadOutput(NamedTuple):
    """Scores of a head.

    Attributes:
        logits (dict[str, Tensor]): By name, ``(N, classes)``.
        targets (dict[str, Tensor]): By the same names, ``(N, )`` class ids.
    """

    logits: dict[str, Tensor]
    targets: dict[str, Tensor]


class Answer(NamedTuple):
    """A function of a task at inference.

    Attributes:
        inputs (tuple[str, ...]): The model inputs that it reads, in order.
        function (Callable): Encoder and these inputs, batched, to a tensor
            with a row an item.
        columns (str, optional): The key of the data set's metainfo under
            which the names of the tensor's columns are, where they have
            names.
    """

    inputs: tuple[str, ...]
    function: Callable[..., Tensor]
    columns: str | None = None


class Program(NamedTuple):
    """A function of a task that other runtimes can run: tensors to tensors.

    Attributes:
        inputs (tuple[str, ...]): What it reads, in order: model inputs,
            outputs of the task's programs before it, and names in ``first``.
        outputs (tuple[str, ...]): What it gives, in order, a row an item.
        function (Callable): Encoder and the inputs, batched, to a tuple of
            tensors.
        first (Mapping[str, Tensor]): Of a step, which is called again and
            again: by input, what an item's first call takes, with an axis of
            length 0 where it grows. Later calls take the ``present_*`` that
            the call before gave as ``past_*``, and as the others what was
            chosen by ``answer``.
        calls (int): Of a step, how often it may be called for an item.
        columns (str, optional): See :class:`Answer`.
    """

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    function: Callable[..., tuple[Tensor, ...]]
    first: Mapping[str, Tensor] = {}
    calls: int = 1
    columns: str | None = None


class TaskHead(BaseModule):
    """Base of the tasks' heads.

    A head says how its task uses the encoder, in MMEngine's modes
    :meth:`tensor` and :meth:`predict`, and what it loses (:meth:`loss`).

    Args:
        task (str): The task's name, which selects the encoder's TSA.
        encoder_widths (dict[str, int]): ``embedding`` (E) and ``text`` (T)
            of the encoder, set by the model.

    A subclass is also its task's entry (:class:`~famevil_plugin.tasks.Task`):
    it says ``title``, ``verb`` and ``inputs``, and ``predictions``,
    ``cross_sides`` and ``zero_shot`` where they differ from none and False.
    Where its loss compares the items of a batch, ``contrast_by`` names the
    fact of an item that makes it another one.
    """

    title: str
    verb: str
    inputs: Mapping[str, str]
    predictions: Mapping[str, tuple[str, ...]] = {}
    cross_sides: tuple[str, ...] = ()
    zero_shot = False
    contrast_by: str | None = None

    def __init__(self, task: str, encoder_widths: dict[str, int]) -> None:
        super().__init__()
        self.task = task
        self.encoder_widths = encoder_widths

    def check_start(self, start: TaskStart) -> None:
        """Say before a run what of the data does not suit the head."""
        if self.contrast_by and start.batch_size and start.mode == 'train':
            _check_contrast(self.contrast_by, start, start.batch_size)

    @abstractmethod
    def tensor(
        self, encoder: AdaptedCLIP, inputs: Inputs, samples: Sequence[FashionSample]
    ) -> HeadOutput:
        """Score a training batch."""

    def loss(self, output: HeadOutput) -> Tensor:
        """The task's loss, a scalar, from what :meth:`tensor` gave: nothing
        reads that afterwards."""
        return mean_cross_entropy(*output)

    def adjusted(self, **settings: Any) -> 'TaskHead':
        """This head with other settings and the same weights.

        Args:
            **settings: Arguments of its class that :meth:`predict` goes by,
                such as ``beams`` of captioning.

        Raises:
            ValueError: If it has no such setting.
        """
        unknown = [name for name in settings if name not in vars(self)]
        if unknown:
            raise ValueError(
                f'the head of {self.task} has no setting {", ".join(unknown)}'
            )
        head = copy.copy(self)
        vars(head).update(settings)
        return head

    def answers(self) -> dict[str, Answer]:
        """Functions that answer the task's verb, by the name of what they
        give: their costs are counted, and programs are made of them."""
        return {}

    def programs(self, encoder: AdaptedCLIP) -> dict[str, Program]:
        """The functions that leave for other runtimes, in the order of use.

        Each answer is one, with the output ``answer``. A head whose answer is
        a search gives the search's parts.

        Args:
            encoder (AdaptedCLIP): The encoder that they will be run with.
        """
        return {
            name: Program(
                answer.inputs,
                ('answer',),
                partial(_as_tuple, answer.function),
                columns=answer.columns,
            )
            for name, answer in self.answers().items()
        }

    def example(self) -> dict[str, Any]:
        """Ground truth of a made-up item: the fields of a sample that
        :meth:`tensor` reads beside the inputs."""
        return {}

    @abstractmethod
    def predict(
        self, encoder: AdaptedCLIP, inputs: Inputs, samples: Sequence[FashionSample]
    ) -> list[FashionSample]:
        """Write predictions into the samples and return them."""


def _as_tuple(function: Callable[..., Tensor], *inputs: Any) -> tuple[Tensor]:
    return (function(*inputs),)


def _check_contrast(name: str, start: TaskStart, batch_size: int) -> None:
    """A batch needs items to be told apart, and no item twice."""
    start.fault(
        'nothing can be learnt from batches without a second item to compare with',
        ['batches of 1'] * (batch_size < 2),
        'Set train_dataloader.batch_size to 2 or more',
    )
    different = set()
    for place, item in enumerate(start.items):
        # an item that lacks the fact is taken for one of its own
        different.add(item.get(name, ('item', place)))
        if len(different) >= batch_size:
            return
    count = len(different) or start.size
    case = [f'{name}: {count} different, batches of {batch_size}']
    if count < 2:
        start.fault('nothing can be learnt where all items are the same', case)
    elif count < batch_size:
        start.note(
            'batches have more items than there are different ones, so some are '
            'their own negatives',
            case,
            f'Set train_dataloader.batch_size so that there are at most {count} on '
            'all processes together',
        )


def write_rows(
    samples: Sequence[FashionSample], key: str, field: str, rows: Tensor
) -> None:
    """Give each sample that brought the input ``key`` its row as ``field``.

    Args:
        samples (Sequence[FashionSample]): The batch.
        key (str): A model input, ``image``, ``tokens`` or ``target_image``.
        field (str): The name to write the row under.
        rows (Tensor): One row for each sample with that input, in order.
    """
    remaining: Iterator[Any] = iter(rows)
    for sample in samples:
        if key in sample.inputs:
            sample.set_data({field: next(remaining)})
