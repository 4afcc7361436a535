"""Base of the tasks' heads: named logits and targets, a loss from
them, and predictions."""

import copy
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from mmengine.model import BaseModule
from torch import Tensor

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
    """

    inputs: tuple[str, ...]
    function: Callable[..., Tensor]


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
    """

    title: str
    verb: str
    inputs: Mapping[str, str]
    predictions: Mapping[str, tuple[str, ...]] = {}
    cross_sides: tuple[str, ...] = ()
    zero_shot = False

    def __init__(self, task: str, encoder_widths: dict[str, int]) -> None:
        super().__init__()
        self.task = task
        self.encoder_widths = encoder_widths

    @abstractmethod
    def tensor(
        self, encoder: AdaptedCLIP, inputs: Inputs, samples: Sequence[FashionSample]
    ) -> HeadOutput:
        """Score a training batch."""

    def loss(self, output: HeadOutput) -> Tensor:
        """The task's loss from what :meth:`tensor` gave, a scalar."""
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

    def example(self) -> dict[str, Any]:
        """Ground truth of a made-up item: the fields of a sample that
        :meth:`tensor` reads beside the inputs."""
        return {}

    @abstractmethod
    def predict(
        self, encoder: AdaptedCLIP, inputs: Inputs, samples: Sequence[FashionSample]
    ) -> list[FashionSample]:
        """Write predictions into the samples and return them."""


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
