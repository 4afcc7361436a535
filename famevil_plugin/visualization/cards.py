"""The pieces of a panel: wrapped text, framed photos, frames, ticks.

Text is drawn at its final size and stays crisp; Pillow does not smooth
shapes, so these are drawn larger and scaled down.
"""

import re
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw

from famevil_plugin import photos
from famevil_plugin.structures import Picture

from .fonts import Color, FontStack

WHITE: Color = (255, 255, 255)
PAPER: Color = (245, 246, 248)
LINE: Color = (218, 221, 226)
MUTED: Color = (112, 119, 130)
INK: Color = (31, 35, 41)
GREEN: Color = (26, 143, 84)
RED: Color = (201, 62, 54)

SMOOTHING = 4
_NO_GAP = re.compile(r'([a-z0-9)][.!?])(?=[A-Z])')
# that scripts and emoji join letters with, or keep them apart
JOINERS = '\u200c\u200d'


@cache
def load_font(size: int, bold: bool = False) -> FontStack:
    """The fonts of texts at ``size`` pixels."""
    return FontStack(size, bold)


def clean_line(text: str) -> str:
    """One line of characters that can be drawn.

    A title and a description may come joined by a full stop alone.
    """
    text = _NO_GAP.sub(r'\1 ', text)
    text = text.encode('utf-8', 'replace').decode('utf-8')
    line = ' '.join(text.split())
    return ''.join(
        letter for letter in line if letter.isprintable() or letter in JOINERS
    )


def wrap_text(text: str, font: FontStack, width: int, max_lines: int) -> list[str]:
    """Break a text into lines; what does not fit ends in an ellipsis.

    Words longer than a line (and scripts without spaces) break anywhere.

    Args:
        text (str): Any text.
        font (FontStack): The fonts it is drawn with.
        width (int): Of a line, in pixels.
        max_lines (int): How many lines there may be.

    Returns:
        list[str]: At most ``max_lines`` lines, each within ``width``.
    """
    lines: list[str] = []
    # More than this many letters cannot fit, however thin they are.
    left = clean_line(text)[: max_lines * width]
    while left:
        line = fitting_start(left, font, width)
        if len(line) < len(left) and len(lines) + 1 == max_lines:
            return [*lines, shorten(left, font, width)]
        lines.append(line)
        left = left[len(line) :].lstrip()
    return lines


def fitting_start(text: str, font: FontStack, width: int) -> str:
    """The longest start of a text that fits, cut at a space if it can be."""
    if font.getlength(text) <= width:
        return text
    low, high = 1, len(text)
    while high - low > 1:
        middle = (low + high) // 2
        fits = font.getlength(text[:middle]) <= width
        low, high = (middle, high) if fits else (low, middle)
    space = text.rfind(' ', 1, low + 1)
    return text[: space if space > 0 else low]


def shorten(text: str, font: FontStack, width: int) -> str:
    """Cut a text that is too long for a line and end it in an ellipsis."""
    room = width - int(font.getlength('…') + 1)
    return fitting_start(text, font, room).rstrip(' ,.;:') + '…'


def draw_text(
    canvas: Image.Image,
    corner: tuple[int, int],
    text: str,
    width: int,
    max_lines: int = 1,
    size: int = 14,
    bold: bool = False,
    color: Color = INK,
) -> int:
    """Draw a wrapped text; return the y below its last line."""
    font = load_font(size, bold)
    x, y = corner
    for line in wrap_text(text, font, width, max_lines):
        font.draw(canvas, (x, y), line, color)
        y += line_height(size)
    return y


def line_height(size: int) -> int:
    """Distance of two lines of a font size, in pixels."""
    return round(size * 1.4)


def count_lines(height: int, size: int) -> int:
    """Count the lines of a font size that fit a height."""
    return max(1, height // line_height(size))


def rounded_mask(size: tuple[int, int], radius: int) -> Image.Image:
    """A smooth mask of a rectangle with round corners."""
    large = Image.new('L', [side * SMOOTHING for side in size])
    ImageDraw.Draw(large).rounded_rectangle(
        (0, 0, large.width - 1, large.height - 1), radius * SMOOTHING, 255
    )
    return large.reduce(SMOOTHING)


def draw_card(
    canvas: Image.Image,
    box: tuple[int, int, int, int],
    right: bool | None = None,
    photo: Image.Image | None = None,
    fill: Color = WHITE,
) -> None:
    """Draw a framed card, green and with a tick if it is the right answer.

    Args:
        canvas (Image): Where to draw.
        box (tuple[int, int, int, int]): Left, top, width and height.
        right (bool, optional): Whether it is the right answer.
        photo (Image, optional): What the card shows, as large as it fits.
        fill (tuple[int, int, int]): The card's colour.
    """
    left, top, width, height = box
    border, color = (4, GREEN) if right else (1, LINE)
    canvas.paste(color, (left, top), rounded_mask((width, height), 8))
    inner = (width - 2 * border, height - 2 * border)
    content = Image.new('RGB', inner, fill)
    if photo is not None:
        # at least a pixel wide, which ImageOps.contain is since Pillow 13 alone
        scale = min(inner[0] / photo.width, inner[1] / photo.height)
        size = (max(1, round(photo.width * scale)), max(1, round(photo.height * scale)))
        photo = photo.resize(size, Image.Resampling.LANCZOS)
        content.paste(
            photo, ((inner[0] - photo.width) // 2, (inner[1] - photo.height) // 2)
        )
    canvas.paste(
        content, (left + border, top + border), rounded_mask(inner, 8 - border)
    )
    if right:
        draw_mark(canvas, (left + width - 6, top + 6), right=True)


def draw_photo(
    canvas: Image.Image,
    box: tuple[int, int, int, int],
    picture: Picture,
    right: bool | None = None,
) -> None:
    """Draw a photo's card; a photo that cannot be read is a grey card."""
    photo = open_photo(picture) if isinstance(picture, str) else picture
    fill = WHITE if photo is not None else PAPER
    draw_card(canvas, box, right, photo, fill)
    if photo is None and isinstance(picture, str):
        left, top, width, height = box
        y = draw_text(
            canvas,
            (left + 10, top + height // 2 - 24),
            'no photo',
            width - 20,
            1,
            13,
            True,
            MUTED,
        )
        draw_text(
            canvas, (left + 10, y), Path(picture).name, width - 20, 2, 11, False, MUTED
        )


def open_photo(path: str) -> Image.Image | None:
    """Read a photo, or return None if it cannot be read.

    A picture of other examples is worth more than a stopped run.
    """
    try:
        return photos.open_photo(path)
    except ValueError:
        return None


def draw_mark(canvas: Image.Image, center: tuple[int, int], right: bool) -> None:
    """Draw a round badge with a tick or a cross."""
    side, ring = 22, 2
    large = Image.new('RGBA', (side * SMOOTHING, side * SMOOTHING))
    draw = ImageDraw.Draw(large)
    unit = large.width - 1
    draw.ellipse((0, 0, unit, unit), WHITE)
    edge = ring * SMOOTHING
    draw.ellipse((edge, edge, unit - edge, unit - edge), GREEN if right else RED)
    strokes = (
        [((0.29, 0.52), (0.44, 0.66), (0.71, 0.36))]
        if right
        else [((0.35, 0.35), (0.65, 0.65)), ((0.35, 0.65), (0.65, 0.35))]
    )
    for stroke in strokes:
        draw.line(
            [(x * unit, y * unit) for x, y in stroke], WHITE, round(0.1 * unit), 'curve'
        )
    badge = large.resize((side, side), Image.Resampling.LANCZOS)
    canvas.paste(badge, (center[0] - side // 2, center[1] - side // 2), badge)
