"""Columns of an export, by the field that they hold.

Known by default are the names that Shopify, WooCommerce, Magento and Google's
product feeds use; any other is named by the user. Names are compared without
case, and blanks, hyphens and underscores are one.
"""

import difflib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from .product import CatalogueError

# field -> the columns to read
Columns = dict[str, tuple[str, ...]]

#: Field -> the columns where it is looked for, in order.
KNOWN: Columns = dict(
    id=(
        'id', 'handle', 'url handle', 'sku', 'product id', 'product code', 'code',
        'article', 'article number', 'item id', 'item number', 'reference',
        'variant sku', 'gtin', 'ean',
    ),
    images=(
        'images', 'image src', 'product image url', 'base image', 'image link',
        'photos', 'pictures', 'image', 'photo', 'picture', 'image url', 'image path',
        'image file', 'filename', 'file name',
    ),
    title=(
        'title', 'name', 'product name', 'product title', 'product display name',
        'item name',
    ),
    description=(
        'description', 'description long', 'body (html)', 'body html', 'body',
        'long description', 'product description', 'short description', 'details',
    ),
    label=(
        'subcategory_norm', 'subcategory', 'sub category', 'subcategory name', 'label',
        'product type', 'article type', 'type', 'categories', 'product category',
        'google product category', 'category', 'class',
    ),
    category=('category', 'product category', 'department'),
    group=(
        'group', 'group id', 'item group id', 'parent', 'parent id', 'parent sku',
        'style code', 'style id',
    ),
    number=('product_id',),
    attributes=(
        'attributes', 'additional attributes', 'colour', 'color', 'colour name',
        'base colour', 'pattern', 'material', 'fabric', 'length', 'sleeve',
        'sleeves', 'sleeve length', 'neck', 'neckline', 'collar', 'fit', 'closure',
        'heel', 'heel height', 'gender', 'season', 'usage', 'occasion',
    ),
)  # fmt: skip
# read beside the column of the main photo
MORE_IMAGES = ('additional images', 'additional image link', 'more images')
_NUMBERED_IMAGE = re.compile(r'(?:image|photo|picture)(?: (?:url|src|file))? ?(\d+)')
# Shopify's and WooCommerce's: a column with a name, one with the value
_PAIRED = re.compile(r'(?:option(\d+) name|attribute (\d+) name)')
# of several columns all count (photos, attributes), or the first that says a
# word of the product; of the other fields' columns just one is read
PER_PRODUCT = ('images', 'title', 'description', 'attributes')
# what WooCommerce and Magento write below a type: no kinds of products
ROW_KINDS = {
    'simple', 'variable', 'variation', 'grouped', 'external', 'configurable',
    'bundle', 'virtual', 'downloadable', 'simple, virtual', 'simple, downloadable',
}  # fmt: skip


def normalise(name: str) -> str:
    """A column's name as names are compared."""
    return re.sub(r'[\s_-]+', ' ', name).strip().casefold()


_KNOWN_NAMES = {field: {*map(normalise, names)} for field, names in KNOWN.items()}


def is_known(name: str, field: str | None = None) -> bool:
    """Whether a field, or that one, is looked for in a column of this name."""
    name = normalise(name)
    return any(name in _KNOWN_NAMES[one] for one in ([field] if field else KNOWN))


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
        if field not in KNOWN:
            raise CatalogueError(
                f'{where}: unknown field {field!r}; expected one of {", ".join(KNOWN)}'
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
    named: Columns, rows: Sequence[Mapping[str, Any]], where: str
) -> Columns:
    """The columns to read of these rows.

    Args:
        named (Columns): What the user says; a column of it must exist.
        rows (Sequence[Mapping]): The rows as the export has them.
        where (str): Opens the error.

    Returns:
        Columns: Of every field, by the names that the rows have; none where
        a field has no column.

    Raises:
        CatalogueError: If a column that must exist does not.
    """
    filled: dict[str, bool] = {}
    for row in rows:
        for column, value in row.items():
            filled[column] = filled.get(column, False) or bool(value)
    there = {normalise(column): column for column in reversed(filled)}
    chosen = {
        field: tuple(_find(column, field, filled, there, where) for column in columns)
        for field, columns in named.items()
    }
    for field, names in KNOWN.items():
        if field in chosen:
            continue
        found = list(
            dict.fromkeys(there[n] for n in map(normalise, names) if n in there)
        )
        # an empty column counts where there is no other
        found.sort(key=lambda column: not filled[column])
        if field == 'images':
            found = _choose_images(found, there)
        if field == 'label':
            found = [column for column in found if not _tells_row_kinds(column, rows)]
        if field == 'attributes':
            found += _paired_columns(there)
        if field not in PER_PRODUCT:
            found = [column for column in found[:1] if filled[column] or field == 'id']
        chosen[field] = tuple(found)
    for field in ('id', 'images'):
        if not chosen[field]:
            raise CatalogueError(_describe_lack(field, filled, where))
    return chosen


def _find(
    column: str,
    field: str,
    filled: Mapping[str, bool],
    there: Mapping[str, str],
    where: str,
) -> str:
    found = column if column in filled else there.get(normalise(column))
    if found is None:
        raise CatalogueError(
            f'{where} has no column {column!r} for {field}; it has '
            f'{_list_names(filled, [column])}. Say which with --columns {field}=COLUMN'
        )
    return found


def _choose_images(found: Sequence[str], there: Mapping[str, str]) -> list[str]:
    """The first of the known columns, and those with further photos."""
    main = found[:1]
    numbered = {
        int(match[1]): column
        for name, column in there.items()
        if (match := _NUMBERED_IMAGE.fullmatch(name))
    }
    more = [there[name] for name in MORE_IMAGES if name in there]
    return [*main, *more, *(column for _, column in sorted(numbered.items()))]


def _tells_row_kinds(column: str, rows: Iterable[Mapping[str, Any]]) -> bool:
    texts = {str(row.get(column) or '').strip().casefold() for row in rows} - {''}
    return bool(texts) and texts <= ROW_KINDS


def _paired_columns(there: Mapping[str, str]) -> list[str]:
    return [there[name] for name in there if _PAIRED.fullmatch(name)]


def value_column(name_column: str) -> str | None:
    """Normalised name of the column with the value, if this one has a name."""
    match = _PAIRED.fullmatch(normalise(name_column))
    if not match:
        return None
    return f'option{match[1]} value' if match[1] else f'attribute {match[2]} value(s)'


def _describe_lack(field: str, filled: Mapping[str, bool], where: str) -> str:
    looked = ', '.join(KNOWN[field][:6])
    return (
        f'{where} has no column for {field}: looked for {looked} and others; it has '
        f'{_list_names(filled, KNOWN[field])}. Say which with --columns {field}=COLUMN'
    )


def _list_names(filled: Iterable[str], wanted: Iterable[str]) -> str:
    """The columns that are there, and which are closest to the wanted."""
    names = list(filled)
    by_name = {normalise(name): name for name in names}
    close = [
        by_name[name]
        for one in wanted
        for name in difflib.get_close_matches(normalise(one), by_name, n=3)
    ]
    listed = ', '.join(repr(name[:40]) for name in names[:30])
    closest = ', '.join(repr(name[:40]) for name in dict.fromkeys(close))
    beyond = f' and {len(names) - 30} more' if len(names) > 30 else ''
    return f'{listed or "none"}{beyond}' + (f'; closest: {closest}' if close else '')
