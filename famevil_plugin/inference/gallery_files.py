"""A gallery's folder, which holds an old gallery or a new one, never a half.

``gallery.json`` says what the gallery is and names the other files, whose
names are new each time. It is replaced last and in one go; the files that it
named before go afterwards.
"""

import json
import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from famevil_plugin.atomic_files import write_json

from .gallery_items import GalleryItem
from .item_lines import ItemLines, write_line

MAIN = 'gallery.json'
_KIND = 'famevil_plugin gallery'
_OWN = ('items-*.jsonl', 'vectors-*.npy', 'index-*.faiss')


class Stored(NamedTuple):
    """The content of a gallery's folder.

    Attributes:
        fingerprint (str): Of the model that made the vectors.
        search (str): How it is searched.
        items (Sequence[GalleryItem]): The photos.
        vectors (Mapping[str, np.ndarray]): By task ``(N, E)``, float32.
        indices (Mapping[str, Path]): By task the file of an index, if any.
    """

    fingerprint: str
    search: str
    items: Sequence[GalleryItem]
    vectors: Mapping[str, np.ndarray]
    indices: Mapping[str, Path]


def write_gallery(
    folder: Path, stored: Stored, indices: Mapping[str, Callable[[Path], None]]
) -> None:
    """Write a folder, or replace a gallery in it.

    Args:
        folder (Path): New, empty, or a gallery's.
        stored (Stored): What to write.
        indices (Mapping[str, Callable]): By task what writes its index.

    Raises:
        ValueError: If the folder holds something else.
    """
    check_target(folder)
    folder.mkdir(parents=True, exist_ok=True)
    mark = secrets.token_hex(4)
    items = f'items-{mark}.jsonl'
    vectors = {task: f'vectors-{task}-{mark}.npy' for task in stored.vectors}
    own_indices = {task: f'index-{task}-{mark}.faiss' for task in indices}
    lines = map(write_line, map(_absolute, stored.items))
    _write(folder / items, lambda file: file.writelines(lines))
    for task, name in vectors.items():
        save = partial(np.save, arr=stored.vectors[task], allow_pickle=False)
        _write(folder / name, save)
    for task, name in own_indices.items():
        indices[task](folder / name)
    files = dict(items=items, vectors=vectors, indices=own_indices)
    content = dict(
        kind=_KIND,
        version=1,
        fingerprint=stored.fingerprint,
        search=stored.search,
        count=len(stored.items),
        files=files,
    )
    write_json(folder / MAIN, content)
    named = {items, *vectors.values(), *own_indices.values()}
    for path in [path for pattern in _OWN for path in folder.glob(pattern)]:
        if path.name not in named:
            path.unlink(missing_ok=True)


def check_target(folder: Path) -> None:
    """Refuse a folder that a gallery must not be written into.

    Raises:
        ValueError: If it holds something else.
    """
    if not folder.exists() or (folder / MAIN).exists():
        return
    held = list(folder.iterdir()) if folder.is_dir() else [folder]
    # a killed save leaves files of its own
    own = ('.*', *_OWN)
    foreign = sorted(p.name for p in held if not any(map(p.match, own)))
    if foreign:
        raise ValueError(
            f'{folder} is no gallery and not empty, it holds '
            f'{", ".join(foreign[:3])}: give a new folder'
        )


def read_gallery(folder: Path) -> Stored:
    """Read a folder; the vectors stay in their files until they are used.

    Raises:
        FileNotFoundError: If there is no gallery.
        ValueError: If it is spoiled.
    """
    main = folder / MAIN
    if not main.is_file():
        raise FileNotFoundError(
            f'no gallery in {folder}: expected a folder with {MAIN}, as '
            '`Gallery.save` or `tools/infer.py index` writes it'
        )
    try:
        content = json.loads(main.read_text('utf-8'))
        if (content['kind'], content['version']) != (_KIND, 1):
            raise ValueError(f'{MAIN} is of another kind or version')
        files = content['files']
        items = ItemLines(folder / Path(files['items']).name)
        vectors = {
            task: np.load(folder / Path(name).name, mmap_mode='r', allow_pickle=False)
            for task, name in files['vectors'].items()
        }
        counts = {len(items), *(len(rows) for rows in vectors.values())}
        if counts != {content['count']}:
            raise ValueError(
                f'files of {sorted(counts)}, not {content["count"]} photos'
            )
        indices = {
            task: folder / Path(name).name for task, name in files['indices'].items()
        }
        return Stored(
            content['fingerprint'], content['search'], items, vectors, indices
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(
            f'the gallery in {folder} is spoiled ({error}): build it again from its '
            'photos'
        ) from error


def _write(path: Path, write: Callable[[BinaryIO], Any]) -> None:
    """Write a file to the disk, or leave none."""
    try:
        with path.open('wb') as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _absolute(item: GalleryItem) -> GalleryItem:
    """The item with a path that holds from any folder."""
    if item.path.startswith('#'):
        return item
    return item._replace(path=os.path.abspath(item.path))
