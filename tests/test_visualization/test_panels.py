"""Panels survive any text and photo, and mark the right answer."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from mmengine.visualization import LocalVisBackend, TensorboardVisBackend
from PIL import Image

from famevil_plugin.registry import VISUALIZERS
from famevil_plugin.structures import CaptionExample, ClassExample, RetrievalExample
from famevil_plugin.visualization import (
    FashionVisualizer,
    caption_panel,
    class_panel,
    retrieval_panel,
)
from famevil_plugin.visualization.cards import (
    GREEN,
    RED,
    load_font,
    open_photo,
    wrap_text,
)
from famevil_plugin.visualization.panels import (
    HEADER_HEIGHT,
    TITLE_HEIGHT,
    WIDTH,
    candidate_box,
)

TOP = TITLE_HEIGHT + HEADER_HEIGHT
TEXTS = (
    '',
    ' \n\t',
    'A red dress.',
    'word ' * 500,
    'x' * 5000,
    'Robe d’été à pois',
    '赤いドレス' * 80,
    'платье 👗 فستان',
    '\ud800\x00',
)


@pytest.fixture
def photo(tmp_path: Path) -> str:
    """A blue photo, taller than a card."""
    path = tmp_path / 'photo.jpg'
    Image.new('RGB', (300, 500), (20, 40, 200)).save(path)
    return str(path)


def retrieval(
    photo: str, place: int | None, of_images: bool, text: str = 'a text'
) -> RetrievalExample:
    """An example whose right answer is at ``place``, from 0, or nowhere."""
    return RetrievalExample(
        image=None if of_images else photo,
        text=text if of_images else None,
        candidates=[photo if of_images else text] * 5,
        correct=[position == place for position in range(5)],
        rank=1234 if place is None else place + 1,
        of_images=of_images,
        answer=photo if of_images else text,
    )


def pixels_of(panel: np.ndarray, color: tuple[int, ...]) -> np.ndarray:
    """Mask of the pixels that have a colour."""
    return (panel == np.array(color, np.uint8)).all(-1)


def is_picture(panel: np.ndarray) -> bool:
    return panel.dtype == np.uint8 and panel.ndim == 3 and panel.shape[1:] == (WIDTH, 3)


@pytest.mark.parametrize('of_images', [True, False])
@pytest.mark.parametrize('place', range(5))
def test_frame_is_around_the_right_answer(
    photo: str, place: int, of_images: bool
) -> None:
    panel = retrieval_panel([retrieval(photo, place, of_images)], 'Title')
    assert is_picture(panel)
    green = pixels_of(panel, GREEN)
    left, top, width, height = candidate_box(place, of_images, TOP)
    middle_x, middle_y = left + width // 2, top + height // 2
    for x, y in (
        (left + 1, middle_y),
        (left + width - 2, middle_y),
        (middle_x, top + 1),
        (middle_x, top + height - 2),
    ):
        assert green[y, x]
    rows, columns = np.nonzero(green)
    assert columns.min() >= left and columns.max() < left + width + 8
    assert rows.min() >= top - 8 and rows.max() < top + height
    assert not pixels_of(panel, RED).any()


@pytest.mark.parametrize('of_images', [True, False])
def test_an_answer_that_is_not_among_the_five_stands_beside_them(
    photo: str, of_images: bool
) -> None:
    example = retrieval(photo, None, of_images)
    panel = retrieval_panel([example], 'Title')
    rows, columns = np.nonzero(pixels_of(panel, RED))
    assert len(rows)
    assert columns.max() < candidate_box(0, of_images, TOP)[0]
    left, top, width, height = candidate_box(5, of_images, TOP)
    green = pixels_of(panel, GREEN)
    assert green[top + height // 2, left + 1]
    rows, columns = np.nonzero(green)
    assert columns.min() >= left and rows.min() >= top - 8
    # where the answer is not known, its rank alone is told
    panel = retrieval_panel([example._replace(answer=None)], 'Title')
    assert not pixels_of(panel, GREEN).any() and pixels_of(panel, RED).any()


def test_photo_is_shown(photo: str) -> None:
    panel = retrieval_panel([retrieval(photo, 0, True)], 'Title')
    for place in range(5):
        left, top, width, height = candidate_box(place, True, TOP)
        color = panel[top + height // 2, left + width // 2].astype(int)
        assert np.abs(color - (20, 40, 200)).max() < 8


@pytest.mark.parametrize('count', [0, 1, 2, 5])
def test_height_grows_with_the_examples(photo: str, count: int) -> None:
    panels = (
        retrieval_panel([retrieval(photo, 1, True)] * count, 'Title'),
        caption_panel([CaptionExample(photo, 'true', 'generated')] * count),
        class_panel([ClassExample(photo, 'a', 'A', 'B', 50.0)] * 2 * count),
    )
    for panel in panels:
        assert is_picture(panel)
        assert count * 150 < len(panel) < 120 + count * 200


@pytest.mark.parametrize('text', TEXTS)
@pytest.mark.parametrize('path', ['', '/nowhere/a.jpg', '.', 'no\0file'])
def test_any_text_and_any_path(text: str, path: str) -> None:
    few = RetrievalExample(path, text, [path], [True], 1, True)
    panels = (
        retrieval_panel(
            [
                few,
                few._replace(candidates=[], correct=[], rank=10**6),
                few._replace(image=None, text=None),
            ],
            text,
        ),
        retrieval_panel([retrieval(path, 2, False, text)], text),
        caption_panel([CaptionExample(path, text, text)], text),
        class_panel(
            [
                ClassExample(path, text, text, text, 100.0),
                ClassExample(path, text, text, 'other', float('nan')),
                ClassExample(path, text, text, 'other', 0.0),
            ],
            text,
        ),
    )
    assert all(map(is_picture, panels))


def test_unreadable_photos(tmp_path: Path, photo: str) -> None:
    broken = tmp_path / 'broken.jpg'
    broken.write_bytes(Path(photo).read_bytes()[:200])
    assert open_photo(str(broken)) is None
    thin = tmp_path / 'thin.png'
    Image.new('L', (2000, 1)).save(thin)
    assert is_picture(caption_panel([CaptionExample(str(thin), 'a', 'b')]))


def test_classes_are_coloured(photo: str) -> None:
    right = ClassExample(photo, 'text', 'DRESSES', 'DRESSES', 80.0)
    panel = class_panel([right])
    assert pixels_of(panel, GREEN).any() and not pixels_of(panel, RED).any()
    panel = class_panel([right._replace(predicted='SKIRTS')])
    assert pixels_of(panel, RED).any() and not pixels_of(panel, GREEN).any()


@pytest.mark.parametrize('text', TEXTS)
def test_wrapped_text_fits(text: str) -> None:
    font = load_font(14)
    lines = wrap_text(text, font, 120, 3)
    assert len(lines) <= 3
    assert all(font.getlength(line) <= 120 for line in lines)
    if len(text) > 100:
        assert len(lines) == 3 and lines[-1].endswith('…')


def test_visualizer_records_panels(tmp_path: Path, photo: str) -> None:
    event_accumulator = pytest.importorskip(
        'tensorboard.backend.event_processing.event_accumulator'
    )
    # Not built: that would make it the current visualizer of other tests.
    visualizer = VISUALIZERS.get('famevil_plugin.FashionVisualizer')(
        vis_backends=[dict(type=LocalVisBackend), dict(type=TensorboardVisBackend)],
        save_dir=str(tmp_path),
    )
    examples: dict[str, Any] = dict(
        text_to_image=retrieval(photo, 1, True),
        captions=CaptionExample(photo, 'true', 'generated'),
        classes=ClassExample(photo, 'text', 'A', 'B', 30.0),
    )
    for name, example in examples.items():
        visualizer.add_examples('xmr', name, [example], 1000)
    visualizer.add_examples('xmr', 'nothing', [], 1000)
    visualizer.close()

    folder = tmp_path / 'vis_data' / 'vis_image'
    assert {path.name for path in folder.iterdir()} == {
        f'xmr_{name}_1000.png' for name in examples
    }
    written = cv2.imread(str(folder / 'xmr_text_to_image_1000.png'))
    expected = retrieval_panel(
        [examples['text_to_image']], 'XMR: text to image, iteration 1,000'
    )
    assert (written[..., ::-1] == expected).all()

    events = event_accumulator.EventAccumulator(
        str(tmp_path / 'vis_data'), {'images': 0}
    )
    events.Reload()
    assert set(events.Tags()['images']) == {f'xmr/{name}' for name in examples}
    assert events.Images('xmr/classes')[0].step == 1000


def test_visualizer_names_wrong_examples() -> None:
    with pytest.raises(
        TypeError, match='no panel draws str: .*RetrievalExample, CaptionExample'
    ):
        FashionVisualizer().add_examples('xmr', 'name', ['text'])


def test_what_is_not_known_is_not_marked(photo: str) -> None:
    unknown = ClassExample(Image.open(photo), 'text', None, 'DRESSES', 80.0)
    for panel in (
        class_panel([unknown]),
        caption_panel([CaptionExample(photo, None, 'generated')]),
        retrieval_panel([retrieval(photo, None, True)._replace(rank=0)], 'Title'),
    ):
        assert is_picture(panel)
        assert not pixels_of(panel, GREEN).any() and not pixels_of(panel, RED).any()


def test_pixels_are_drawn_as_their_file(photo: str) -> None:
    example = CaptionExample(photo, None, 'generated')
    pixels = example._replace(image=Image.open(photo))
    assert (caption_panel([example]) == caption_panel([pixels])).all()
