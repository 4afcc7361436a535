"""Fonts for any script: DejaVu Sans, and behind it what is installed.

A line is drawn in runs of one font each. Within a run Pillow's raqm shapes
the letters and orders right-to-left scripts; runs are ordered here.
"""

import logging
import unicodedata
from collections.abc import Iterator
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from mmengine.logging import print_log
from PIL import Image, ImageDraw, ImageFont, features

Color = tuple[int, int, int]

# of fonts that have a glyph those with such names are taken first, as the
# others may be for one style or one corner of a script
PREFERRED = (
    'notosanscjk',
    'notosans',
    'sourcehansans',
    'pingfang',
    'hiragino',
    'msyh',
    'yugoth',
    'malgun',
    'wqy',
    'droidsansfallback',
    'arialuni',
    'notoemoji',
    'symbola',
    'notocoloremoji',
    'emoji',
    'seguiemj',
)
# sizes at which fonts of coloured pictures exist
STRIKES = (109, 128, 136, 160, 96, 64, 32)
# marks that belong to the letter before them
_ATTACHED = ('Mn', 'Me', 'Mc', 'Cf', 'Sk')
_RIGHT_TO_LEFT = ('R', 'AL')


class Face(NamedTuple):
    """A font of one file.

    Attributes:
        font (FreeTypeFont): At the size that it has.
        scale (float): From there to the size that is wanted.
    """

    font: ImageFont.FreeTypeFont
    scale: float


class Run(NamedTuple):
    """Neighbouring letters of one font and direction."""

    text: str
    face: Face
    right_to_left: bool

    @property
    def length(self) -> float:
        """Advance in pixels."""
        return self.face.font.getlength(self.text) * self.face.scale


class FontStack:
    """DejaVu Sans of one size, and other fonts for what it lacks.

    Args:
        size (int): In pixels.
        bold (bool): Of DejaVu Sans.
    """

    def __init__(self, size: int, bold: bool = False) -> None:
        self.size = size
        self.base_file = dejavu(bold)
        self.base = _open(self.base_file, size)
        self.ascent = self.base.font.getmetrics()[0]

    def getlength(self, text: str) -> float:
        """Width of a line, in pixels."""
        return sum(run.length for run in self.runs(text))

    def runs(self, text: str) -> list[Run]:
        """The runs of a line, from left to right."""
        faces: list[Face] = []
        for letter in text:
            if faces and (letter == ' ' or _is_attached(letter)):
                # a blank of a font of pictures is as wide as they are
                wide = letter == ' ' and faces[-1].scale != 1
                faces.append(self.base if wide else faces[-1])
            else:
                faces.append(self._face_of(letter))
        line = bool(_direction(text))
        if len(set(faces)) < 2:
            # one font: raqm orders the whole line
            return [Run(text, face, line) for face in faces[:1]]
        return list(_order(list(_split(text, faces, line)), line))

    def draw(
        self, canvas: Image.Image, corner: tuple[int, int], text: str, color: Color
    ) -> None:
        """Draw a line, its top left at ``corner``."""
        x, baseline = float(corner[0]), corner[1] + self.ascent
        draw = ImageDraw.Draw(canvas)
        for run in self.runs(text):
            if run.face.scale == 1:
                draw.text(
                    (x, baseline),
                    run.text,
                    color,
                    run.face.font,
                    anchor='ls',
                    embedded_color=True,
                )
            else:
                _draw_scaled(canvas, (round(x), corner[1]), run, color)
            x += run.length

    def _face_of(self, letter: str) -> Face:
        if letter in _letters(self.base_file):
            return self.base
        path = find_font(letter)
        return self.base if path is None else _open(path, self.size)


@cache
def dejavu(bold: bool) -> str:
    """The file of DejaVu Sans: it comes with matplotlib.

    MMEngine depends on matplotlib; it is imported here because it is slow.
    """
    import matplotlib

    name = 'DejaVuSans-Bold.ttf' if bold else 'DejaVuSans.ttf'
    return str(Path(matplotlib.get_data_path()) / 'fonts' / 'ttf' / name)


@cache
def installed_fonts() -> tuple[str, ...]:
    """Files of the fonts that are installed, those to be preferred first."""
    from matplotlib.font_manager import findSystemFonts

    def rank(path: str) -> tuple[int, str]:
        name = Path(path).name.lower().replace('-', '').replace('_', '')
        places = (place for place, part in enumerate(PREFERRED) if part in name)
        return next(places, len(PREFERRED)), name

    return tuple(sorted(findSystemFonts(), key=rank))


@cache
def find_font(letter: str) -> str | None:
    """An installed font that has a letter; that there is none is said once."""
    for path in installed_fonts():
        if letter in _letters(path):
            return path
    _say_missing(letter)
    return None


@cache
def _letters(path: str) -> frozenset[str]:
    """The letters of a font; none of a file that cannot be read."""
    from matplotlib.ft2font import FT2Font

    try:
        return frozenset(map(chr, FT2Font(path).get_charmap()))
    except (RuntimeError, OSError, ValueError):
        return frozenset()


@cache
def _open(path: str, size: int) -> Face:
    for own in (size, *STRIKES):
        try:
            return Face(ImageFont.truetype(path, own), size / own)
        except OSError:  # a font of pictures has some sizes alone
            continue
    return _open(dejavu(False), size)


_said: set[str] = set()


def _say_missing(letter: str) -> None:
    if _said:
        return
    _said.add(letter)
    name = unicodedata.name(letter, 'no name')
    print_log(
        f'no installed font has {letter!a} ({name}), and maybe others: pictures show '
        'boxes instead. Install fonts of your script, for example fonts-noto-cjk and '
        'fonts-noto-color-emoji, or Noto from https://fonts.google.com/noto',
        logger='current',
        level=logging.WARNING,
    )


def _direction(text: str) -> bool | None:
    """Whether the first letter with a direction runs from right to left."""
    for letter in text:
        direction = unicodedata.bidirectional(letter)
        if direction in ('L', *_RIGHT_TO_LEFT):
            return direction != 'L' and features.check('raqm')
    return None


def _split(text: str, faces: list[Face], line: bool) -> Iterator[Run]:
    """Runs in logical order.

    Blanks between two directions are of the line's.
    """
    direction = line
    keys = []
    for letter, face in zip(text, faces):
        own = _direction(letter)
        direction = direction if own is None else own
        keys.append((face, direction))
    groups = [
        (key, ''.join(letter for _, letter in group))
        for key, group in groupby(zip(keys, text), lambda pair: pair[0])
    ]
    following = [direction for (_, direction), _ in groups[1:]] + [line]
    for ((face, direction), run), after in zip(groups, following):
        words = run if direction == after else run.rstrip(' ')
        if words:
            yield Run(words, face, direction)
        if len(words) < len(run):
            yield Run(run[len(words) :], face, line)


def _is_attached(letter: str) -> bool:
    return unicodedata.category(letter) in _ATTACHED


def _order(runs: list[Run], right_to_left: bool) -> Iterator[Run]:
    """Logical order -> from left to right, for a line of that direction."""
    if right_to_left:
        runs = runs[::-1]
    against: list[Run] = []
    for run in runs:
        if run.right_to_left != right_to_left:
            against.insert(0, run)
        else:
            yield from against
            against = []
            yield run
    yield from against


def _draw_scaled(
    canvas: Image.Image, corner: tuple[int, int], run: Run, color: Color
) -> None:
    """Draw a run of a font that has another size."""
    font, scale = run.face
    ascent, descent = font.getmetrics()
    width = max(1, round(font.getlength(run.text)))
    large = Image.new('RGBA', (width, ascent + descent))
    ImageDraw.Draw(large).text(
        (0, ascent), run.text, color, font, anchor='ls', embedded_color=True
    )
    size = [max(1, round(side * scale)) for side in large.size]
    small = large.resize(size, Image.Resampling.LANCZOS)
    canvas.paste(small, corner, small)
