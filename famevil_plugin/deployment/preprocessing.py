"""How photos and texts become inputs, as data that any program can read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mmengine.config import Config

from famevil_plugin.datasets import (
    CentrePhotos,
    DropText,
    LoadPhotos,
    PackFashionInputs,
    TokenizeText,
)
from famevil_plugin.models import FAMEViL, TaskDataPreprocessor
from famevil_plugin.registry import TRANSFORMS


@dataclass(frozen=True)
class View:
    """A task's evaluation view of photos and texts.

    Attributes:
        size (int): Side of a photo as the model reads it, in pixels.
        resize (int): Side of the square to which a photo is squashed first.
        tokenizer (Mapping): Arguments of
            :func:`~famevil_plugin.tokenizer.build_tokenizer`; None without
            texts.
        reads_text (bool): Whether texts count; if not, each is empty.
    """

    size: int
    resize: int
    tokenizer: Mapping[str, Any] | None
    reads_text: bool = True

    @property
    def crop(self) -> list[int]:
        """Left, top, right and bottom within the square, as torchvision has it."""
        corner = round((self.resize - self.size) / 2)
        return [corner, corner, corner + self.size, corner + self.size]


def evaluation_loaders(config: Config) -> dict[str, Any]:
    """The dataloaders of a config's evaluation, by task.

    Raises:
        ValueError: If it evaluates nothing.
    """
    loaders = config.get('test_dataloader') or config.get('val_dataloader')
    if not loaders:
        raise ValueError(
            'the config has neither test_dataloader nor val_dataloader, whose '
            'pipelines say how photos and texts are prepared: put one of them back'
        )
    return loaders


def read_views(config: Config, tasks: Sequence[str]) -> dict[str, View]:
    """The evaluation view of each task.

    Raises:
        ValueError: If a task is not evaluated, or by a pipeline that is not
            :class:`View`'s.
    """
    loaders = evaluation_loaders(config)
    absent = [task for task in tasks if task not in loaders]
    if absent:
        raise ValueError(
            f'test_dataloader has nothing of the tasks {", ".join(absent)}, so '
            'how their photos and texts are prepared is not known: add them, or '
            'name the other tasks by --tasks'
        )
    return {
        task: read_view(task, loaders[task]['dataset']['pipeline']) for task in tasks
    }


def read_view(task: str, pipeline: Sequence[Any]) -> View:
    """A pipeline's view.

    Args:
        task (str): The task, for the error.
        pipeline (Sequence): Transforms, built or as configs.

    Raises:
        ValueError: If it prepares photos or texts in ways that are not
            :class:`View`'s.
    """
    photo, tokenizer, reads_text = None, None, True
    for step in pipeline:
        transform = TRANSFORMS.build(dict(step)) if isinstance(step, Mapping) else step
        match transform:
            case CentrePhotos():
                photo = transform
            case TokenizeText():
                tokenizer = transform.settings
            case DropText():
                reads_text = False
            case LoadPhotos() | PackFashionInputs():
                pass
            case _:
                raise ValueError(
                    f'the {task} pipeline prepares by {type(transform).__name__}, '
                    'which preprocessing.json cannot express: expected '
                    'CentrePhotos, TokenizeText and DropText'
                )
    if photo is None:
        raise ValueError(
            f'the {task} pipeline has no CentrePhotos, so the size of a photo is '
            'not known: add one to its test_dataloader'
        )
    return View(photo.size, photo.resize, tokenizer, reads_text)


def common_view(views: Mapping[str, View]) -> View:
    """The one view of all tasks, whether or not they read texts.

    Raises:
        ValueError: If tasks differ.
    """
    common: dict[str, Any] = {}
    for task, view in views.items():
        for key in ('size', 'resize', 'tokenizer'):
            value = getattr(view, key)
            if value is not None and common.setdefault(key, value) != value:
                raise ValueError(
                    f'the {task} pipeline has {key}={value}, another task '
                    f'{common[key]}: export them one at a time, by --tasks'
                )
    return View(**{'tokenizer': None} | common)


def describe_photos(view: View, model: FAMEViL) -> dict[str, Any]:
    """From a photo's file to the model's input.

    Raises:
        ValueError: If the model normalises in a way of its own.
    """
    preprocessor = model.data_preprocessor
    if not isinstance(preprocessor, TaskDataPreprocessor):
        raise ValueError(
            f'the data preprocessor is a {type(preprocessor).__name__}, of which '
            'mean and std are not known: expected a TaskDataPreprocessor'
        )
    return dict(
        channels='RGB',
        orientation="upright, by EXIF's orientation",
        background='white',
        size=view.size,
        resize=[view.resize, view.resize],
        interpolation='bilinear',
        antialias=True,
        crop=view.crop,
        scale=255,
        mean=_numbers(preprocessor.mean),
        std=_numbers(preprocessor.std),
        layout='NCHW',
        dtype='float32',
    )


def _numbers(values: Any) -> list[float]:
    return [float(f'{value:.8g}') for value in (values / 255).flatten().tolist()]
