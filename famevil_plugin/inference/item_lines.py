"""Items as lines of a file, read when they are asked for."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .gallery_items import GalleryItem

# bytes that are searched for line ends in one go
_CHUNK = 2**24


class ItemLines(Sequence[GalleryItem]):
    """A file of JSON lines as a sequence; a million cost no second to open.

    Args:
        path (Path): Each line an object with the fields of a
            :class:`GalleryItem`.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        empty = path.stat().st_size == 0
        self._bytes = np.zeros(0, np.uint8) if empty else np.memmap(path, np.uint8, 'r')
        ends = [
            np.flatnonzero(self._bytes[start : start + _CHUNK] == ord('\n')) + start
            for start in range(0, len(self._bytes), _CHUNK)
        ]
        self._ends = np.concatenate([np.full(1, -1), *ends])

    def __len__(self) -> int:
        """Number of lines."""
        return len(self._ends) - 1

    def __getitem__(self, place: Any) -> Any:
        """The item of a line, or a list of several's."""
        if isinstance(place, slice):
            return [self[one] for one in range(*place.indices(len(self)))]
        if not -len(self) <= place < len(self):
            raise IndexError(place)
        start, end = self._ends[place % len(self) :][:2]
        return _read(self._bytes[start + 1 : end].tobytes(), self.path)

    def __iter__(self) -> Iterator[GalleryItem]:
        """All of them, in order."""
        with self.path.open('rb') as file:
            for line in file:
                yield _read(line, self.path)


def write_line(item: GalleryItem) -> bytes:
    """An item as a line."""
    return f'{json.dumps(item._asdict())}\n'.encode('ascii')


def _read(line: bytes, path: Path) -> GalleryItem:
    try:
        return GalleryItem(**json.loads(line))
    except (ValueError, TypeError) as error:
        raise ValueError(
            f'{path} is spoiled: expected an item a line, got {line[:60]!r} ({error})'
        ) from None
