"""A shop's triplets, which come in FashionIQ's layout already.

They name photos by their files, without the suffix.
"""

from collections.abc import Iterable, Mapping
from itertools import product as product_of
from pathlib import Path
from typing import Any, NamedTuple

from famevil_plugin.atomic_files import write_json
from famevil_plugin.datasets.annotations import find_garments

from .json_files import read_json
from .photo_writer import link
from .product import CatalogueError, Product
from .report import Report
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
    garments = find_garments(folder, SPLITS)
    parts = {part: Triplets([], []) for part in product_of(garments, SPLITS)}
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
            'cap.<garment>.train.json and cap.<garment>.val.json'
        )
    return parts


def garments_of(parts: Parts) -> list[str]:
    """List the garments, in their order."""
    return list(dict.fromkeys(garment for garment, _ in parts))


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


def sides_with_triplets(parts: Parts) -> set[str]:
    """The sides that have a triplet."""
    return {split for (_, split), part in parts.items() if part.captions}


def split_triplets(parts: Parts, sides: Mapping[str, str], report: Report) -> Parts:
    """Give triplets and galleries to the side of their photos.

    Args:
        parts (Parts): What the catalogue brings.
        sides (Mapping[str, str]): ``train`` or ``val`` by photo id; a photo
            that could not be read is not in it.
        report (Report): Gets the triplets that are dropped.
    """
    dealt = {part: Triplets([], []) for part in parts}
    for garment in garments_of(parts):
        named: list[str] = []
        for split in SPLITS:
            named += parts[garment, split].gallery
        for split in SPLITS:
            for triplet in parts[garment, split].captions:
                candidate, target = triplet['candidate'], triplet['target']
                lack = _lack(candidate, target, sides)
                if lack:
                    name = f'{garment}: {candidate} -> {target}'
                    report.leave_out('tgir', 'triplet', name, *lack)
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
            else:
                report.leave_out(
                    'tgir', 'photo', photo, 'in a gallery and in no product', garment
                )
    return dealt


def _lack(
    candidate: str, target: str, sides: Mapping[str, str]
) -> tuple[str, str] | None:
    """Why a triplet cannot be used: reason and detail."""
    missing = [photo for photo in (candidate, target) if photo not in sides]
    if missing:
        return 'a photo of no product that could be read', ', '.join(missing)
    if sides[candidate] != sides[target]:
        return 'its photos are on both sides of the split', ''
    return None


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
