"""JSON files of a catalogue: read with care, written in plain ASCII."""

import json
from pathlib import Path
from typing import Any

from .product import CatalogueError


def read_json(path: Path, kind: type, what: str) -> Any:
    """Read a file that must hold a ``kind``; ``what`` says it in words."""
    if not path.is_file():
        raise CatalogueError(f'no file {path}: expected {what}')
    try:
        content = json.loads(path.read_text(encoding='utf-8-sig'))
    except (OSError, ValueError, RecursionError) as error:
        raise CatalogueError(f'{path} is no valid JSON: {error}') from None
    if not isinstance(content, kind):
        raise CatalogueError(f'{path} must hold {what}, got a {type(content).__name__}')
    return content


def write_json(path: Path, content: Any) -> None:
    """Write a file that is readable under any locale."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1) + '\n', encoding='ascii')
