"""Files of photos: which are there, and what becomes of missing ones."""

import functools
import logging
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from multiprocessing.pool import ThreadPool
from pathlib import Path
from reprlib import repr as shorten

from mmengine.logging import print_log

from famevil_plugin.cores import usable_cores
from famevil_plugin.photos import SUFFIXES, UnreadablePhoto, open_photo

POLICIES = ('error', 'skip')
# reading waits for the disk, decoding does not hold Python's lock
_THREADS = min(8, usable_cores())


def find_by_path(root: Path, paths: Iterable[str]) -> dict[str, str]:
    """Find the photos that are there.

    Returns:
        dict[str, str]: Full paths, by the relative ones.
    """
    return {
        path: str(root / path)
        for path in dict.fromkeys(paths)
        if os.path.isfile(root / path)
    }


def find_by_id(folder: Path) -> dict[str, list[str]]:
    """Find the photos of a folder and of the folders in it.

    Returns:
        dict[str, list[str]]: Paths, by the photo's name without suffix. Of
        several the first counts: those nearest to ``folder``, in the order
        of ``SUFFIXES``.

    Raises:
        FileNotFoundError: If there is no such folder.
    """
    if not folder.is_dir():
        raise FileNotFoundError(
            f'no photos at {folder}: expected a folder with <id>.jpg, or '
            f'<id> with another of {", ".join(SUFFIXES)}'
        )
    found: dict[str, list[tuple[int, int, str]]] = {}
    for place, _, names in os.walk(folder, followlinks=True):
        depth = place.count(os.sep)
        for name in names:
            stem, suffix = os.path.splitext(name)
            if suffix.lower() in SUFFIXES:
                rank = SUFFIXES.index(suffix.lower())
                found.setdefault(stem, []).append(
                    (depth, rank, os.path.join(place, name))
                )
    return {stem: [path for *_, path in sorted(some)] for stem, some in found.items()}


def check_policy(missing: str) -> str:
    """Return ``missing`` if it says what to do, else say what it can."""
    if missing not in POLICIES:
        raise ValueError(
            f'unknown missing={missing!r}: expected one of {", ".join(POLICIES)}'
        )
    return missing


def handle_missing(
    absent: Sequence[str], total: int, folder: Path, missing: str
) -> None:
    """Refuse missing photos, or say how many are left out.

    Args:
        absent (Sequence[str]): Names of those that are missing.
        total (int): How many are asked for.
        folder (Path): Where they should be.
        missing (str): ``error`` or ``skip``.

    Raises:
        FileNotFoundError: If some are missing and ``missing`` is ``error``.
    """
    if not absent:
        return
    names = ', '.join(map(shorten, absent[:5])) + ', ...' * (len(absent) > 5)
    message = f'{len(absent)} of {total} photos are missing in {folder}: {names}.'
    if missing == 'error':
        raise FileNotFoundError(
            f'{message} Bring them there, or have what needs them left out of '
            "training and evaluation by missing='skip' (on the command line "
            '--cfg-options missing=skip)'
        )
    print_log(
        f'{message} What needs them is left out',
        logger='current',
        level=logging.WARNING,
    )


def find_unreadable(
    paths: Iterable[str], seconds: float | None = None
) -> dict[str, str]:
    """Decode photos, and name those for which that fails.

    Args:
        paths (Iterable[str]): The photos.
        seconds (float, optional): The time after which it stops. Defaults to
            none.

    Returns:
        dict[str, str]: Why, by path.
    """
    end = time.monotonic() + (float('inf') if seconds is None else seconds)
    bad = {}
    with ThreadPool(_THREADS) as pool:
        for path, fault in pool.imap(_inspect, paths, 4):
            if fault:
                bad[path] = fault
            if time.monotonic() > end:
                break
    return bad


def leave_out_unreadable(photos: Mapping[str, str], folder: Path) -> dict[str, str]:
    """The photos that can be decoded, for an evaluation that skips others.

    An evaluation counts what it scores, so it must know before it begins.

    Args:
        photos (Mapping[str, str]): Full paths by name.
        folder (Path): Where they are.
    """
    bad = find_unreadable(photos.values())
    if bad:
        print_log(
            f'{len(bad)} of {len(photos)} photos are not readable in {folder}: '
            f'{"; ".join(list(bad.values())[:5])}{"; ..." * (len(bad) > 5)}. What '
            'needs them is left out of the evaluation',
            logger='current',
            level=logging.WARNING,
        )
    return {name: path for name, path in photos.items() if path not in bad}


def count_lost(absent: Sequence[str], unreadable: int) -> dict[str, int]:
    """The counts of photos in ``metainfo['missing']``."""
    photos = dict(photos=len(absent) + unreadable)
    return photos | dict(unreadable=unreadable) if unreadable else photos


def _inspect(path: str) -> tuple[str, str]:
    modified = os.stat(path).st_mtime_ns if os.path.exists(path) else 0
    return path, _fault_of(path, modified)


# several tasks have the same photos
@functools.lru_cache(maxsize=2**17)
def _fault_of(path: str, modified: int) -> str:
    try:
        open_photo(path)
    except UnreadablePhoto as error:
        return str(error)
    return ''
