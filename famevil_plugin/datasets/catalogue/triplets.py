"""A shop's triplets, which come in FashionIQ's layout already.

They name photos by their files, without the suffix.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import product as product_of
from pathlib import Path
from typing import Any, NamedTuple

from famevil_plugin.datasets.fashion_iq import GARMENTS

from .json_files import read_json, write_json
from .photos import link
from .product import CatalogueError, Product
from .split import SPLITS


class Triplets(NamedTuple):
    """A garment's triplets, and the ids of the photos in its gallery."""

    captions: list[dict[str, Any]]
    gallery: list[str]


# by garment and split
Parts = dict[tuple[str, str], Triplets]


def read_triplets(folder: Path) -> Parts:
    """Read ``captions/`` and ``image_splits/``.

    Raises:
        CatalogueError: If a file is not as it must be.
    """
    parts = {part: Triplets([], []) for part in product_of(GARMENTS, SPLITS)}
    for (garment, split), part in parts.items():
        captions = folder / f'captions/cap.{garment}.{split}.json'
        gallery = folder / f'image_splits/split.{garment}.{split}.json'
        if captions.exists() or gallery.exists():
            part.captions.extend(read_json(captions, list, 'a list of triplets'))
            part.gallery.extend(read_json(gallery, list, 'a list of photo ids'))
            _check(part, captions, gallery)
    if not any(part.captions for part in parts.values()):
        raise CatalogueError(
            f'{folder} holds no triplets: expected captions/'
            'cap.dress.train.json and such'
        )
    return parts


def _check(part: Triplets, captions: Path, gallery: Path) -> None:
    for position, triplet in enumerate(part.captions):
        if (
            not isinstance(triplet, dict)
            or not all(
                isinstance(triplet.get(key), str) for key in ('candidate', 'target')
            )
            or not _are_texts(triplet.get('captions'))
        ):
            raise CatalogueError(
                f'{captions}, triplet {position}: expected an object with '
                'the texts candidate and target and the list of texts '
                f'captions, got {repr(triplet)[:80]}'
            )
    if not _are_texts(part.gallery):
        raise CatalogueError(f'{gallery} must hold a list of photo ids')


def _are_texts(values: Any) -> bool:
    return isinstance(values, list) and all(isinstance(value, str) for value in values)


def photo_groups(products: Iterable[Product]) -> dict[str, str]:
    """The group of each photo, by the name of its file.

    Raises:
        CatalogueError: If triplets could mean two photos by one name.
    """
    groups: dict[str, str] = {}
    for product in products:
        for photo in product.photos:
            if photo.stem in groups:
                raise CatalogueError(
                    f'two photos are named {photo.stem!r}, one is {photo}; '
                    'triplets name photos by their file, so rename one'
                )
            groups[photo.stem] = product.group
    return groups


def sides_of_triplets(parts: Parts, groups: dict[str, str]) -> dict[str, str]:
    """The side of each group that triplets name; validation wins."""
    sides: dict[str, str] = {}
    for (_, split), part in parts.items():
        for triplet in part.captions:
            for photo in (triplet['candidate'], triplet['target']):
                group = groups.get(photo)
                if group and sides.get(group) != 'val':
                    sides[group] = split
    return sides


def split_triplets(
    parts: Parts, sides: Mapping[str, str], left_out: Counter[str]
) -> Parts:
    """Give triplets and galleries to the side of their photos.

    Args:
        parts (Parts): What the catalogue brings.
        sides (Mapping[str, str]): ``train`` or ``val`` by photo id; a photo
            that could not be read is not in it.
        left_out (Counter[str]): Where dropped triplets are counted.
    """
    dealt = {part: Triplets([], []) for part in parts}
    for garment in GARMENTS:
        named: list[str] = []
        for split in SPLITS:
            named += parts[garment, split].gallery
        for split in SPLITS:
            for triplet in parts[garment, split].captions:
                candidate, target = triplet['candidate'], triplet['target']
                if candidate not in sides or target not in sides:
                    left_out['tgir: triplets with a photo missing'] += 1
                elif sides[candidate] != sides[target]:
                    left_out['tgir: triplets across the split'] += 1
                else:
                    named += (candidate, target)
                    dealt[garment, sides[target]].captions.append(
                        dict(
                            candidate=candidate,
                            target=target,
                            captions=triplet['captions'],
                        )
                    )
        for photo in dict.fromkeys(named):
            if photo in sides:
                dealt[garment, sides[photo]].gallery.append(photo)
    return dealt


def write_fashion_iq(
    folder: Path, parts: Parts, photos: Mapping[str, Path], symbolic: bool
) -> None:
    """Write FashionIQ's layout; its photos are links to FashionGen's."""
    (folder / 'images').mkdir(parents=True)
    for (garment, split), (captions, gallery) in parts.items():
        write_json(folder / f'captions/cap.{garment}.{split}.json', captions)
        write_json(folder / f'image_splits/split.{garment}.{split}.json', gallery)
    for photo in {p for _, gallery in parts.values() for p in gallery}:
        path = photos[photo]
        link(path, folder / f'images/{photo}{path.suffix}', symbolic)
