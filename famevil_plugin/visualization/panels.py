"""Draw examples of predictions as panels: one RGB picture per task.

The evaluators hand out the examples (see ``structures.py``);
:class:`~famevil_plugin.visualization.FashionVisualizer` records the panels.
"""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from PIL import Image, ImageDraw

from famevil_plugin.registry import PANELS
from famevil_plugin.structures import CaptionExample, ClassExample, RetrievalExample

from .cards import (
    GREEN,
    INK,
    LINE,
    MUTED,
    PAPER,
    RED,
    WHITE,
    count_lines,
    draw_card,
    draw_mark,
    draw_photo,
    draw_text,
    line_height,
    load_font,
    rounded_mask,
    wrap_text,
)

WIDTH = 1144
MARGIN = 28
GAP = 12
TITLE_HEIGHT = 66
HEADER_HEIGHT = 26

CANDIDATES = 5
PHOTO = (120, 160)
QUERY_WIDTH = 252
QUERY_PHOTO = (165, 220)
NOTE_HEIGHT = 24
# Between the candidates and a right answer that is not among them.
ASIDE = 12
# Left edge of the candidates, which with that answer reach to the right margin.
ANSWERS_LEFT = WIDTH - MARGIN - (CANDIDATES + 1) * PHOTO[0] - CANDIDATES * GAP - ASIDE

DrawRow = Callable[[Image.Image, int], None]


@PANELS.register_module(name='RetrievalExample')
def retrieval_panel(examples: Sequence[RetrievalExample], title: str) -> np.ndarray:
    """Draw queries and their best candidates, a query a row.

    The right answer has a green frame and a tick; if it is not among the
    first five, it stands beside them, and its rank below the query.

    Args:
        examples (Sequence[RetrievalExample]): The queries.
        title (str): Of the panel.

    Returns:
        np.ndarray: ``(height, 1144, 3)``, uint8, RGB.
    """
    of_images = all(example.of_images for example in examples)
    headers = [('query', MARGIN)]
    if of_images:
        headers += [
            (str(rank + 1), candidate_box(rank, True, 0)[0])
            for rank in range(CANDIDATES)
        ]
        if any(map(misses, examples)):
            headers += [('right answer', candidate_box(CANDIDATES, True, 0)[0])]
    else:
        headers += [('best candidates', ANSWERS_LEFT)]
    return draw_panel(
        title,
        headers,
        [
            (retrieval_height(example), partial(draw_retrieval, example=example))
            for example in examples
        ],
    )


@PANELS.register_module(name='CaptionExample')
def caption_panel(
    examples: Sequence[CaptionExample], title: str = 'Captions'
) -> np.ndarray:
    """Draw photos with their generated caption, and the true one beside it
    where some photo has one.

    Args:
        examples (Sequence[CaptionExample]): The captioned photos.
        title (str): Of the panel.

    Returns:
        np.ndarray: ``(height, 1144, 3)``, uint8, RGB.
    """
    columns = ['generated caption']
    if any(example.truth is not None for example in examples):
        columns.insert(0, 'true caption')
    first = MARGIN + PHOTO[0] + 2 * GAP
    width = (WIDTH - MARGIN - first) // len(columns) - GAP
    lefts = [first + (width + 2 * GAP) * place for place in range(len(columns))]

    def draw(canvas: Image.Image, top: int, example: CaptionExample) -> None:
        draw_photo(canvas, (MARGIN, top, *PHOTO), example.image)
        lines = count_lines(PHOTO[1], 14)
        texts = [(example.truth, MUTED), (example.predicted, INK)][-len(columns) :]
        for left, (text, color) in zip(lefts, texts):
            draw_text(
                canvas,
                (left, top),
                text or '(empty)',
                width,
                lines,
                14,
                False,
                color if text else LINE,
            )

    return draw_panel(
        title,
        [('photo', MARGIN), *zip(columns, lefts)],
        [(PHOTO[1], partial(draw, example=example)) for example in examples],
    )


@PANELS.register_module(name='ClassExample')
def class_panel(
    examples: Sequence[ClassExample], title: str = 'Sub-categories'
) -> np.ndarray:
    """Draw products with the predicted class, two a row.

    Args:
        examples (Sequence[ClassExample]): The classified products.
        title (str): Of the panel.

    Returns:
        np.ndarray: ``(height, 1144, 3)``, uint8, RGB.
    """
    column = (WIDTH - 2 * MARGIN - 2 * GAP) // 2

    def draw(canvas: Image.Image, top: int, pair: Sequence[ClassExample]) -> None:
        for position, example in enumerate(pair):
            left = MARGIN + position * (column + 2 * GAP)
            draw_class(canvas, (left, top, column, PHOTO[1]), example)

    pairs = [examples[start : start + 2] for start in range(0, len(examples), 2)]
    return draw_panel(
        title, [], [(PHOTO[1], partial(draw, pair=pair)) for pair in pairs]
    )


def draw_panel(
    title: str, headers: Sequence[tuple[str, int]], rows: Sequence[tuple[int, DrawRow]]
) -> np.ndarray:
    """Draw the title, the columns' headers and the rows below each other.

    Args:
        title (str): Of the panel.
        headers (Sequence[tuple[str, int]]): Name and left edge of a column.
        rows (Sequence[tuple[int, Callable]]): Height of a row, and what
            draws it on the canvas at its top.

    Returns:
        np.ndarray: ``(height, 1144, 3)``, uint8, RGB.
    """
    first = TITLE_HEIGHT + (HEADER_HEIGHT if headers else 0)
    height = first + sum(row + 2 * GAP for row, _ in rows) + GAP
    canvas = Image.new('RGB', (WIDTH, height), WHITE)
    draw_text(canvas, (MARGIN, 22), title, WIDTH - 2 * MARGIN, 1, 20, True)
    for header, left in headers:
        draw_text(
            canvas, (left, TITLE_HEIGHT - 2), header, WIDTH - left, 1, 12, False, MUTED
        )
    top = first
    for position, (row, draw) in enumerate(rows):
        if position:
            ImageDraw.Draw(canvas).line(
                (MARGIN, top - GAP, WIDTH - MARGIN - 1, top - GAP), PAPER, 2
            )
        draw(canvas, top)
        top += row + 2 * GAP
    return np.asarray(canvas)


# ------------------------------------------------------------ a retrieval


def candidate_box(
    position: int, of_images: bool, top: int
) -> tuple[int, int, int, int]:
    """Left, top, width and height of a candidate's card.

    Photos are beside each other, texts below each other. The one behind the
    last is for the right answer, where it is not among them.
    """
    aside = ASIDE if position == CANDIDATES else 0
    if of_images:
        return (ANSWERS_LEFT + position * (PHOTO[0] + GAP) + aside, top, *PHOTO)
    height = 46
    return (
        ANSWERS_LEFT,
        top + position * (height + 6) + aside,
        WIDTH - MARGIN - ANSWERS_LEFT,
        height,
    )


def misses(example: RetrievalExample) -> bool:
    """Whether a right answer is known that the candidates lack."""
    return example.rank > CANDIDATES and example.answer is not None


def retrieval_height(example: RetrievalExample) -> int:
    """Height of a query's row."""
    last = CANDIDATES if misses(example) else CANDIDATES - 1
    _, top, _, height = candidate_box(last, example.of_images, 0)
    return top + height


def draw_retrieval(canvas: Image.Image, top: int, example: RetrievalExample) -> None:
    """Draw a query at the left and its candidates at the right."""
    draw_query(canvas, top, example)
    pairs = zip(example.candidates[:CANDIDATES], example.correct, strict=False)
    answers = [(place, *pair) for place, pair in enumerate(pairs)]
    if misses(example):
        answers.append((CANDIDATES, str(example.answer), True))
    for position, candidate, right in answers:
        box = candidate_box(position, example.of_images, top)
        if example.of_images:
            draw_photo(canvas, box, candidate, right)
            continue
        draw_card(canvas, box, right)
        left, y, width, height = box
        middle = y + (height - line_height(12)) // 2 + 1
        place = str(position + 1) if position < CANDIDATES else ''
        draw_text(canvas, (left + 14, middle), place, 14, 1, 12, False, MUTED)
        text, width = candidate or '(empty)', width - 60
        long = len(wrap_text(text, load_font(12), width, 2)) > 1
        draw_text(canvas, (left + 36, y + 7 if long else middle), text, width, 2, 12)


def draw_query(canvas: Image.Image, top: int, example: RetrievalExample) -> None:
    """Draw the query: a photo, a text, or a photo with a text beside it."""
    height = retrieval_height(example)
    left, width = MARGIN, QUERY_WIDTH
    if example.image is not None:
        # Beside texts the row is higher: a larger photo, the note below it.
        size = PHOTO if example.of_images else QUERY_PHOTO
        draw_photo(canvas, (left, top, *size), example.image)
        if example.of_images:
            left += PHOTO[0] + GAP
            width -= PHOTO[0] + GAP
    if example.rank > CANDIDATES:
        height -= NOTE_HEIGHT + 6
        draw_note(canvas, (left, top + height + 6), f'answer at rank {example.rank:,}')
    if example.text is not None:
        draw_text(
            canvas,
            (left, top),
            example.text or '(empty)',
            width,
            count_lines(height, 14),
        )


def draw_note(canvas: Image.Image, corner: tuple[int, int], text: str) -> None:
    """Draw a short note on a round reddish ground."""
    width = round(load_font(11, True).getlength(text)) + 18
    tint = tuple((color + 9 * 255) // 10 for color in RED)
    canvas.paste(tint, corner, rounded_mask((width, NOTE_HEIGHT), 12))
    draw_text(canvas, (corner[0] + 9, corner[1] + 5), text, width, 1, 11, True, RED)


# ----------------------------------------------------------------- a class


def draw_class(
    canvas: Image.Image, box: tuple[int, int, int, int], example: ClassExample
) -> None:
    """Draw a photo, its text, and below it the class and its confidence."""
    left, top, width, height = box
    known, right = example.truth is not None, example.predicted == example.truth
    color = (GREEN if right else RED) if known else INK
    draw_photo(canvas, (left, top, *PHOTO), example.image)
    left += PHOTO[0] + GAP + 4
    width -= PHOTO[0] + GAP + 4
    draw_text(
        canvas, (left, top), example.text or '(no text)', width, 3, 13, False, MUTED
    )

    y = top + height - 84
    mark = 30 if known else 0
    if known:
        draw_mark(canvas, (left + 11, y + 11), right)
    draw_text(
        canvas,
        (left + mark, y + 1),
        example.predicted,
        width - mark,
        1,
        15,
        True,
        color,
    )
    y += line_height(15) + 8
    score = f'{example.score:.0f} %'
    bar = width - 56
    canvas.paste(PAPER, (left, y), rounded_mask((bar, 10), 5))
    # The score of a run that went astray may be no number.
    filled = round(bar * example.score / 100) if example.score >= 0 else 0
    if filled >= 10:
        canvas.paste(color, (left, y), rounded_mask((filled, 10), 5))
    draw_text(canvas, (left + bar + 10, y - 4), score, 50, 1, 13, True)
    if known and not right:
        draw_text(canvas, (left, y + 22), f'truth: {example.truth}', width, 1, 13)
