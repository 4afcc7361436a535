"""Columns of a manifest, by the field that they hold."""

import difflib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from .product import CatalogueError

# field -> columns, and where they are looked for by default
Columns = dict[str, tuple[str, ...]]
DEFAULTS: Columns = dict(
    id=('id',),
    images=('images',),
    title=('title',),
    description=('description', 'description_long'),
    label=('subcategory_norm', 'subcategory', 'label'),
    category=('category',),
    group=('group',),
    number=('product_id',),
)
# of several columns all count (images), or the first that says a word of
# the product; of the other fields' columns just one is read
PER_PRODUCT = ('images', 'title', 'description')


def parse_columns(arguments: Sequence[str]) -> Columns:
    """Read a mapping from the command line.

    Args:
        arguments (Sequence[str]): ``FIELD=COLUMN`` or
            ``FIELD=COLUMN,COLUMN``; or paths of JSON files that hold an
            object {field: column or list of columns}.

    Returns:
        Columns: Of the fields that are named.

    Raises:
        CatalogueError: If an argument cannot be read.
    """
    named: Columns = {}
    for argument in arguments:
        if '=' in argument:
            field, _, columns = argument.partition('=')
            named |= _check({field: columns.split(',')}, f'--columns {field}')
        else:
            named |= _check(_read_mapping(Path(argument)), argument)
    return named


def _read_mapping(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding='utf-8-sig'))
    except (OSError, ValueError, RecursionError) as error:
        raise CatalogueError(
            f'--columns {path}: expected FIELD=COLUMN, or a JSON file with '
            f'an object {{field: column or columns}}: {error}'
        ) from None


def _check(mapping: Any, where: str) -> Columns:
    if not isinstance(mapping, dict):
        raise CatalogueError(
            f'{where} must hold an object {{field: column '
            f'or columns}}, got a {type(mapping).__name__}'
        )
    checked: Columns = {}
    for field, columns in mapping.items():
        if field not in DEFAULTS:
            raise CatalogueError(
                f'{where}: unknown field {field!r}; expected '
                f'one of {", ".join(DEFAULTS)}'
            )
        columns = [columns] if isinstance(columns, str) else columns
        if (
            not isinstance(columns, list)
            or not columns
            or not all(isinstance(column, str) and column for column in columns)
        ):
            raise CatalogueError(
                f'{where}: {field!r} must name a column or several, got {columns!r}'
            )
        checked[field] = tuple(columns)
    return checked


def choose_columns(
    named: Columns, rows: Iterable[Mapping[str, Any]], where: str
) -> Columns:
    """The columns to read of these rows.

    Args:
        named (Columns): What the user says; a column of it must exist.
        rows (Iterable[Mapping]): The products as the manifest has them.
        where (str): Opens the error.

    Raises:
        CatalogueError: If a column that must exist does not.
    """
    known: dict[str, bool] = {}
    for row in rows:
        for column, value in row.items():
            known[column] = known.get(column, False) or bool(value)
    required = dict(id=DEFAULTS['id'], images=DEFAULTS['images']) | named
    for field, columns in required.items():
        for column in columns:
            if column in known:
                continue
            close = difflib.get_close_matches(column, known, n=3)
            raise CatalogueError(
                f'{where} has no column {column!r} for {field}; it has '
                f'{", ".join(map(repr, close or list(known)[:12]))}. Say '
                f'which with --columns {field}=COLUMN'
            )
    chosen = DEFAULTS | named
    return {
        field: columns
        if field in PER_PRODUCT
        else tuple([column for column in columns if known.get(column)][:1])
        for field, columns in chosen.items()
    }
