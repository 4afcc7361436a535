"""Answers as rows, and rows as files: CSV, JSON lines or NPZ."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from famevil_plugin.atomic_files import write_whole

from .results import Classified, Described, Embeddings, Found

Row = dict[str, Any]
FORMATS = ('.csv', '.jsonl', '.npz')


def rows_of(answers: Iterable[Found | Classified | Described | Row]) -> Iterator[Row]:
    """Answers -> flat rows: of a search one a match, of classes one a class."""
    for answer in answers:
        if isinstance(answer, Found):
            query = dict(query_photo=answer.photo, query_text=answer.text)
            query = {name: value for name, value in query.items() if value is not None}
            for rank, match in enumerate(answer.matches, 1):
                yield query | dict(rank=rank, **match._asdict())
            if answer.error:
                yield query | dict(error=answer.error)
        elif isinstance(answer, Classified):
            about = dict(path=answer.path, text=answer.text)
            for rank, label in enumerate(answer.labels, 1):
                yield about | dict(rank=rank, **label._asdict())
            if answer.error:
                yield about | dict(error=answer.error)
        elif isinstance(answer, Described):
            yield {k: v for k, v in answer._asdict().items() if v is not None}
        else:
            yield answer


def print_rows(rows: Sequence[Row]) -> None:
    """Print rows as JSON lines."""
    for row in rows:
        print(_line(row))


def write_rows(path: Path, rows: Sequence[Row]) -> None:
    """Write rows by the file's ending, whole or not at all.

    Args:
        path (Path): ``.csv``, where fields that are no plain values are JSON,
            ``.jsonl``, or ``.npz`` with an array a column.
        rows (Sequence[Row]): What to write.

    Raises:
        ValueError: If the file has another ending.
    """
    check_format(path)
    columns = list(dict.fromkeys(name for row in rows for name in row))
    if path.suffix == '.jsonl':
        write_whole(path, ''.join(f'{_line(row)}\n' for row in rows).encode('utf-8'))
    elif path.suffix == '.csv':
        text = io.StringIO(newline='')
        writer = csv.DictWriter(text, columns)
        writer.writeheader()
        writer.writerows({k: _cell(v) for k, v in row.items()} for row in rows)
        # the mark at the start tells spreadsheets that this is UTF-8
        write_whole(path, text.getvalue().encode('utf-8-sig'))
    else:
        write_arrays(path, {c: _column([row.get(c) for row in rows]) for c in columns})


def write_embeddings(path: Path, found: Embeddings) -> None:
    """Write vectors as NPZ: the arrays that there are, ``paths`` of the
    photos, and ``unreadable``, the paths of those without a vector."""
    check_format(path, ['.npz'])
    parts = dict(photos=found.photos, texts=found.texts, pairs=found.pairs)
    arrays = {name: rows for name, rows in parts.items() if rows is not None}
    arrays['paths'] = np.array(found.paths, dtype=str)
    arrays['unreadable'] = np.array([one.path for one in found.unreadable], dtype=str)
    write_arrays(path, arrays)


def write_arrays(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """Write an NPZ of plain arrays."""
    content = io.BytesIO()
    save: Any = np.savez  # typed so that a name may be its option's
    save(content, **arrays)
    write_whole(path, content.getvalue())


def check_format(path: Path, formats: Sequence[str] = FORMATS) -> None:
    """Refuse a file of which the ending says none of some formats.

    Raises:
        ValueError: If it does not.
    """
    if path.suffix not in formats:
        raise ValueError(
            f'expected a file that ends in {", ".join(formats)}, got {path}'
        )


def _line(row: Row) -> str:
    return json.dumps(row, default=_to_list, ensure_ascii=False)


def _cell(value: Any) -> Any:
    plain = value is None or isinstance(value, (str, int, float))
    return value if plain else json.dumps(value, default=_to_list)


def _column(values: list[Any]) -> np.ndarray:
    if all(isinstance(value, (int, float, np.ndarray)) for value in values):
        return np.array(values)
    return np.array([str(_cell('' if value is None else value)) for value in values])


def _to_list(value: Any) -> Any:
    return value.tolist() if isinstance(value, (np.ndarray, np.generic)) else str(value)
