"""Files of photos: which are there, and what becomes of missing ones."""

import logging
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from reprlib import repr as shorten

from mmengine.logging import print_log

from famevil_plugin.photos import SUFFIXES

POLICIES = ('error', 'skip')


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
