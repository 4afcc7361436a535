"""What a model can be asked, by its heads' own words."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from famevil_plugin.tasks import PHOTO, TEXT, Task

from .asking import Question
from .photo_source import find_photos, is_photo


class Abilities:
    """Finds the task, the field and the input that a question needs.

    Args:
        tasks (Mapping[str, Task]): The model's tasks.
    """

    def __init__(self, tasks: Mapping[str, Task]) -> None:
        self.tasks = tasks

    def __str__(self) -> str:
        """The tasks with their verbs, for messages."""
        return "the model's tasks are " + ', '.join(
            f'{name} ({task.verb})' for name, task in self.tasks.items()
        )

    def find(self, verb: str, task: str | None = None) -> str:
        """The task that answers a verb.

        Args:
            verb (str): What is asked, such as ``retrieve``.
            task (str, optional): Which one, where several answer it.

        Raises:
            ValueError: If none does, or several do, with what the model can.
        """
        able = [name for name, entry in self.tasks.items() if entry.verb == verb]
        if task in able:
            return str(task)
        if task is not None or not able:
            by = '' if task is None else f' by the task {task!r}'
            raise ValueError(f'the model cannot {verb}{by}: {self}')
        if len(able) > 1:
            raise ValueError(f'{" and ".join(able)} answer {verb}: say which by `task`')
        return able[0]

    def embedding(self, task: str, *kinds: str) -> str:
        """The field in which a task embeds inputs of these kinds.

        Raises:
            ValueError: If there is no such task, or it embeds no such thing.
        """
        if task not in self.tasks:
            raise ValueError(f'the model has no task {task!r}: {self}')
        field = self.tasks[task].embedding(*kinds)
        if field is None:
            raise ValueError(
                f'the task {task} embeds no {" with a ".join(kinds)} alone: {self}'
            )
        return field

    def photo_input(self, task: str, field: str) -> str:
        """The input that brings the photo which a field is made of."""
        entry = self.tasks[task]
        made_of = entry.predictions.get(field) or tuple(entry.inputs)
        return next(name for name in made_of if entry.inputs[name] == PHOTO)

    def reads_text(self, task: str, field: str) -> bool:
        """Whether a field is made of a text, too."""
        entry = self.tasks[task]
        made_of = entry.predictions.get(field) or tuple(entry.inputs)
        return any(entry.inputs[name] == TEXT for name in made_of)

    def gallery_tasks(self) -> list[str]:
        """The tasks of which a gallery can hold photos' vectors."""
        return [name for name, entry in self.tasks.items() if entry.embedding(PHOTO)]

    def query(self, task: str, thing: Any) -> Question:
        """The question of a text alone, or of a photo alone.

        Raises:
            TypeError: If it is neither.
            ValueError: If the text is empty, or the task embeds no such thing.
        """
        if is_photo(thing):
            (photo,) = find_photos(thing)
            field = self.embedding(task, PHOTO)
            return Question({self.photo_input(task, field): photo})
        if not isinstance(thing, str):
            raise TypeError(
                f'expected a text or a photo as a query, got a {type(thing).__name__}'
            )
        if not thing.strip():
            raise ValueError('the query is an empty text: say what to look for')
        self.embedding(task, TEXT)
        return Question({}, thing)

    def questions(self, task: str, inputs: Mapping[str, Any]) -> list[Question]:
        """Inputs of any task, each one or many -> a question an item.

        Args:
            task (str): The task.
            inputs (Mapping[str, Any]): Photos and plain inputs by the names
                of the task's inputs, the text by ``text``.

        Raises:
            ValueError: If the task reads no such input, answers nothing by
                these alone, or there are more of one than of another.
        """
        entry = self.tasks[task]
        spoken = {n: 'text' if k == TEXT else n for n, k in entry.inputs.items()}
        unknown = [name for name in inputs if name not in spoken.values()]
        needs = list(entry.predictions.values()) or [tuple(entry.inputs)]
        ways = [[spoken[name] for name in need] for need in needs]
        if unknown or not any(set(way) <= set(inputs) for way in ways):
            raise ValueError(
                f'the task {task} answers by {" or ".join(map(" and ".join, ways))}, '
                f'got {" and ".join(inputs) or "nothing"}'
            )
        columns = {
            name: _as_list(inputs[said], entry.inputs[name])
            for name, said in spoken.items()
            if said in inputs
        }
        lengths = {spoken[name]: len(column) for name, column in columns.items()}
        if len(set(lengths.values())) != 1:
            raise ValueError(
                'there must be as many of each input, got '
                + ', '.join(f'{count} of {name}' for name, count in lengths.items())
            )
        return [
            Question(
                photos={n: v for n, v in row.items() if entry.inputs[n] == PHOTO},
                text=next((v for n, v in row.items() if entry.inputs[n] == TEXT), None),
                plain={
                    name: torch.as_tensor(value)
                    for name, value in row.items()
                    if entry.inputs[name] not in (PHOTO, TEXT)
                },
            )
            for row in (dict(zip(columns, values)) for values in zip(*columns.values()))
        ]


def _as_list(values: Any, kind: str) -> list[Any]:
    """One or many -> a list; a plain input's rows are its items."""
    if kind == PHOTO:
        return list(find_photos(values))
    if isinstance(values, str):
        return [values]
    return list(values.unbind() if isinstance(values, Tensor) else values)
