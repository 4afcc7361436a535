"""Folders of drawn pictures, which appear whole or not at all.

A folder is drawn beside its place under a lock, and moved there when its
last file is written. A marker in it tells what was drawn.
"""

import json
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import current_process, get_context
from pathlib import Path
from typing import Any

from filelock import FileLock
from tqdm import tqdm

from famevil_plugin.atomic_files import write_json
from famevil_plugin.cores import usable_cores

#: Pictures that one task of a worker draws.
CHUNK = 64


def draw_folder(
    root: Path,
    title: str,
    marker: str,
    expected: dict[str, Any],
    write: Callable[[Path, tqdm], None],
) -> Path:
    """Draw a data set, unless it is there already.

    Args:
        root (Path): The folder that shall hold it.
        title (str): The data set's name in messages.
        marker (str): The file that tells what a folder holds.
        expected (dict): What it shall tell.
        write (Callable): Fills an empty folder, and counts the pictures on
            the progress bar that it is given.

    Returns:
        Path: ``root``, complete.

    Raises:
        ValueError: If the folder holds something else.
        RuntimeError: If a worker comes here, as it imports a script that draws
            outside ``if __name__ == '__main__':``.
    """

    def is_complete() -> bool:
        return _is_complete(root, title, marker, expected)

    if is_complete():
        return root
    if getattr(current_process(), '_inheriting', False):
        # the parent holds the lock, and waits for this worker
        raise RuntimeError(
            f'{title} is drawn by several processes, each of which imports the '
            'script that asked for it: put what it does under '
            "if __name__ == '__main__':"
        )
    root.parent.mkdir(parents=True, exist_ok=True)
    prefix = f'.{root.name}.drawing-'
    with FileLock(root.parent / f'.{root.name}.lock'):
        for stale in root.parent.glob(f'{prefix}*'):
            # Left by a killed process: one that still draws holds the lock.
            shutil.rmtree(stale, ignore_errors=True)
        if is_complete():
            return root
        draft = Path(tempfile.mkdtemp(prefix=prefix, dir=root.parent))
        try:
            draft.chmod(0o755)
            with tqdm(desc=f'drawing {title}', unit=' pictures') as progress:
                write(draft, progress)
            write_json(draft / marker, expected)
            if root.exists():
                root.rmdir()  # is_complete has seen that it is empty
            draft.replace(root)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    return root


def _is_complete(root: Path, title: str, marker: str, expected: dict[str, Any]) -> bool:
    if not root.exists():
        return False
    remedy = 'give another folder, or delete this one to have it drawn anew'
    if not root.is_dir():
        raise ValueError(f'{root}: expected a folder for {title}, got a file; {remedy}')
    if (root / marker).exists():
        found = json.loads((root / marker).read_text())
        if found == expected:
            return True
        raise ValueError(
            f'{root}: expected {title}, got another one '
            f'({differing(expected, found)}); {remedy}'
        )
    names = sorted(path.name for path in root.iterdir())
    if names:
        raise ValueError(
            f'{root}: expected {title} or an empty folder, got other '
            f'files ({", ".join(names[:3])}, ...) and no {marker}; {remedy}'
        )
    return False


def differing(expected: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    """Where two descriptions differ, in words."""
    return '; '.join(
        f'{name}: expected {expected.get(name)}, got {found.get(name)}'
        for name in dict.fromkeys([*expected, *found])
        if expected.get(name) != found.get(name)
    )


def draw_pictures(
    root: Path,
    pictures: Sequence[Any],
    draw: Callable[[Path, Any], None],
    progress: tqdm,
    workers: int | None,
) -> None:
    """Draw pictures side by side.

    Args:
        root (Path): The data set's folder.
        pictures (Sequence): What to draw.
        draw (Callable): Draws one of them into the folder; a function of a
            module, for workers to find.
        progress (tqdm): Counts them.
        workers (int | None): Processes; by default one for each core, at
            most eight.
    """
    progress.reset(total=len(pictures))
    chunks = [pictures[i : i + CHUNK] for i in range(0, len(pictures), CHUNK)]
    tasks = ([root] * len(chunks), chunks, [draw] * len(chunks))
    if workers is not None and workers <= 1:
        for drawn in map(_draw_chunk, *tasks):
            progress.update(drawn)
        return
    # Spawned, not forked: the caller may have threads, as torch does.
    workers = workers or min(8, usable_cores())
    with ProcessPoolExecutor(workers, get_context('spawn')) as pool:
        for drawn in pool.map(_draw_chunk, *tasks):
            progress.update(drawn)


def _draw_chunk(
    root: Path, pictures: Sequence[Any], draw: Callable[[Path, Any], None]
) -> int:
    """Draw in a worker; return how many."""
    for picture in pictures:
        draw(root, picture)
    return len(pictures)
