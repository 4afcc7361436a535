"""Photos: which are there, what becomes of the others, what is in them."""

import io
import logging
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from reprlib import repr as shorten

from mmengine.logging import print_log
from PIL import Image

POLICIES = ('error', 'skip')
# of two photos of one id the first counts
SUFFIXES = ('.jpg', '.jpeg', '.png')


def find_by_path(root: Path, paths: Iterable[str]) -> dict[str, str]:
    """Full paths of the photos that are there, by their relative path."""
    return {
        path: str(root / path)
        for path in dict.fromkeys(paths)
        if os.path.isfile(root / path)
    }


def find_by_id(folder: Path) -> dict[str, str]:
    """Paths of a folder's photos, by their name without the suffix.

    Raises:
        FileNotFoundError: If there is no such folder.
    """
    if not folder.is_dir():
        raise FileNotFoundError(
            f'no photos at {folder}: expected a folder with <id>.jpg, '
            '<id>.jpeg or <id>.png'
        )
    found: dict[str, dict[str, str]] = {suffix: {} for suffix in SUFFIXES}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in found:
            found[path.suffix.lower()][path.stem] = str(path)
    return found['.png'] | found['.jpeg'] | found['.jpg']


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
    said = f'{len(absent)} of {total} photos are missing in {folder}: {names}.'
    if missing == 'error':
        raise FileNotFoundError(
            f'{said} Bring them there, or have what needs them left out of '
            "training and evaluation by missing='skip' (on the command line "
            '--cfg-options missing=skip)'
        )
    print_log(
        f'{said} What needs them is left out', logger='current', level=logging.WARNING
    )


def decode_photo(content: bytes) -> Image.Image:
    """Decode a photo fully, to RGB.

    Raises:
        ValueError: If it cannot be decoded, with Pillow's reason.
    """
    try:
        with Image.open(io.BytesIO(content)) as photo:
            return photo.convert('RGB')
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        # all the ways in which Pillow says that it cannot
        raise ValueError(str(error)) from error
