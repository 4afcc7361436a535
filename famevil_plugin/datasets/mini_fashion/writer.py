"""Writes MiniFashion to disk, in the layouts of FashionGen and FashionIQ.

The folder appears whole or not at all: it is drawn beside its place under a
lock, and moved there when its last file is written.
"""
import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Callable

import numpy as np
from filelock import FileLock

from .copywriting import write_description, write_title
from .drawing import draw_garment
from .galleries import WARDROBES, sample_gallery, sample_queries
from .garments import (ATTRIBUTES, CATEGORIES, KINDS, SUBCATEGORIES, Garment,
                       sample_garment)
from .relative_captions import write_captions
from .views import View, sample_view, sample_views

VERSION = 1
MARKER = 'mini_fashion.json'
SPLITS = ('train', 'val')
JPEG_QUALITY = 90
FIRST_PRODUCT_ID = {'train': 100_000, 'val': 900_000}

#: Photos that one task of a worker draws.
CHUNK = 64

#: A photo to draw: where it goes, what it shows, how.
Photo = tuple[str, Garment, View, str]


@dataclass(frozen=True)
class MiniFashionSizes:
    """How much is drawn.

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
    train_photos: int = 800
    val_photos: int = 240
    train_queries: int = 1400
    val_queries: int = 240


def draw_mini_fashion(
        data_root: str | Path,
        seed: int = 0,
        workers: int | None = None,
        sizes: MiniFashionSizes = MiniFashionSizes()) -> Path:
    """Draw the embedded data set, unless it is there already.

    Args:
        data_root (str | Path): The folder that shall hold it.
        seed (int): Another seed draws other products.
        workers (int | None): Processes that draw; by default one for each
            core, at most eight. The result does not depend on it.
        sizes (MiniFashionSizes): How much is drawn.

    Returns:
        Path: ``data_root``, complete.

    Raises:
        ValueError: If the folder holds something else.

    Example:
        >>> import tempfile
        >>> sizes = MiniFashionSizes(4, 2, 16, 16, 4, 4)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     root = draw_mini_fashion(f'{folder}/mini', sizes=sizes,
        ...                              workers=1)
        ...     sorted(path.name for path in root.iterdir())
        ['FashionGen', 'FashionIQ', 'mini_fashion.json']
    """
    root = Path(data_root)
    expected = {'version': VERSION, 'seed': seed, 'sizes': asdict(sizes)}
    if is_complete(root, expected):
        return root
    root.parent.mkdir(parents=True, exist_ok=True)
    prefix = f'.{root.name}.drawing-'
    with FileLock(root.parent / f'.{root.name}.lock'):
        for stale in root.parent.glob(f'{prefix}*'):
            # Whoever drew it is dead: the living hold the lock.
            shutil.rmtree(stale, ignore_errors=True)
        if is_complete(root, expected):
            return root
        draft = Path(tempfile.mkdtemp(prefix=prefix, dir=root.parent))
        try:
            draft.chmod(0o755)
            _write_all(draft, seed, sizes, workers)
            _write_json(draft / MARKER, expected)
            if root.exists():
                root.rmdir()  # is_complete has seen that it is empty
            draft.replace(root)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    return root


def is_complete(root: Path, expected: dict[str, Any]) -> bool:
    """Whether a folder holds just the data set that is expected.

    Raises:
        ValueError: If it holds another one, or something else.
    """
    if not root.exists():
        return False
    remedy = 'give another folder, or delete this one to have it drawn anew'
    if not root.is_dir():
        raise ValueError(f'{root}: expected a folder for MiniFashion, got '
                         f'a file; {remedy}')
    marker = root / MARKER
    if marker.exists():
        found = json.loads(marker.read_text())
        if found == expected:
            return True
        raise ValueError(f'{root}: expected MiniFashion {expected}, got '
                         f'{found}; {remedy}')
    names = sorted(path.name for path in root.iterdir())
    if names:
        raise ValueError(
            f'{root}: expected MiniFashion or an empty folder, got other '
            f'files ({", ".join(names[:3])}, ...) and no {MARKER}; {remedy}')
    return False


def _write_all(root: Path, seed: int, sizes: MiniFashionSizes,
               workers: int | None) -> None:
    for folder in ('FashionGen/images', 'FashionIQ/images',
                   'FashionIQ/captions', 'FashionIQ/image_splits'):
        (root / folder).mkdir(parents=True)
    photos = [*_write_fashion_gen(root / 'FashionGen', seed, sizes),
              *_write_fashion_iq(root / 'FashionIQ', seed, sizes)]
    chunks = [photos[i:i + CHUNK] for i in range(0, len(photos), CHUNK)]
    with _mapping(workers) as mapping:
        for _ in mapping(_draw_chunk, [str(root)] * len(chunks), chunks):
            pass


@contextmanager
def _mapping(workers: int | None
             ) -> Iterator[Callable[..., Iterable[None]]]:
    """Python's ``map``, or that of a pool of processes."""
    if workers is not None and workers <= 1:
        yield map
        return
    # Spawned, not forked: the caller may have threads, as torch does.
    with ProcessPoolExecutor(workers, get_context('spawn')) as pool:
        yield pool.map


def _draw_chunk(root: str, photos: list[Photo]) -> None:
    """What a worker does."""
    for name, garment, view, shape in photos:
        draw_garment(garment, view, shape).save(
            Path(root, name), quality=JPEG_QUALITY, subsampling=0)


def _generator(*key: int | str) -> np.random.Generator:
    """A source of chance of its own for every product."""
    digest = hashlib.sha256(repr(key).encode()).digest()
    return np.random.default_rng(list(digest))


def _write_json(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, indent=1) + '\n')


# -- FashionGen ---------------------------------------------------------------
def attribute_ids(garment: Garment) -> list[int]:
    """Numbers of a garment's words in the list of all words."""
    return sorted(ATTRIBUTE_IDS[name, getattr(garment, name)]
                  for name in ATTRIBUTES[1:] if getattr(garment, name))


def _all_words() -> list[tuple[str, str]]:
    from .garments import COLOURS
    words = {(name, value) for kind in KINDS.values()
             for name, values in kind.options.items() for value in values}
    words |= {(name, colour) for name in ('colour', 'second')
              for colour in COLOURS}
    words |= {('pattern', 'solid'), ('neck', 'sweetheart')}
    return sorted(word for word in words if word[1])


ATTRIBUTE_IDS = {word: number for number, word in enumerate(_all_words())}


def _write_fashion_gen(root: Path, seed: int,
                       sizes: MiniFashionSizes) -> list[Photo]:
    """Write products and their texts; return the photos to draw."""
    photos: list[Photo] = []
    for split in SPLITS:
        products = []
        for index in range(getattr(sizes, f'{split}_products')):
            rng = _generator(seed, 'FashionGen', split, index)
            kind = KINDS[SUBCATEGORIES[index % len(SUBCATEGORIES)]]
            garment = sample_garment(kind, rng)
            number = FIRST_PRODUCT_ID[split] + index
            views = sample_views(rng)
            names = [f'images/{number}_{i}.jpg' for i in range(len(views))]
            photos += [(f'FashionGen/{name}', garment, view, kind.shape)
                       for name, view in zip(names, views)]
            products.append({
                'images': names,
                'id': number,
                'title': write_title(garment, rng),
                'description': write_description(garment, rng),
                'attributes_id': attribute_ids(garment),
                'category_id': CATEGORIES.index(kind.category),
                'subcategory_id': SUBCATEGORIES.index(kind.subcategory),
            })
        _write_json(root / f'{split}_info.json', products)
    _write_json(root / 'categories.json', CATEGORIES)
    _write_json(root / 'subcategories.json', SUBCATEGORIES)
    return photos


# -- FashionIQ ----------------------------------------------------------------
def photo_id(seed: int, garment: str, split: str, index: int) -> str:
    """An identifier of ten characters, as Amazon gives them."""
    letters = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'
    digest = hashlib.sha256(repr((seed, garment, split,
                                  index)).encode()).digest()
    number = int.from_bytes(digest[:8], 'big')
    return 'B0' + ''.join(letters[number // 36**i % 36] for i in range(8))


def _write_fashion_iq(root: Path, seed: int,
                      sizes: MiniFashionSizes) -> list[Photo]:
    """Write galleries and queries; return the photos to draw."""
    photos: list[Photo] = []
    for name, kind in WARDROBES.items():
        for split in SPLITS:
            rng = _generator(seed, 'FashionIQ', name, split)
            gallery, lines = sample_gallery(
                kind, getattr(sizes, f'{split}_photos'), rng)
            queries = sample_queries(
                gallery, lines, getattr(sizes, f'{split}_queries'), rng)
            names = [photo_id(seed, name, split, i)
                     for i in range(len(gallery))]
            triplets = [{
                'candidate': names[query.candidate],
                'target': names[query.target],
                'captions': list(write_captions(
                    gallery[query.candidate], gallery[query.target],
                    rng).captions),
            } for query in queries]
            photos += [(f'FashionIQ/images/{identity}.jpg', garment,
                        sample_view(rng), kind.shape)
                       for identity, garment in zip(names, gallery)]
            # The gallery's order must not tell its lines.
            _write_json(root / f'captions/cap.{name}.{split}.json', triplets)
            _write_json(root / f'image_splits/split.{name}.{split}.json',
                        sorted(names))
    return photos
