"""Writes MiniFashion to disk, in the layouts of FashionGen and FashionIQ.

The folder appears whole or not at all: it is drawn beside its place under a
lock, and moved there when its last file is written.
"""
import json
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from filelock import FileLock

from .catalogue import (MiniFashionSizes, Photo, write_fashion_gen,
                        write_fashion_iq, write_json)
from .drawing import draw_garment

VERSION = 1
MARKER = 'mini_fashion.json'
JPEG_QUALITY = 90
FULL_SIZES = MiniFashionSizes()

#: Photos that one task of a worker draws.
CHUNK = 64


def draw_mini_fashion(
        data_root: str | Path,
        seed: int = 0,
        workers: int | None = None,
        sizes: MiniFashionSizes = FULL_SIZES) -> Path:
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
            write_json(draft / MARKER, expected)
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
    photos = [*write_fashion_gen(root / 'FashionGen', seed, sizes),
              *write_fashion_iq(root / 'FashionIQ', seed, sizes)]
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
