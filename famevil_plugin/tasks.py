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
        cross_sides (tuple[str, ...]): The towers, ``image`` and ``text``,
            that it lets attend to the other one.
        zero_shot (bool): Whether a fresh head answers as well as the encoder
            embeds, so that a pretrained one can be evaluated untrained.
    """

    title: str
    verb: str
    inputs: Mapping[str, str]
    cross_sides: tuple[str, ...]
    zero_shot: bool


def find_tasks(heads: Mapping[str, Any]) -> dict[str, Task]:
    """The entries of a model's tasks.

    Args:
        heads (Mapping[str, Any]): By task its head, built or as a config.

    Raises:
        ValueError: If a head's class lacks what an entry says.
    """
    return {task: _entry(task, _head_class(head)) for task, head in heads.items()}


def _head_class(head: Any) -> type:
    if not isinstance(head, Mapping):
        return type(head)
    kind = head['type']
    return MODELS.get(kind) if isinstance(kind, str) else kind


def _entry(task: str, kind: type) -> Task:
    lacking = [name for name in Task._fields if not hasattr(kind, name)]
    if lacking:
        raise ValueError(
            f'heads.{task}.type must be a TaskHead, which says its '
            f'{", ".join(Task._fields)}; {kind} lacks {", ".join(lacking)}'
        )
    return Task(*(getattr(kind, name) for name in Task._fields))
