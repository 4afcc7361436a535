"""Questions to a model's heads -> samples with predictions.

The one road of inference, for whichever task: photos are opened through the
one door, prepared by the task's own test pipeline while the model is busy with
those before them, and answered in batches and in order.
"""

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice, takewhile
from typing import Any, NamedTuple, cast

import torch
from mmengine.logging import print_log
from torch import Tensor
from torchvision.transforms.v2.functional import pil_to_tensor
from tqdm import tqdm

from famevil_plugin.cores import usable_cores
from famevil_plugin.datasets import LoadPhotos, collate_batch
from famevil_plugin.datasets.transforms import PhotoTransform
from famevil_plugin.models import TaskHead
from famevil_plugin.models.text_lengths import text_lengths
from famevil_plugin.registry import TRANSFORMS
from famevil_plugin.structures import FashionSample
from famevil_plugin.tasks import TEXT, find_tasks

from .model_source import LoadedModel, evaluation_pipelines
from .photo_source import Photo, Unreadable
from .reading_ahead import count, map_ahead, map_lazily

POLICIES = ('skip', 'raise')
# named in a message; the results name all
_NAMED = 5


class Question(NamedTuple):
    """What one item of a task brings.

    Attributes:
        photos (Mapping[str, Photo]): By the name of the model input.
        text (str | None): The text that becomes tokens, if there is one.
        plain (Mapping[str, Any]): Other values, by the name of the input.
    """

    photos: Mapping[str, Photo]
    text: str | None = None
    plain: Mapping[str, Any] = {}

    @property
    def photo(self) -> Photo | None:
        """The first photo, if there is one."""
        return next(iter(self.photos.values()), None)


class Way(NamedTuple):
    """The way in which questions are put.

    Attributes:
        batch_size (int): Items that the model sees at once.
        on_error (str): ``skip`` names a photo that cannot be read and goes
            on; ``raise`` stops there.
        title (str): Of the progress bar.
        settings (Mapping[str, Any]): Of the head, other than the model's.
    """

    batch_size: int = 32
    on_error: str = 'skip'
    title: str = 'inference'
    settings: Mapping[str, Any] = {}


class Asker:
    """Puts questions to the heads of a model.

    Args:
        loaded (LoadedModel): The model.
        show_progress (bool): Whether work of more than one batch has a
            progress bar. Defaults to True.
        workers (int, optional): Threads that prepare photos. Defaults to
            one a core, at most four.
    """

    def __init__(
        self,
        loaded: LoadedModel,
        show_progress: bool = True,
        workers: int | None = None,
    ) -> None:
        self.model = loaded.model
        self.tasks = find_tasks(cast(Mapping[str, Any], loaded.model.heads))
        self.show_progress = show_progress
        self.workers = workers or min(4, usable_cores())
        self._steps = evaluation_pipelines(loaded)
        # a page may ask from several threads
        self._busy = threading.Lock()

    @cached_property
    def pipelines(self) -> dict[str, list[Callable[[dict[str, Any]], Any]]]:
        """Each task's test pipeline, built."""
        return {
            task: [TRANSFORMS.build(step) for step in steps]
            for task, steps in self._steps.items()
        }

    @cached_property
    def _views(self) -> dict[str, Sequence[Callable[[dict[str, Any]], Any]]]:
        """What each task's pipeline does first, and to photos alone; one object
        for tasks that see a photo alike."""
        found: dict[str, Sequence[Callable[[dict[str, Any]], Any]]] = {}
        for task, steps in self.pipelines.items():
            own = list(takewhile(_is_view, steps))
            alike = (
                view
                for other, view in found.items()
                if self._steps[other][: len(view)] == self._steps[task][: len(own)]
            )
            found[task] = next(alike, own)
        return found

    def ask(
        self, task: str, questions: Iterable[Question], way: Way
    ) -> Iterator[tuple[Question, FashionSample | Unreadable]]:
        """Put questions to one task; give each with its answer, see
        :meth:`ask_together`."""
        together = map_lazily(lambda question: {task: question}, questions)
        for asked, answer in self.ask_together(together, way):
            yield (
                asked[task],
                (answer if isinstance(answer, Unreadable) else answer[task]),
            )

    def ask_together(
        self, questions: Iterable[Mapping[str, Question]], way: Way
    ) -> Iterator[tuple[Mapping[str, Question], dict[str, FashionSample] | Unreadable]]:
        """Put questions of several tasks about the same photos.

        Args:
            questions (Iterable[Mapping[str, Question]]): For each item its
                questions by task; a photo that they share is opened once.
            way (Way): How.

        Yields:
            tuple: For each item, in order, its questions, and the samples
            with predictions by task or the photo that could not be read.

        Raises:
            ValueError: If a photo cannot be read and ``on_error`` is
                ``raise``.
        """
        _check(way)
        total = count(questions)
        small = total is not None and total <= way.batch_size
        unreadable: list[Unreadable] = []
        full: list[str] = []
        prepared = map_ahead(
            lambda asked: (asked, self._prepare(asked)),
            questions,
            self.workers,
            2 * way.batch_size,
        )
        with tqdm(
            desc=way.title,
            total=total,
            unit=' items',
            disable=small or not self.show_progress,
        ) as progress:
            while chunk := list(islice(prepared, way.batch_size)):
                for _, item in chunk:
                    if isinstance(item, Unreadable):
                        if way.on_error == 'raise':
                            raise ValueError(
                                f'{item.reason}. Mend it, or pass over such photos '
                                "by on_error='skip'"
                            )
                        unreadable.append(item)
                    else:
                        full += filter(None, map(self._find_long_text, item.values()))
                asked, items = zip(*chunk)
                yield from zip(asked, self._answer(items, way.settings))
                progress.update(len(chunk))
        _report(unreadable, full)

    def _prepare(
        self, questions: Mapping[str, Question]
    ) -> dict[str, dict[str, Any]] | Unreadable:
        """Open an item's photos, and run each task's pipeline over them."""
        opened: dict[int, Tensor] = {}
        viewed: dict[tuple[int, int], Tensor] = {}
        items = {}
        for task, question in questions.items():
            if task not in self.pipelines:
                raise ValueError(
                    f'the config has no test pipeline for the task {task}: expected '
                    f'one in test_dataloader.{task}.dataset.pipeline'
                )
            view = self._views[task]
            values: dict[str, Any] = dict(question.plain, task=task, sample_idx=0)
            for name, photo in question.photos.items():
                if id(photo) not in opened:
                    try:
                        opened[id(photo)] = pil_to_tensor(photo.open())
                    except ValueError as error:
                        return Unreadable(photo.path, _name(photo, error))
                place = id(photo), id(view)
                if place not in viewed:
                    viewed[place] = _see(opened[id(photo)], view)
                values[name] = viewed[place]
            if question.text is not None:
                values['text'] = question.text
            for step in self.pipelines[task][len(view) :]:
                values = step(values)
            items[task] = values
        return items

    def _find_long_text(self, item: dict[str, Any]) -> str | None:
        """The item's text, if it leaves no token free."""
        task = self.tasks[item['data_samples'].task]
        for name, value in item['inputs'].items():
            if task.inputs.get(name) == TEXT and text_lengths(value) == len(value):
                return item['data_samples'].text
        return None

    def _answer(
        self, chunk: Sequence[dict[str, Any] | Unreadable], settings: Mapping[str, Any]
    ) -> Iterator[dict[str, FashionSample] | Unreadable]:
        """Answer what could be read of some items."""
        ready = [item for item in chunk if not isinstance(item, Unreadable)]
        samples = {
            task: iter(self._predict(task, [item[task] for item in ready], settings))
            for task in (ready[0] if ready else ())
        }
        for item in chunk:
            if isinstance(item, Unreadable):
                yield item
            else:
                yield {task: next(rows) for task, rows in samples.items()}

    def _predict(
        self, task: str, items: list[dict[str, Any]], settings: Mapping[str, Any]
    ) -> list[FashionSample]:
        head = cast(TaskHead, self.model.heads[task])
        head = head.adjusted(**settings) if settings else head
        with torch.inference_mode(), self._busy:
            batch = self.model.data_preprocessor(collate_batch(items))
            return head.predict(
                self.model.encoder, batch['inputs'], batch['data_samples']
            )


def _is_view(step: Callable[[dict[str, Any]], Any]) -> bool:
    return isinstance(step, (LoadPhotos, PhotoTransform))


def _see(photo: Tensor, view: Iterable[Callable[[dict[str, Any]], Any]]) -> Tensor:
    """A photo ``(3, H, W)`` as a task sees it."""
    values = dict(photo=photo)
    for step in view:
        values = step(values)
    return values['photo']


def _check(way: Way) -> None:
    if way.on_error not in POLICIES:
        raise ValueError(
            f'unknown on_error={way.on_error!r}: expected one of {", ".join(POLICIES)}'
        )
    if way.batch_size < 1:
        raise ValueError(f'batch_size must be at least 1, got {way.batch_size}')


def _name(photo: Photo, error: ValueError) -> str:
    """The reason, with the photo's name where it lacks it."""
    return str(error) if photo.path in str(error) else f'photo {photo.path}: {error}'


def _report(unreadable: list[Unreadable], full: list[str]) -> None:
    """Say at the end what was not read."""
    if unreadable:
        named = '; '.join(item.reason for item in unreadable[:_NAMED])
        print_log(
            f'no answer for {len(unreadable)} of the photos, not readable: {named}'
            f'{"; ..." if len(unreadable) > _NAMED else ""}',
            logger='current',
            level=logging.WARNING,
        )
    if full:
        print_log(
            f'as long as the model reads or longer, and cut there: {len(full)} of the '
            f'texts, {full[0][:60]!r}'
            f'{", ..." if len(full) > 1 else ""}. Say the important things first',
            logger='current',
            level=logging.WARNING,
        )
