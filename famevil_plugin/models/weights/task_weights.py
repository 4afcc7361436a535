"""The weights of a checkpoint that belong to other tasks than the model's.

A task's own weights are its head, ``heads.<task>.``, and its adapters, which
have its name in theirs: ``encoder.task_adapters.<tower>...<task>...``. The
adapters between the towers, ``encoder.cross_adapters.<tower>.``, belong to
the tasks that let this tower attend to the other one.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

from torch import nn

from .saved_config import saved_model


class TaskDifference(NamedTuple):
    """How the tasks of a checkpoint and of a model differ.

    Attributes:
        surplus (dict[str, None]): Tasks of the checkpoint alone, in order.
        lacking (dict[str, None]): Tasks of the model alone, in order.
        unused_sides (Collection[str]): Towers that only the surplus tasks
            let attend to the other one.
        fresh_sides (Collection[str]): Those that only the lacking ones do.
    """

    surplus: dict[str, None]
    lacking: dict[str, None]
    unused_sides: Collection[str]
    fresh_sides: Collection[str]

    def unused(self, names: Iterable[str]) -> list[str]:
        """Weights of a checkpoint that only its surplus tasks use."""
        return [n for n in names if _is_of(n, self.surplus, self.unused_sides)]

    def fresh(self, names: Iterable[str]) -> list[str]:
        """Weights of a model that only its lacking tasks use."""
        return [n for n in names if _is_of(n, self.lacking, self.fresh_sides)]


def compare_tasks(
    model: nn.Module, weights: Collection[str], notes: Mapping[str, Any]
) -> TaskDifference:
    """Compare a checkpoint's tasks with a model's.

    Args:
        model (nn.Module): One with ``heads`` by task, else there is no
            difference.
        weights (Collection[str]): Names of the checkpoint's weights.
        notes (Mapping): What stands beside them: the config of their
            training, as ``cfg``.
    """
    heads = getattr(model, 'heads', None)
    if not isinstance(heads, nn.ModuleDict):
        return TaskDifference({}, {}, (), ())
    saved = dict.fromkeys(
        name.split('.')[1] for name in weights if name.startswith('heads.')
    ) | dict.fromkeys((saved_model(notes) or {}).get('heads', {}))
    surplus = {task: None for task in saved if task not in heads}
    lacking = {task: None for task in heads if task not in saved}
    own, new = (
        {side for task in some for side in getattr(heads[task], 'cross_sides', ())}
        for some in (list(heads), lacking)
    )
    held = {name.split('.')[2] for name in weights if name.startswith(_CROSS)}
    return TaskDifference(
        surplus, lacking, held - own if surplus else (), new - held if lacking else ()
    )


_CROSS = 'encoder.cross_adapters.'


def _is_of(name: str, tasks: Collection[str], sides: Collection[str]) -> bool:
    match name.split('.'):
        case ['heads', task, *_]:
            return task in tasks
        case ['encoder', 'task_adapters', _, *inside]:
            return any(part in tasks for part in inside)
        case ['encoder', 'cross_adapters', side, *_]:
            return side in sides
    return False
