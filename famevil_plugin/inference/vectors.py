"""Questions -> vectors of length 1."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from famevil_plugin.tasks import PHOTO

from .abilities import Abilities
from .asking import Asker, Question, Way
from .photo_source import Photo, Unreadable
from .reading_ahead import map_lazily

# vectors that wait to be put together
_BLOCK = 4096


class Vectors(NamedTuple):
    """Vectors of one task.

    Attributes:
        rows (np.ndarray): ``(N, E)``, float32, of length 1.
        asked (list[Question]): What each row is of.
        unreadable (list[Unreadable]): What has no row.
    """

    rows: np.ndarray
    asked: list[Question]
    unreadable: list[Unreadable]


def embed(
    asker: Asker, task: str, field: str, questions: Iterable[Question], way: Way
) -> Vectors:
    """Vectors of questions that a task embeds in one field."""
    rows, asked, unreadable = [], [], []
    for question, sample in asker.ask(task, questions, way):
        if isinstance(sample, Unreadable):
            unreadable.append(sample)
            continue
        rows.append(unit(sample.get(field)))
        asked.append(question)
    return Vectors(stack(rows, asker), asked, unreadable)


def embed_photos(
    asker: Asker, tasks: Iterable[str], photos: Iterable[Photo], way: Way
) -> Iterator[tuple[Photo, dict[str, Tensor] | Unreadable]]:
    """Vectors of photos alone in several tasks, each photo opened once.

    Yields:
        tuple: A photo, and its vectors ``(E, )`` by task, or the reason why
        it has none.
    """
    can = Abilities(asker.tasks)
    fields = {task: can.embedding(task, PHOTO) for task in tasks}
    inputs = {task: can.photo_input(task, field) for task, field in fields.items()}

    def ask(photo: Photo) -> Mapping[str, Question]:
        return {task: Question({name: photo}) for task, name in inputs.items()}

    for asked, samples in asker.ask_together(map_lazily(ask, photos), way):
        photo = next(iter(asked.values())).photo
        assert photo is not None
        yield (
            photo,
            (
                samples
                if isinstance(samples, Unreadable)
                else {task: unit(samples[task].get(f)) for task, f in fields.items()}
            ),
        )


class RowBlocks:
    """Vectors that come one by one, put together in blocks."""

    def __init__(self) -> None:
        self._blocks: list[np.ndarray] = []
        self._waiting: list[Tensor] = []

    def add(self, row: Tensor) -> None:
        """Take a vector ``(E, )``."""
        self._waiting.append(row)
        if len(self._waiting) == _BLOCK:
            self._put_together()

    def join(self) -> np.ndarray:
        """All of them, ``(N, E)``; at least one."""
        if self._waiting:
            self._put_together()
        return np.concatenate(self._blocks)

    def _put_together(self) -> None:
        self._blocks.append(torch.stack(self._waiting).numpy())
        self._waiting.clear()


def unit(vector: Tensor) -> Tensor:
    """A vector on the CPU, float32, of length 1."""
    return F.normalize(vector.float(), dim=-1).cpu()


def stack(rows: list[Tensor], asker: Asker) -> np.ndarray:
    """``(N, E)``; also of no rows."""
    if not rows:
        return np.zeros((0, asker.model.encoder.embedding_width), np.float32)
    return torch.stack(rows).numpy()
