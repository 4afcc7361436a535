"""MiniScenes: coloured, patterned shapes and what they are called.

A generic set for a small CLIP to see before it meets clothes, drawn as
MiniFashion is and written in FashionGen's layout, so that XMR's data set
reads it: a scene is a product, its caption the description.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw

from .drawn_folder import draw_folder, draw_pictures, write_json
from .mini_fashion.garments import COLOURS, contrast
from .mini_fashion.patterns import TILE, pattern_tile
from .mini_fashion.shapes import Points, box, circle, spline, symmetric
from .mini_fashion.views import BACKGROUNDS

VERSION = 1
IMAGE_SIZE = 96
CANVAS = 2 * IMAGE_SIZE
VIEWS = 2
SPLITS = ('train', 'val')

PATTERNS = {
    'solid': '',
    'stripes': ' with {} horizontal stripes',
    'pinstripes': ' with {} vertical stripes',
    'check': ' with {} checks',
    'dots': ' with {} dots',
    'floral': ' with {} flowers',
    'leopard': ' with {} leopard spots',
    'camouflage': ' with {} camouflage',
    'colour-block': ' with a {} lower half',
}
SIZES = {'small': 0.5, '': 0.72, 'large': 1.0}


def _star(points: int, inner: float) -> Points:
    angle = np.arange(2 * points) * np.pi / points
    radius = np.where(np.arange(2 * points) % 2, inner, 1)
    return np.stack([radius * np.sin(angle), -radius * np.cos(angle)], 1)


#: Closed outlines within -1 to 1, y downwards.
SHAPES: dict[str, Points] = {
    'circle': circle(0, 0, 1, steps=40),
    'oval': circle(0, 0, 0.6, 1.6, steps=40),
    'square': box(-0.85, -0.85, 0.85, 0.85),
    'bar': box(-1, -0.3, 1, 0.3),
    'pole': box(-0.25, -1, 0.25, 1),
    'triangle': symmetric([(0, -1), (1, 0.85)]),
    'diamond': symmetric([(0, -1), (0.75, 0), (0, 1)]),
    'hexagon': symmetric([(0, -1), (0.87, -0.5), (0.87, 0.5), (0, 1)]),
    'star': _star(5, 0.42),
    'sun': _star(12, 0.7),
    'cross': symmetric(
        [(0.33, -1), (0.33, -0.33), (1, -0.33), (1, 0.33), (0.33, 0.33), (0.33, 1)]
    ),
    'heart': symmetric(
        spline([(0, -0.5), (0.5, -0.95), (1, -0.45), (0.55, 0.35), (0, 1)])
    ),
    'drop': symmetric(
        spline([(0, -1), (0.35, -0.3), (0.68, 0.4), (0.4, 0.92), (0, 1)])
    ),
    'moon': np.concatenate(
        [
            spline([(0.35, -1), (-0.6, -0.6), (-0.8, 0), (-0.6, 0.6), (0.35, 1)]),
            spline([(-0.1, 0.5), (-0.25, 0), (-0.1, -0.5)]),
        ]
    ),
    'arrow': symmetric([(0, -1), (0.8, -0.1), (0.3, -0.1), (0.3, 1)]),
    'tree': symmetric(
        [(0, -1), (0.5, -0.3), (0.25, -0.3), (0.8, 0.5), (0.15, 0.5), (0.15, 1)]
    ),
    'house': symmetric([(0, -1), (1, -0.15), (0.75, -0.15), (0.75, 1)]),
    'cup': symmetric([(0.8, -0.8), (0.55, 0.9)]),
    'vase': symmetric(spline([(0.45, -1), (0.25, -0.6), (0.75, 0.2), (0.4, 1)])),
    'mushroom': symmetric(
        spline([(0, -0.9), (0.7, -0.65), (1, 0)]).tolist() + [(0.3, 0), (0.35, 0.95)]
    ),
    'bell': symmetric(spline([(0, -1), (0.45, -0.75), (0.55, 0.2), (0.95, 0.8)])),
    'kite': symmetric([(0, -1), (0.7, -0.3), (0, 1)]),
    'fish': np.concatenate(
        [
            spline([(0.45, 0), (-0.2, -0.5), (-1, 0), (-0.2, 0.5), (0.45, 0)]),
            [(1, 0.5), (1, -0.5)],
        ]
    ),
}


@dataclass(frozen=True)
class MiniScenesSizes:
    """How much is drawn.

    Attributes:
        train (int): Scenes to learn from.
        val (int): Scenes to judge by.
    """

    train: int = 6000
    val: int = 300


class Thing(NamedTuple):
    """One shape of a scene.

    Attributes:
        shape (str): A key of :data:`SHAPES`.
        colour (str): A key of MiniFashion's colours.
        second (str): Colour of the pattern, empty where there is none.
        pattern (str): A key of :data:`PATTERNS`.
        size (str): A key of :data:`SIZES`.
    """

    shape: str
    colour: str
    second: str
    pattern: str
    size: str

    @property
    def words(self) -> str:
        """Such as 'a large red star with white dots'."""
        noun = ' '.join(filter(None, (self.size, self.colour, self.shape)))
        article = 'an' if noun[0] in 'aeiou' else 'a'
        return f'{article} {noun}' + PATTERNS[self.pattern].format(self.second)


class Placing(NamedTuple):
    """How a photo shows a thing: centre and radius in frames, and tilt."""

    x: float
    y: float
    radius: float
    tilt: float


class Picture(NamedTuple):
    """A picture to draw: its file, and what is where."""

    name: str
    things: tuple[Thing, ...]
    placings: tuple[Placing, ...]
    background: int


#: By the number of things: where the first, the second... is, and how it is
#: said that they lie so.
LAYOUTS: dict[int, tuple[tuple[str, tuple[tuple[float, float], ...]], ...]] = {
    1: (('{0}.', ((0.5, 0.5),)),),
    2: (
        ('{0} above {1}.', ((0.5, 0.27), (0.5, 0.74))),
        ('{0} below {1}.', ((0.5, 0.74), (0.5, 0.27))),
        ('{0} left of {1}.', ((0.26, 0.5), (0.74, 0.5))),
        ('{0} right of {1}.', ((0.74, 0.5), (0.26, 0.5))),
    ),
}
ROOM = {1: 0.40, 2: 0.23}


def _sample_thing(rng: np.random.Generator) -> Thing:
    colours, patterns = list(COLOURS), list(PATTERNS)
    colour = colours[rng.integers(len(colours))]
    pattern = (
        'solid' if rng.random() < 0.3 else patterns[rng.integers(1, len(patterns))]
    )
    others = [name for name in colours if contrast(name, colour) > 0.3]
    return Thing(
        shape=list(SHAPES)[rng.integers(len(SHAPES))],
        colour=colour,
        second='' if pattern == 'solid' else others[rng.integers(len(others))],
        pattern=pattern,
        size=list(SIZES)[rng.integers(len(SIZES))],
    )


def _sample_scene(rng: np.random.Generator, number: int) -> tuple[str, list[Picture]]:
    """A caption and the pictures that it fits."""
    count = int(rng.integers(1, 3))
    things = tuple(_sample_thing(rng) for _ in range(count))
    words, places = LAYOUTS[count][rng.integers(len(LAYOUTS[count]))]
    caption = words.format(*(thing.words for thing in things))
    pictures = [
        Picture(
            f'images/{number}_{view}.jpg',
            things,
            tuple(
                Placing(
                    *(np.array(place) + rng.uniform(-0.04, 0.04, 2)),
                    ROOM[count] * SIZES[thing.size] * rng.uniform(0.9, 1.1),
                    rng.normal(0, 0.1),
                )
                for thing, place in zip(things, places)
            ),
            int(rng.integers(len(BACKGROUNDS))),
        )
        for view in range(VIEWS)
    ]
    return caption[0].upper() + caption[1:], pictures


def draw_mini_scenes(
    data_root: str | Path,
    seed: int = 0,
    workers: int | None = None,
    sizes: MiniScenesSizes = MiniScenesSizes(),
) -> Path:
    """Draw the scenes, unless they are there already.

    Args:
        data_root (str | Path): The folder that shall hold them.
        seed (int): Another seed draws other scenes.
        workers (int | None): Processes that draw; by default one for each
            core, at most eight. The result does not depend on it.
        sizes (MiniScenesSizes): How much is drawn.

    Returns:
        Path: ``data_root``, complete.

    Raises:
        ValueError: If the folder holds something else.
    """

    def write(root: Path) -> None:
        folder = root / 'FashionGen'
        (folder / 'images').mkdir(parents=True)
        pictures: list[Picture] = []
        for code, split in enumerate(SPLITS):
            scenes = []
            for index in range(getattr(sizes, split)):
                number = code * 10**6 + index
                rng = np.random.default_rng((seed, code, index))
                caption, shown = _sample_scene(rng, number)
                pictures += shown
                scenes.append(
                    {
                        'images': [picture.name for picture in shown],
                        'id': number,
                        'title': '',
                        'description': caption,
                    }
                )
            write_json(folder / f'{split}_info.json', scenes)
        draw_pictures(folder, pictures, _draw_picture, workers)

    return draw_folder(
        Path(data_root),
        'MiniScenes',
        'mini_scenes.json',
        {'version': VERSION, 'seed': seed, 'sizes': asdict(sizes)},
        write,
    )


def _draw_picture(root: Path, picture: Picture) -> None:
    draw_scene(picture).save(root / picture.name, quality=90, subsampling=0)


def draw_scene(picture: Picture) -> Image.Image:
    """Draw a picture, RGB, ``IMAGE_SIZE`` pixels wide and high."""
    upper, lower = np.array(BACKGROUNDS[picture.background], np.float32)
    fall = np.linspace(0, 1, CANVAS, dtype=np.float32)[:, None, None]
    pixels = np.broadcast_to(upper + (lower - upper) * fall, (CANVAS, CANVAS, 3)).copy()
    for thing, placing in zip(picture.things, picture.placings):
        _paint(pixels, thing, placing)
    return Image.fromarray(pixels.astype(np.uint8)).reduce(2)


def _paint(pixels: np.ndarray, thing: Thing, placing: Placing) -> None:
    """Lay one thing over what is there."""
    cos, sin = np.cos(placing.tilt), np.sin(placing.tilt)
    turn = CANVAS * placing.radius * np.array([(cos, -sin), (sin, cos)])
    centre = CANVAS * np.array([placing.x, placing.y])
    mask = Image.new('L', (CANVAS, CANVAS))
    outline = SHAPES[thing.shape] @ turn.T + centre
    ImageDraw.Draw(mask).polygon([(x, y) for x, y in outline.tolist()], fill=255)
    rows, columns = np.nonzero(np.asarray(mask))
    own = (np.stack([columns, rows], 1) - centre) @ np.linalg.inv(turn).T
    colour = np.array(COLOURS[thing.colour], np.float32)
    if thing.second:
        other = np.array(COLOURS[thing.second], np.float32)
        weight = _pattern(thing.pattern, own)[:, None]
        colour = colour + weight * (other - colour)
    # light falls from the upper left
    light = 1 - 0.12 * (own.sum(1) / 2)[:, None]
    pixels[rows, columns] = np.clip(colour * light, 0, 255)


def _pattern(name: str, own: np.ndarray) -> np.ndarray:
    """How much of the second colour there is at places of a thing."""
    if name == 'colour-block':
        return (own[:, 1] > 0.1).astype(np.float32)
    place = ((own + 1) / 2 * TILE).astype(int) % TILE
    return pattern_tile(name)[place[:, 1], place[:, 0]]
