"""Files that say something of photos: CSV, TSV or JSON lines."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_COLUMNS = ('path', 'text')


def read_texts(path: Path) -> dict[str, str]:
    """The text of each photo.

    Args:
        path (Path): ``.csv``, ``.tsv`` or ``.jsonl``, with the columns
            ``path`` (or a file's name) and ``text``, such as ``describe``
            writes.

    Returns:
        dict[str, str]: By path.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is another kind of file, or lacks a column.
    """
    if not path.is_file():
        raise FileNotFoundError(f'no texts at {path}: expected a .csv or .jsonl file')
    try:
        rows = list(_read_rows(path))
    except (UnicodeDecodeError, ValueError, csv.Error) as error:
        raise ValueError(f'{path} cannot be read as texts: {error}') from None
    for row in rows:
        lacking = [c for c in _COLUMNS if not isinstance(row.get(c), str)]
        if lacking:
            raise ValueError(
                f'{path}: every row must have a path and a text, got one with '
                f'{", ".join(map(str, row))}'
            )
    return {row['path']: row['text'] for row in rows}


def _read_rows(path: Path) -> Iterator[dict[str, Any]]:
    text = path.read_text('utf-8-sig')
    if path.suffix == '.jsonl':
        for line in text.splitlines():
            if line.strip():
                row = json.loads(line)
                if not isinstance(row, dict):
                    raise ValueError(f'expected an object a line, got {line[:60]!r}')
                yield row
    elif path.suffix in ('.csv', '.tsv'):
        delimiter = '\t' if path.suffix == '.tsv' else ','
        yield from csv.DictReader(text.splitlines(), delimiter=delimiter)
    else:
        raise ValueError('expected a file that ends in .csv, .tsv or .jsonl')
