"""An example export: a shop of MiniFashion's drawn products.

``example.csv`` beside this file is what :func:`example_csv` makes; the photos
that it names are drawn on demand.
"""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from tqdm import tqdm

from famevil_plugin.atomic_files import write_whole
from famevil_plugin.datasets.drawn_folder import draw_folder, draw_pictures
from famevil_plugin.datasets.mini_fashion.catalogue import Photo
from famevil_plugin.datasets.mini_fashion.copywriting import (
    write_description,
    write_title,
)
from famevil_plugin.datasets.mini_fashion.garments import Garment, sample_garment
from famevil_plugin.datasets.mini_fashion.kinds import KINDS
from famevil_plugin.datasets.mini_fashion.views import sample_view
from famevil_plugin.datasets.mini_fashion.writer import draw_photo

#: The export, as it ships.
EXAMPLE_CSV = Path(__file__).with_name('example.csv')

SUBCATEGORIES = ('T-SHIRTS', 'SWEATERS', 'MINI DRESSES', 'JEANS', 'SNEAKERS', 'TOTES')
PRODUCTS = 120
PHOTOS = 2
# with which the products and their views are drawn
SEED = 5
ATTRIBUTES = ('colour', 'pattern', 'length', 'sleeves')
MARKER = 'example_export.json'
VERSION = 1


class Item(NamedTuple):
    """A product of the example.

    Attributes:
        row (dict[str, str]): Of the export.
        photos (list[Photo]): To draw.
    """

    row: dict[str, str]
    photos: list[Photo]


def example_items() -> Iterator[Item]:
    """The products, the same every time."""
    for index in range(PRODUCTS):
        rng = np.random.default_rng([SEED, index])
        kind = KINDS[SUBCATEGORIES[index % len(SUBCATEGORIES)]]
        garment = sample_garment(kind, rng)
        sku = f'EX-{1001 + index}'
        photos = [
            Photo(f'photos/{sku}-{view + 1}.jpg', garment, sample_view(rng), kind.shape)
            for view in range(PHOTOS)
        ]
        yield Item(_make_row(sku, garment, photos, rng), photos)


def _make_row(
    sku: str, garment: Garment, photos: list[Photo], rng: np.random.Generator
) -> dict[str, str]:
    kind = KINDS[garment.kind]
    return dict(
        SKU=sku,
        Name=write_title(garment, kind.noun, rng),
        Description=write_description(garment, kind.noun, rng),
        Category=kind.category.capitalize(),
        Type=kind.subcategory.capitalize(),
        **{name.capitalize(): getattr(garment, name) for name in ATTRIBUTES},
        Photos=', '.join(photo.name for photo in photos),
    )


def example_csv() -> str:
    """The export's text."""
    rows = [item.row for item in example_items()]
    file = io.StringIO(newline='')
    writer = csv.DictWriter(file, list(rows[0]), lineterminator='\n')
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()


def draw_example(folder: Path, workers: int | None = None) -> Path:
    """Put the export and its photos into a folder, unless they are there.

    Args:
        folder (Path): Gets ``example.csv`` and ``photos/``.
        workers (int, optional): Processes that draw; by default one for each
            core, at most eight.

    Returns:
        Path: The export in the folder.

    Raises:
        ValueError: If the folder holds something else.
    """

    def write(root: Path, progress: tqdm) -> None:
        (root / 'photos').mkdir()
        write_whole(root / EXAMPLE_CSV.name, EXAMPLE_CSV.read_bytes())
        photos = [photo for item in example_items() for photo in item.photos]
        draw_pictures(root, photos, draw_photo, progress, workers)

    draw_folder(folder, 'the example export', MARKER, dict(version=VERSION), write)
    return folder / EXAMPLE_CSV.name
