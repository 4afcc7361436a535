"""Whatever holds photos -> one photo after the other.

A path, a folder, a glob, pixels, or many of these in any mixture. Nothing is
opened here before it is needed, so a hundred thousand photos, or a generator
without an end, cost no memory.
"""

import glob
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from famevil_plugin.photos import SUFFIXES, make_upright, open_photo
from famevil_plugin.structures import Picture

_EXPECTED = (
    'expected a path, a folder, a glob, an RGB array (H, W, 3) of uint8, a PIL image, '
    'or many of these'
)


class Photo(NamedTuple):
    """A photo that can be opened.

    Attributes:
        path (str): Of its file; of pixels ``#3`` for the third thing given.
        pixels (Image | np.ndarray | None): Those that were given.
    """

    path: str
    pixels: Any = None

    def open(self) -> Image.Image:
        """Decode it, upright and RGB.

        Raises:
            ValueError: If it is missing or cannot be read, with the reason.
        """
        if self.pixels is None:
            return open_photo(self.path)
        if isinstance(self.pixels, Image.Image):
            return make_upright(self.pixels)
        array = self.pixels
        grey = array.ndim == 2
        if array.dtype != np.uint8 or not (grey or array.ndim == 3 == array.shape[-1]):
            raise ValueError(
                'expected an RGB array (H, W, 3) or a grey one (H, W) of uint8, got '
                f'{array.shape} of {array.dtype}'
            )
        return make_upright(Image.fromarray(array))

    def picture(self) -> Picture:
        """What a panel draws of it."""
        return self.path if self.pixels is None else self.open()


class Unreadable(NamedTuple):
    """A photo that could not be read, and why not."""

    path: str
    reason: str


def is_photo(thing: Any) -> bool:
    """Whether one thing is a photo rather than a text.

    Text is what ends in no photo's suffix: ``dress.jpg`` is a photo and ``a
    red dress`` is not.
    """
    if isinstance(thing, str):
        return thing.lower().endswith(SUFFIXES)
    return isinstance(thing, (Path, Photo, Image.Image, np.ndarray))


def find_photos(source: Any) -> Iterable[Photo]:
    """The photos of a source, in its order; a folder's sorted by path.

    Args:
        source (Any): A path, a folder (with those in it), a glob, an array,
            a PIL image, or a list, tuple, generator or other iterable of
            these.

    Returns:
        Iterable[Photo]: A list where the source is one path, folder, glob,
        array or image, or a sequence; else a generator.

    Raises:
        ValueError: If a folder or glob holds no photo.
        FileNotFoundError: If there is no such file or folder.
        TypeError: If it is something else.
    """
    if isinstance(source, np.ndarray) and source.ndim == 4:
        source = list(source)
    if _is_one(source):
        return list(_expand(source, 1))
    if not isinstance(source, Iterable) or isinstance(source, (bytes, dict)):
        raise TypeError(f'{_EXPECTED}, got a {type(source).__name__}')
    every = (
        photo for place, one in enumerate(source, 1) for photo in _expand(one, place)
    )
    return list(every) if isinstance(source, Sequence) else every


def _is_one(thing: Any) -> bool:
    return isinstance(thing, (str, Path, Photo, Image.Image, np.ndarray))


def _expand(thing: Any, place: int) -> Iterator[Photo]:
    """The photos of one thing, the ``place``-th of those given."""
    if isinstance(thing, Photo):
        yield thing
    elif isinstance(thing, (Image.Image, np.ndarray)):
        yield Photo(f'#{place}', thing)
    elif not isinstance(thing, (str, Path)):
        raise TypeError(f'{_EXPECTED}, got a {type(thing).__name__}')
    elif os.path.isdir(thing):
        yield from _of_folder(Path(thing))
    elif glob.has_magic(str(thing)) and not Path(thing).exists():
        found = sorted(glob.glob(str(thing), recursive=True))
        photos = [path for path in found if path.lower().endswith(SUFFIXES)]
        if not photos:
            raise ValueError(
                f'no photos match {thing}: expected files that end in '
                f'{", ".join(SUFFIXES)}'
            )
        yield from map(Photo, photos)
    elif is_photo(str(thing)) or Path(thing).exists():
        yield Photo(str(thing))  # a missing one is named when it is opened
    else:
        raise FileNotFoundError(f'no photo or folder at {thing}')


def _of_folder(folder: Path) -> Iterator[Photo]:
    photos, others = [], 0
    for place, folders, names in os.walk(folder, followlinks=True):
        folders[:] = [name for name in folders if not name.startswith('.')]
        for name in names:
            if name.lower().endswith(SUFFIXES) and not name.startswith('.'):
                photos.append(os.path.join(place, name))
            else:
                others += 1
    if not photos:
        raise ValueError(
            f'no photos in the folder {folder}: expected files that end in '
            f'{", ".join(SUFFIXES)}, got {others} other files'
        )
    yield from map(Photo, sorted(photos))
