"""FashionGen's two HDF5 files, converted to the layout that FashionGen reads.

The pixels are read a few rows at a time, so memory does not grow with the
files. A conversion that was cut off goes on where it stopped: photos appear
whole or not at all, and the lists of products behind the last photo, so a
folder that has them is complete.
"""

import json
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image
from tqdm import tqdm

from famevil_plugin.atomic_files import write_json
from famevil_plugin.datasets.drawn_folder import differing

# FashionGen stores at most 400 characters of a description.
MAX_DESCRIPTION = 400
# Pixels of so many bytes are in memory at a time.
SLICE_BYTES = 2**25
ROWS_OF_TEXT = 4096
TEXTS = dict(
    title='input_name',
    description='input_description',
    category='input_category',
    subcategory='input_subcategory',
)


class ConversionError(ValueError):
    """The files or the command line are not as they must be."""


class Split(NamedTuple):
    """One of the two files, its pixels still on disk.

    Attributes:
        name (str): ``train`` or ``val``.
        pixels (h5py.Dataset): ``(rows, height, width, 3)``, uint8, RGB.
        products (dict[int, dict]): By id: the texts of its first row, and
            ``images``, the paths of its photos.
        paths (list[str]): Path of each row's photo.
        changed (int): Rows whose texts are not those of their product's
            first row.
    """

    name: str
    pixels: Any
    products: dict[int, dict[str, Any]]
    paths: list[str]
    changed: int


# ---------------------------------------------------------------- reading


def open_source(path: Path) -> Any:
    """Open an HDF5 file."""
    try:
        import h5py
    except ImportError:
        raise ConversionError(
            'reading FashionGen needs h5py: pip install h5py'
        ) from None
    if not path.is_file():
        raise ConversionError(f'no file {path}')
    try:
        return h5py.File(path, 'r')
    except OSError as error:
        raise ConversionError(
            f'{path} is no whole HDF5 file: {error}. Is the download complete?'
        ) from None


def find_field(source: Any, path: Path, name: str) -> Any:
    """A data set of the file."""
    if name not in source or not hasattr(source[name], 'dtype'):
        raise ConversionError(
            f'{path} lacks the data set {name!r}: it holds '
            f'{", ".join(sorted(source)) or "nothing"}. Expected the official '
            'fashiongen_256_256_*.h5'
        )
    return source[name]


def find_pixels(source: Any, path: Path) -> Any:
    """The file's photos, and the check that they are photos."""
    pixels = find_field(source, path, 'input_image')
    if pixels.dtype != np.uint8 or pixels.ndim != 4 or pixels.shape[3] != 3:
        raise ConversionError(
            f"{path}: 'input_image' must be uint8 of (rows, height, width, "
            f'3), got {pixels.dtype} of {pixels.shape}'
        )
    return pixels


def read_column(source: Any, path: Path, name: str, rows: int) -> Iterator[Any]:
    """The value of each row, decoded if it is a text."""
    column = find_field(source, path, name)
    if column.shape not in ((rows,), (rows, 1)):
        raise ConversionError(
            f'{path}: {name!r} must have a value for each of the {rows} rows '
            f"of 'input_image', got {column.shape}"
        )
    whole = name == 'input_productID'
    if column.dtype.kind not in ('iu' if whole else 'S'):
        raise ConversionError(
            f'{path}: {name!r} must hold '
            f'{"integers" if whole else "bytes of fixed width"}, '
            f'got {column.dtype}'
        )
    for begin in range(0, rows, ROWS_OF_TEXT):
        for value in column[begin : begin + ROWS_OF_TEXT].ravel().tolist():
            yield value if whole else value.decode('latin-1')


def read_split(source: Any, path: Path, name: str) -> Split:
    """Read all but the pixels."""
    pixels = find_pixels(source, path)
    rows = len(pixels)
    columns = [
        read_column(source, path, field, rows)
        for field in ('input_productID', *TEXTS.values())
    ]
    split = Split(name, pixels, {}, [], 0)
    changed = 0
    for number, *values in zip(*columns):
        texts = dict(zip(TEXTS, map(str.strip, values)))
        texts['description'] = texts['description'][:MAX_DESCRIPTION]
        product = split.products.setdefault(number, texts | dict(images=[]))
        changed += any(product[key] != text for key, text in texts.items())
        view = len(product['images'])
        product['images'].append(f'images/{name}/{number}_{view}.jpg')
        split.paths.append(product['images'][-1])
    return split._replace(changed=changed)


# ---------------------------------------------------------------- writing


def write_photo(path: Path, pixels: np.ndarray, quality: int) -> None:
    """Write a photo, ``(height, width, 3)``, that appears whole."""
    beside = path.with_name(f'.{path.name}.part')
    Image.fromarray(pixels).save(beside, 'JPEG', quality=quality)
    beside.replace(path)


def write_photos(split: Split, root: Path, quality: int, jobs: int) -> None:
    """Write the photos that are not there yet, a slice of rows at a time."""
    folder = root / 'images' / split.name
    folder.mkdir(parents=True, exist_ok=True)
    for half in folder.glob('.*.part'):
        half.unlink()
    there = {f'images/{split.name}/{name}' for name in os.listdir(folder)}
    step = max(1, SLICE_BYTES // max(1, split.pixels[:1].nbytes))
    done = sum(path in there for path in split.paths)
    with (
        ThreadPoolExecutor(jobs) as pool,
        tqdm(
            total=len(split.paths), initial=done, unit=' photos', desc=split.name
        ) as bar,
    ):
        for begin in range(0, len(split.paths), step):
            paths = split.paths[begin : begin + step]
            lacking = [n for n, path in enumerate(paths) if path not in there]
            if not lacking:
                continue
            pixels = split.pixels[begin : begin + step]
            for _ in pool.map(
                write_photo,
                [root / paths[n] for n in lacking],
                [pixels[n] for n in lacking],
                repeat(quality),
            ):
                bar.update()


def write_products(
    split: Split, root: Path, categories: Sequence[str], subcategories: Sequence[str]
) -> None:
    """Write the list of products."""
    category_ids = {name: n for n, name in enumerate(categories)}
    subcategory_ids = {name: n for n, name in enumerate(subcategories)}
    write_json(
        root / f'{split.name}_info.json',
        [
            dict(
                images=product['images'],
                id=number,
                title=product['title'],
                description=product['description'],
                attributes_id=[],
                category_id=category_ids.get(product['category']),
                subcategory_id=subcategory_ids.get(product['subcategory']),
            )
            for number, product in split.products.items()
        ],
    )


def list_names(splits: Sequence[Split], label: str) -> list[str]:
    """The names of a label in all files, sorted."""
    return sorted(
        {product[label] for split in splits for product in split.products.values()}
        - {''}
    )


def begin_conversion(root: Path, identity: dict[str, Any]) -> None:
    """Note what is converted, or check that it goes on with the same.

    Raises:
        ConversionError: If the folder holds something else.
    """
    marker = root / 'conversion.json'
    if not marker.exists():
        if root.exists() and any(root.glob('[!.]*')):
            raise ConversionError(
                f'{root} holds something that this tool did not write: choose '
                'another folder'
            )
        write_json(marker, identity)
        return
    begun = json.loads(marker.read_text(encoding='ascii'))
    if begun != identity:
        raise ConversionError(
            f'{root} was begun otherwise ({differing(begun, identity)}): choose '
            'another folder, or remove this one'
        )


def convert(
    train: Path, val: Path, root: Path, quality: int = 95, jobs: int = 2
) -> str:
    """Convert both files.

    Args:
        train (Path): FashionGen's training file.
        val (Path): FashionGen's validation file.
        root (Path): The folder ``FashionGen`` to make or to go on with.
        quality (int): JPEG's.
        jobs (int): Threads that compress.

    Returns:
        str: What was converted.
    """
    if train.exists() and val.exists() and train.samefile(val):
        raise ConversionError(f'{train} is given for training and for validation')
    with open_source(train) as first, open_source(val) as second:
        splits = [read_split(first, train, 'train'), read_split(second, val, 'val')]
        begin_conversion(
            root,
            dict(
                quality=quality,
                **{
                    split.name: dict(
                        file=path.name, bytes=path.stat().st_size, rows=len(split.paths)
                    )
                    for split, path in zip(splits, (train, val))
                },
            ),
        )
        for split in splits:
            write_photos(split, root, quality, jobs)
    names = {label: list_names(splits, label) for label in ('category', 'subcategory')}
    write_json(root / 'categories.json', names['category'])
    write_json(root / 'subcategories.json', names['subcategory'])
    for split in splits:
        write_products(split, root, names['category'], names['subcategory'])
    return tabulate(splits, len(names['subcategory']))


def tabulate(splits: Sequence[Split], subcategories: int) -> str:
    """Report the converted data and its oddities."""
    lines = [f'{"":<16}{"photos":>10}{"products":>10}{"sub-categories":>16}']
    labels = {}
    for split in splits:
        labels[split.name] = {
            product['subcategory'] for product in split.products.values()
        } - {''}
        lines.append(
            f'{split.name:<16}{len(split.paths):>10}'
            f'{len(split.products):>10}{len(labels[split.name]):>16}'
        )
    lines.append(
        f'{subcategories} sub-categories in all, '
        f'{len(labels["val"] - labels["train"])} of them in val '
        'alone'
    )
    lines += [
        f'{split.name}: {split.changed} rows differ in their texts from their '
        "product's first row, which counts"
        for split in splits
        if split.changed
    ]
    return '\n'.join(lines)
