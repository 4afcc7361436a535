"""Answers as pictures, drawn as the panels of a run draw them."""

import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from famevil_plugin.atomic_files import write_whole
from famevil_plugin.structures import (
    CaptionExample,
    ClassExample,
    Picture,
    RetrievalExample,
)
from famevil_plugin.visualization import draw_examples

from .results import Classified, Described, Match

#: Examples of a sheet.
ROWS = 8


def retrieval_example(
    photo: Picture | None, text: str | None, matches: Sequence[Match]
) -> RetrievalExample:
    """A query and what was found; nobody says which of it is right."""
    return RetrievalExample(
        image=photo,
        text=text,
        candidates=[match.path for match in matches],
        correct=[False] * len(matches),
        rank=0,
        of_images=True,
    )


def class_example(photo: Picture, answer: Classified) -> ClassExample:
    """A photo and its best class."""
    best = answer.labels[0]
    return ClassExample(photo, answer.text, None, best.label, best.score)


def caption_example(photo: Picture, answer: Described) -> CaptionExample:
    """A photo and its caption."""
    return CaptionExample(photo, None, answer.text)


def draw_sheets(
    examples: Iterable[Any], title: str, show: bool, out_dir: str | Path | None
) -> list[np.ndarray]:
    """Draw answers, some a sheet.

    Args:
        examples (Iterable): Of one class.
        title (str): Of each sheet, and of its file.
        show (bool): Whether to open the first sheet in a window.
        out_dir (str | Path, optional): Folder for the sheets, which are
            called ``<title>_0001.jpg`` and so on.

    Returns:
        list[np.ndarray]: The sheets, uint8, RGB; those that were written to a
        folder are not kept.
    """
    kept: list[np.ndarray] = []
    for number, some in enumerate(_sheets(iter(examples)), 1):
        sheet = draw_examples(some, title.capitalize())
        if show and number == 1:
            Image.fromarray(sheet).show(title)
        if out_dir is None:
            kept.append(sheet)
            continue
        content = io.BytesIO()
        Image.fromarray(sheet).save(content, 'JPEG', quality=92)
        write_whole(
            Path(out_dir) / f'{title.lower()}_{number:04d}.jpg', content.getvalue()
        )
    return kept


def _sheets(examples: Iterator[Any]) -> Iterator[list[Any]]:
    while some := list(islice(examples, ROWS)):
        yield some
