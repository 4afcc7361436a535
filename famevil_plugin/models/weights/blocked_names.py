"""Names of code that a file would run if it were unpickled."""

import pickletools
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

# what plain weights, TorchScript and MMEngine's log are built from
_HARMLESS = (
    'torch',
    '__torch__',
    'numpy',
    'collections',
    'mmengine.logging',
    '_codecs.encode',
    *(
        f'{builtins}.{name}'
        for builtins in ('builtins', '__builtin__')
        for name in ('getattr', 'set', 'complex', 'bytearray')
    ),
)
# a file is looked through no further
_MOST = 1_000_000


def blocked_names(path: Path) -> list[str]:
    """Name the functions and classes that a file's pickles ask for.

    Nothing is unpickled. It serves messages: the reader that refuses a file
    does not always say what it refused.

    Args:
        path (Path): Any file.

    Returns:
        list[str]: As ``posix.system``; what belongs to weights is left out.
    """
    names: dict[str, None] = {}
    for pickled in _pickles(path):
        try:
            for name in _names(pickled):
                names[name] = None
        except Exception:
            continue  # no more pickles, or a damaged one
    return [
        name
        for name in names
        if not any(name == own or name.startswith(f'{own}.') for own in _HARMLESS)
    ]


def _pickles(path: Path) -> Iterator[IO[bytes]]:
    if not zipfile.is_zipfile(path):
        with path.open('rb') as file:
            yield file
        return
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.namelist():
                if member.endswith('.pkl'):
                    with archive.open(member) as file:
                        yield file
    except zipfile.BadZipFile:
        return


def _names(file: IO[bytes]) -> Iterator[str]:
    """Names in one pickle after the other, as PyTorch's old files have them."""
    texts: list[str] = []
    seen = 0
    while seen < _MOST:
        for operation, argument, _ in pickletools.genops(file):
            seen += 1
            if operation.name in ('GLOBAL', 'INST'):
                yield str(argument).replace(' ', '.')
            elif operation.name == 'STACK_GLOBAL':
                yield '.'.join(texts[-2:])
            elif isinstance(argument, str):
                texts.append(argument)
