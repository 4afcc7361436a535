"""The door for tasks: an entry each, read from the task's head.

A task is a name in the model's ``heads`` and the head's class behind it. The
paper's four tasks and anybody's come in the same way, so nothing here lists
them; two tasks of one kind may have the same head under two names.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from .registry import MODELS

#: Kinds of model inputs: uint8 photos ``(B, 3, H, W)``, token ids ``(B, L)``,
#: and tensors that reach the head as they are.
PHOTO, TEXT, PLAIN = 'photo', 'text', 'plain'


class Task(NamedTuple):
    """An entry: what the rest of the package needs to know of a task.

    Attributes:
        title (str): The task's name in reports.
        verb (str): What a user asks of it: ``retrieve``, ``compose``,
            ``classify``, ``describe``, or a verb of its own.
        inputs (Mapping[str, str]): The model inputs that it reads, each with
            its kind: :data:`PHOTO`, :data:`TEXT` or :data:`PLAIN`.
        predictions (Mapping[str, tuple[str, ...]]): The fields of a sample
            that its head predicts, each with the inputs that it is made of.
            A field named ``<what>_embedding`` is a vector that others of the
            task are compared with, by their dot product. Empty where a head
            does not say them: all inputs are needed then.
        cross_sides (tuple[str, ...]): The towers, ``image`` and ``text``,
            that it lets attend to the other one.
        zero_shot (bool): Whether a fresh head answers as well as the encoder
            embeds, so that a pretrained one can be evaluated untrained.
    """

    title: str
    verb: str
    inputs: Mapping[str, str]
    predictions: Mapping[str, tuple[str, ...]]
    cross_sides: tuple[str, ...]
    zero_shot: bool

    def embedding(self, *kinds: str) -> str | None:
        """The field that embeds inputs of just these kinds, if one does."""
        for field, inputs in self.predictions.items():
            if field.endswith('_embedding') and sorted(
                self.inputs[name] for name in inputs
            ) == sorted(kinds):
                return field
        return None


def find_tasks(heads: Mapping[str, Any]) -> dict[str, Task]:
    """The entries of a model's tasks.

    Args:
        heads (Mapping[str, Any]): By task its head, built or as a config.

    Raises:
        ValueError: If a head's class lacks what an entry says.
    """
    return {task: _entry(task, _head_class(head)) for task, head in heads.items()}


def untrained_parts(model: Mapping[str, Any]) -> list[str]:
    """The parts of a model, given as a config, that nobody trained.

    Args:
        model (Mapping[str, Any]): Config of a model whose only weights are
            those that the config names.

    Returns:
        list[str]: The parts in words; none if its answers mean something.
    """
    untrained = [
        f'the {name} head'
        for name, task in find_tasks(model['heads']).items()
        if not task.zero_shot
    ]
    if not model['encoder'].get('pretrained'):
        untrained.append('the encoder (model.encoder.pretrained is None)')
    return untrained


def _head_class(head: Any) -> Any:
    if not isinstance(head, Mapping):
        return type(head)
    kind = head['type']
    return MODELS.get(kind) if isinstance(kind, str) else kind


def _entry(task: str, kind: Any) -> Task:
    lacking = [name for name in Task._fields if not hasattr(kind, name)]
    if lacking:
        raise ValueError(
            f'heads.{task}.type must be a TaskHead, which says its '
            f'{", ".join(Task._fields)}; {kind} lacks {", ".join(lacking)}'
        )
    return Task(*(getattr(kind, name) for name in Task._fields))
