"""Draw tagged photos, as a run's pictures show them."""

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
from PIL import Image

from famevil_plugin.registry import PANELS
from famevil_plugin.visualization.cards import draw_photo, draw_text
from famevil_plugin.visualization.panels import MARGIN, PHOTO, draw_panel


class TagsExample(NamedTuple):
    """A tagged photo: its attributes, and the likeliest three."""

    image: str
    truth: list[str]
    predicted: list[str]


@PANELS.register_module(name='TagsExample')
def tags_panel(examples: Sequence[TagsExample], title: str) -> np.ndarray:
    """Draw photos with their attributes."""

    def draw(canvas: Image.Image, top: int, example: TagsExample) -> None:
        draw_photo(canvas, (MARGIN, top, *PHOTO), example.image)
        text = f'true: {", ".join(example.truth)}; predicted: '
        text += ', '.join(example.predicted)
        draw_text(canvas, (MARGIN + 2 * PHOTO[0], top), text, 600, 3, 14)

    rows = [(PHOTO[1], partial(draw, example=example)) for example in examples]
    return draw_panel(title, [('photo', MARGIN)], rows)
