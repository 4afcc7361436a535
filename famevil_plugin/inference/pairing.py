"""Photos, each with its text."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from .photo_source import Photo
from .reading_ahead import count, map_lazily

Texts = str | Iterable[str] | Mapping[str, str] | None


def pair_texts(
    photos: Iterable[Photo], texts: Texts
) -> Iterable[tuple[Photo, str | None]]:
    """Give each photo its text.

    Args:
        photos (Iterable[Photo]): In their order.
        texts (str | Iterable[str] | Mapping[str, str] | None): One for all
            photos, one for each in their order, or by a photo's path or file
            name; None where there is none.

    Returns:
        Iterable[tuple[Photo, str | None]]: With a length where the photos
        have one.

    Raises:
        ValueError: If there are not as many texts as photos, or a photo's is
            not among them.
    """
    if texts is None or isinstance(texts, str):
        return map_lazily(lambda photo: (photo, texts), photos)
    if isinstance(texts, Mapping):
        return map_lazily(lambda photo: (photo, _look_up(photo, texts)), photos)
    known = count(photos), count(texts)
    if None not in known and known[0] != known[1]:
        raise ValueError(f'{known[0]} photos and {known[1]} texts: give each its text')
    return _zip(photos, texts) if None in known else list(zip(photos, texts))


def _look_up(photo: Photo, texts: Mapping[str, Any]) -> str:
    for key in (photo.path, Path(photo.path).name):
        if key in texts:
            return str(texts[key])
    raise ValueError(
        f'no text for the photo {photo.path}: expected one under its path or its '
        f'file name among the {len(texts)} texts'
    )


def _zip(photos: Iterable[Photo], texts: Iterable[str]) -> Iterator[tuple[Photo, str]]:
    pairs = zip(photos, texts, strict=True)
    while True:
        try:
            yield next(pairs)
        except StopIteration:
            return
        except ValueError:
            raise ValueError(
                'there are not as many texts as photos: give each its text'
            ) from None
