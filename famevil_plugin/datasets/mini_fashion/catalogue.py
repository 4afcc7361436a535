"""The catalogue: which products exist, in FashionGen's and FashionIQ's files.

Texts are written here; the photos are listed, for :mod:`writer` to draw.
"""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from famevil_plugin.atomic_files import write_json

from .copywriting import choose_noun, write_description, write_title
from .galleries import WARDROBES, sample_gallery, sample_queries
from .garments import ATTRIBUTES, COLOURS, Garment, sample_garment
from .kinds import CATEGORIES, KINDS, SUBCATEGORIES, Kind
from .relative_captions import write_captions
from .views import View, sample_view, sample_views

SPLITS = ('train', 'val')
FIRST_PRODUCT_ID = {'train': 100_000, 'val': 900_000}

Look = tuple[str, ...]


class Photo(NamedTuple):
    """A photo to draw.

    Attributes:
        name (str): Its file, relative to the data set's folder.
        garment (Garment): What it shows.
        view (View): How.
        shape (str): The garment's family of outlines.
    """

    name: str
    garment: Garment
    view: View
    shape: str


@dataclass(frozen=True)
class MiniFashionSizes:
    """Sizes of the drawn data set.

    By default ten training products for three training triplets, as in
    FashionGen and FashionIQ.

    Attributes:
        train_products (int): FashionGen's training products.
        val_products (int): FashionGen's validation products.
        train_photos (int): FashionIQ's training photos of each garment.
        val_photos (int): FashionIQ's validation photos of each garment.
        train_queries (int): FashionIQ's training triplets of each garment.
        val_queries (int): FashionIQ's validation triplets of each garment.
    """

    train_products: int = 2400
    val_products: int = 480
    train_photos: int = 400
    val_photos: int = 240
    train_queries: int = 240
    val_queries: int = 240


def _generator(*key: int | str) -> np.random.Generator:
    """A source of chance of its own for every product."""
    digest = hashlib.sha256(repr(key).encode()).digest()
    return np.random.default_rng(list(digest))


def attribute_ids(garment: Garment) -> list[int]:
    """Numbers of a garment's words in the list of all words."""
    return sorted(
        ATTRIBUTE_IDS[name, getattr(garment, name)]
        for name in ATTRIBUTES[1:]
        if getattr(garment, name)
    )


def _all_words() -> list[tuple[str, str]]:
    words = {
        (name, value)
        for kind in KINDS.values()
        for name, values in kind.options.items()
        for value in values
    }
    words |= {(name, colour) for name in ('colour', 'second') for colour in COLOURS}
    words |= {('pattern', 'solid'), ('neck', 'sweetheart')}
    return sorted(word for word in words if word[1])


ATTRIBUTE_IDS = {word: number for number, word in enumerate(_all_words())}
ATTRIBUTES_BY_ID = {number: word for word, number in ATTRIBUTE_IDS.items()}


def look(garment: Garment, kind: Kind) -> Look:
    """All that tells a garment from others, whatever it is sold as."""
    return (kind.shape, *(getattr(garment, name) for name in ATTRIBUTES[1:]))


def sample_product(
    seed: int, split: str, index: int, excluded: Collection[Look] = ()
) -> tuple[Garment, np.random.Generator]:
    """Draw a product of FashionGen's side.

    Args:
        seed (int): The data set's.
        split (str): ``train`` or ``val``.
        index (int): The product's place in the split.
        excluded (Collection): Looks that it shall not have.

    Returns:
        tuple: The garment, and the source of chance for its photos and texts.
    """
    rng = _generator(seed, 'FashionGen', split, index)
    kind = KINDS[SUBCATEGORIES[index % len(SUBCATEGORIES)]]
    garment = sample_garment(kind, rng)
    while look(garment, kind) in excluded:
        garment = sample_garment(kind, rng)
    return garment, rng


def validation_looks(seed: int, sizes: MiniFashionSizes) -> set[Look]:
    """Return the looks of all garments in a MiniFashion's validation."""
    looks = set()
    for index in range(sizes.val_products):
        garment, _ = sample_product(seed, 'val', index)
        looks.add(look(garment, KINDS[garment.kind]))
    for name, kind in WARDROBES.items():
        rng = _generator(seed, 'FashionIQ', name, 'val')
        gallery, _ = sample_gallery(kind, sizes.val_photos, rng)
        looks.update(look(garment, kind) for garment in gallery)
    return looks


def write_fashion_gen(
    root: Path, seed: int, sizes: MiniFashionSizes, excluded: Collection[Look] = ()
) -> list[Photo]:
    """Write products and their texts; return the photos to draw."""
    photos: list[Photo] = []
    for split in SPLITS:
        products = []
        for index in range(getattr(sizes, f'{split}_products')):
            garment, rng = sample_product(seed, split, index, excluded)
            kind = KINDS[garment.kind]
            number = FIRST_PRODUCT_ID[split] + index
            views = sample_views(rng)
            noun = choose_noun(garment, rng)
            names = [f'images/{number}_{i}.jpg' for i in range(len(views))]
            photos += [
                Photo(f'FashionGen/{name}', garment, view, kind.shape)
                for name, view in zip(names, views)
            ]
            products.append(
                {
                    'images': names,
                    'id': number,
                    'title': write_title(garment, noun, rng),
                    'description': write_description(garment, noun, rng),
                    'attributes_id': attribute_ids(garment),
                    'category_id': CATEGORIES.index(kind.category),
                    'subcategory_id': SUBCATEGORIES.index(kind.subcategory),
                }
            )
        write_json(root / f'{split}_info.json', products)
    write_json(root / 'categories.json', CATEGORIES)
    write_json(root / 'subcategories.json', SUBCATEGORIES)
    return photos


def photo_id(seed: int, garment: str, split: str, index: int) -> str:
    """An identifier of ten characters, as Amazon gives them."""
    letters = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'
    digest = hashlib.sha256(repr((seed, garment, split, index)).encode()).digest()
    number = int.from_bytes(digest[:8], 'big')
    return 'B0' + ''.join(letters[number // 36**i % 36] for i in range(8))


def write_fashion_iq(
    root: Path, seed: int, sizes: MiniFashionSizes, excluded: Collection[Look] = ()
) -> list[Photo]:
    """Write galleries and queries; return the photos to draw."""
    photos: list[Photo] = []
    for name, kind in WARDROBES.items():

        def fits(garment: Garment, kind: Kind = kind) -> bool:
            return look(garment, kind) not in excluded

        for split in SPLITS:
            rng = _generator(seed, 'FashionIQ', name, split)
            gallery, lines = sample_gallery(
                kind, getattr(sizes, f'{split}_photos'), rng, fits
            )
            queries = sample_queries(
                gallery, lines, getattr(sizes, f'{split}_queries'), rng
            )
            names = [photo_id(seed, name, split, i) for i in range(len(gallery))]
            triplets = [
                {
                    'candidate': names[query.candidate],
                    'target': names[query.target],
                    'captions': list(
                        write_captions(
                            gallery[query.candidate], gallery[query.target], rng
                        ).captions
                    ),
                }
                for query in queries
            ]
            photos += [
                Photo(
                    f'FashionIQ/images/{identity}.jpg',
                    garment,
                    sample_view(rng),
                    kind.shape,
                )
                for identity, garment in zip(names, gallery)
            ]
            write_json(root / f'captions/cap.{name}.{split}.json', triplets)
            write_json(
                root / f'image_splits/split.{name}.{split}.json', sorted(names)
            )  # their order tells no line
    return photos
