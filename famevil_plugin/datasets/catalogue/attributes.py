"""Attributes that an export has of a product: colour, pattern, length, ..."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .columns import normalise, value_column
from .names import NOTHING
from .texts import clean_text

# longer ones are texts
MAX_VALUE = 40
# what a shopper does not see in a photo
UNSEEN = {'size', 'sizes', 'title', 'sku', 'ean', 'gtin', 'price', 'vendor', 'brand'}
SPELLINGS = {
    'color': 'colour', 'colour name': 'colour', 'base colour': 'colour',
    'fabric': 'material', 'sleeve': 'sleeves', 'sleeve length': 'sleeves',
    'neck': 'neckline', 'heel height': 'heel',
}  # fmt: skip


def read_attributes(
    row: Mapping[str, Any], columns: Sequence[str]
) -> tuple[tuple[str, str], ...]:
    """The attributes of a row, each with one short value.

    Args:
        row (Mapping): As the export has it.
        columns (Sequence[str]): A column is an attribute; or holds an
            object or a text ``name=value,...`` of several; or holds the name
            of one whose value is in a column beside it.
    """
    found: dict[str, str] = {}
    by_name = {normalise(column): column for column in row}
    for column in columns:
        value = row.get(column)
        beside = value_column(column)
        if beside is not None:
            pairs: Iterator[tuple[Any, Any]] = iter(
                [(value, row.get(by_name.get(beside, '')))]
            )
        elif isinstance(value, Mapping):
            pairs = iter(value.items())
        elif isinstance(value, str) and '=' in value:
            pairs = (tuple(p.split('=', 1)) for p in value.split(',') if '=' in p)  # type: ignore[misc]
        else:
            pairs = iter([(column, value)])
        for name, text in pairs:
            _add(found, name, text)
    return tuple(found.items())


def _add(found: dict[str, str], name: Any, value: Any) -> None:
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not isinstance(name, str) or not isinstance(value, str):
        return
    name, value = normalise(clean_text(name)), clean_text(value)
    # of several values none can be asked for
    several = re.search(r'[,;|]', value)
    if not value or several or len(value) > MAX_VALUE or name in UNSEEN:
        return
    if name and value.casefold() not in NOTHING:
        found.setdefault(SPELLINGS.get(name, name), value)
