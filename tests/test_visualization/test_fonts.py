"""Text of any script is drawn, by whatever font has it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from PIL import Image, features

from famevil_plugin.visualization import fonts
from famevil_plugin.visualization.cards import draw_text, load_font
from famevil_plugin.visualization.fonts import FontStack

RED = '赤'
RAQM = pytest.mark.skipif(
    not features.check('raqm'), reason='this Pillow has no raqm, which shapes letters'
)


@pytest.fixture(autouse=True)
def no_fonts(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Nothing is installed but what a test names."""

    def install(*files: Path) -> None:
        monkeypatch.setattr(fonts, 'installed_fonts', lambda: tuple(map(str, files)))
        fonts.find_font.cache_clear()
        fonts._said.clear()

    install()
    yield install
    fonts.find_font.cache_clear()
    fonts._said.clear()


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    messages: list[str] = []
    monkeypatch.setattr(
        fonts, 'print_log', lambda message, **options: messages.append(message)
    )
    return messages


def make_font(path: Path, letters: str) -> Path:
    """A font whose letters are full squares."""
    names = {ord(letter): f'square{place}' for place, letter in enumerate(letters)}
    order = ['.notdef', *names.values()]
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    for corner in ((0, 800), (1000, 800), (1000, 0)):
        pen.lineTo(corner)
    pen.closePath()
    square = pen.glyph()
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(order)
    builder.setupCharacterMap(names)
    builder.setupGlyf({name: square for name in order})
    builder.setupHorizontalMetrics({name: (1000, 0) for name in order})
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable(dict(familyName='Squares', styleName='Regular'))
    builder.setupOS2()
    builder.setupPost()
    builder.save(path)
    return path


def draw(text: str, size: int = 20) -> np.ndarray:
    """Where a line has ink."""
    canvas = Image.new('RGB', (200, 40), 'white')
    FontStack(size).draw(canvas, (4, 4), text, (0, 0, 0))
    return np.asarray(canvas.convert('L')) < 128


def test_a_letter_of_another_font(tmp_path: Path, no_fonts: Any, said: Any) -> None:
    no_fonts(tmp_path / 'gone.ttf', make_font(tmp_path / 'squares.ttf', RED))
    stack = FontStack(20)
    assert [run.text for run in stack.runs(f'a {RED}{RED} b')] == [
        'a ',
        RED * 2 + ' ',
        'b',
    ]
    assert stack.getlength(RED * 3) == 60
    rows, columns = np.nonzero(draw(RED))
    # the square sits on the base line of the letters beside it
    assert (columns.min(), columns.max(), len(columns)) == (4, 23, 20 * 16)
    assert rows.max() == np.nonzero(draw('E'))[0].max()
    assert said == []


def test_missing_letters_are_said_once(said: list[str]) -> None:
    for text in (RED, '紅', '👗', RED):
        draw(text)
    (message,) = said
    assert r"no installed font has '\u8d64' (CJK UNIFIED IDEOGRAPH-8D64)" in message
    assert 'Install fonts of your script, for example fonts-noto-cjk' in message


def test_latin_looks_for_no_font(said: list[str]) -> None:
    draw('Robe à pois — платье Ρούχο فستان')
    assert said == [] and fonts.find_font.cache_info().currsize == 0


@RAQM
def test_right_to_left() -> None:
    """The first letter is at the right, and letters are joined."""
    first, second = 'אב'
    word = np.nonzero(draw(first + second))[1]
    left = FontStack(20).getlength(second)
    ink = draw(first + second)
    alone = draw(second)
    assert (ink[:, : int(4 + left) - 1] == alone[:, : int(4 + left) - 1]).all()
    assert word.max() > 4 + left
    joined = FontStack(20).getlength('بببب')
    assert joined < 4 * FontStack(20).getlength('ب')


@RAQM
def test_runs_of_both_directions(tmp_path: Path, no_fonts: Any) -> None:
    no_fonts(make_font(tmp_path / 'squares.ttf', RED))
    stack = FontStack(20)
    hebrew = 'אבג'
    lines = {
        f'{hebrew}{RED}a{hebrew}': [hebrew, RED, 'a', hebrew],
        f'a{RED}{hebrew}': ['a', RED, hebrew],
        f'a {hebrew} {RED}': ['a', ' ', hebrew, ' ', RED],
        f'{hebrew} {RED} 7': [f'{RED} ', '7', ' ', hebrew],
    }
    for line, runs in lines.items():
        assert [run.text for run in stack.runs(line)] == runs
    # raqm orders a line of one font
    assert [run.text for run in stack.runs(f'a {hebrew} b')] == [f'a {hebrew} b']


def test_a_font_of_pictures_is_scaled(
    tmp_path: Path, no_fonts: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such fonts open at one size alone."""
    path = make_font(tmp_path / 'squares.ttf', RED)
    genuine = fonts.ImageFont.truetype

    def refuse(file: str, size: int) -> Any:
        if file == str(path) and size != 109:
            raise OSError('invalid pixel size')
        return genuine(file, size)

    monkeypatch.setattr(fonts.ImageFont, 'truetype', refuse)
    no_fonts(path)
    assert FontStack(20).getlength(RED) == pytest.approx(20, abs=0.2)
    columns = np.nonzero(draw(RED))[1]
    assert columns.min() >= 4 and 18 <= columns.max() - columns.min() + 1 <= 21


def test_wrapped_lines_fit(tmp_path: Path, no_fonts: Any) -> None:
    no_fonts(make_font(tmp_path / 'squares.ttf', RED))
    canvas = Image.new('RGB', (120, 200), 'white')
    bottom = draw_text(canvas, (0, 0), RED * 12, 100, 5, 20)
    ink = np.asarray(canvas.convert('L')) < 128
    assert ink[:, :100].any() and not ink[:, 100:].any()
    assert bottom == 3 * 28 and load_font(20).getlength(RED) == 20
