"""Reads a manifest: CSV, JSON or JSON lines -> products."""

import csv
import io
import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from .columns import Columns, choose_columns
from .product import CatalogueError, Product
from .texts import MAX_DESCRIPTION, clean_text

# a product as the manifest has it, and where that is
Row = tuple[str, dict[str, Any]]

# between the photos of a cell
SEPARATORS = r'[|;\n]'
# characters of a cell: a long page of HTML, not a file gone wrong
MAX_CELL = 10_000_000


def read_manifest(
    path: Path,
    columns: Columns | None = None,
    images_root: Path | None = None,
    encoding: str = 'utf-8-sig',
    separator: str | None = None,
) -> list[Product]:
    """Read and check the products of a manifest.

    Args:
        path (Path): ``.csv`` or ``.tsv``, ``.json`` (a list of objects) or
            ``.jsonl`` (an object a line).
        columns (Columns, optional): Of fields whose columns are not called
            as they are by default.
        images_root (Path, optional): Where the photos' paths begin, and
            what none may leave. Defaults to the manifest's folder.
        encoding (str): Of the file. Defaults to UTF-8.
        separator (str, optional): Between photos in one cell. Defaults to
            ``|``, ``;`` and line ends.

    Raises:
        CatalogueError: If the file cannot be read or a product is not as it
            must be; names file, place and field.
    """
    rows = list(_read_rows(path, encoding))
    if not rows:
        raise CatalogueError(f'{path} holds no products')
    chosen = choose_columns(columns or {}, (row for _, row in rows), str(path))
    root = Path(os.path.abspath(images_root or path.parent))
    splitting = re.escape(separator) if separator else SEPARATORS
    products = [
        _make_product(row, chosen, root, splitting, f'{path}, {where}')
        for where, row in rows
    ]
    for name, count in Counter(product.id for product in products).items():
        if count > 1:
            raise CatalogueError(
                f'{path}: id {name!r} is given to {count} products; make the ids unique'
            )
    return products


# --------------------------------------------------------------- the file


def _read_rows(path: Path, encoding: str) -> Iterator[Row]:
    readers: dict[str, Callable[[str, Path], Iterator[Row]]] = {
        '.csv': _read_csv,
        '.tsv': _read_csv,
        '.json': _read_json,
        '.jsonl': _read_lines,
        '.ndjson': _read_lines,
    }
    if not path.is_file():
        beside = ', '.join(sorted(p.name for p in path.parent.glob('*'))[:6])
        raise CatalogueError(
            f'no file {path}: expected a manifest; its '
            f'folder holds {beside or "nothing"}'
        )
    if path.suffix.lower() not in readers:
        raise CatalogueError(
            f'{path}: expected a manifest that ends in {", ".join(readers)}'
        )
    try:
        text = path.read_bytes().decode(encoding)
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b'\n') + 1
        raise CatalogueError(
            f'{path}, line {line}: byte {error.object[error.start]:#04x} is '
            f'not {encoding.removesuffix("-sig")}; say what it is, for '
            'example --encoding cp1252 for a file that Excel wrote'
        ) from None
    except (LookupError, UnicodeError):
        raise CatalogueError(
            f'--encoding {encoding}: there is no such encoding; try utf-8 or cp1252'
        ) from None
    yield from readers[path.suffix.lower()](text, path)


def _read_csv(text: str, path: Path) -> Iterator[Row]:
    """A row a product; the delimiter is the commonest in the header."""
    header = text.lstrip().partition('\n')[0]
    delimiter = max(',;\t|', key=header.count)
    csv.field_size_limit(MAX_CELL)
    lines = csv.reader(io.StringIO(text, newline=''), delimiter=delimiter)
    names: list[str] | None = None
    try:
        for cells in lines:
            where = f'line {lines.line_num}'
            if not any(cells):
                continue
            if names is None:
                names = [cell.strip() for cell in cells]
                twice = [n for n, count in Counter(names).items() if count > 1]
                if twice:
                    raise CatalogueError(
                        f'{path}, {where}: the column {twice[0]!r} is there twice'
                    )
                continue
            if len(cells) != len(names):
                raise CatalogueError(
                    f'{path}, {where}: {len(cells)} cells, expected '
                    f'{len(names)} as in the header (delimiter '
                    f'{delimiter!r}); put texts with a delimiter in quotes'
                )
            yield where, dict(zip(names, cells))
    except csv.Error as error:
        raise CatalogueError(
            f'{path}, line {lines.line_num}: no valid CSV: {error}'
        ) from None


def _read_json(text: str, path: Path) -> Iterator[Row]:
    products = _parse(text, str(path))
    if not isinstance(products, list):
        raise CatalogueError(
            f'{path} must hold a list of products, got a {type(products).__name__}'
        )
    for position, product in enumerate(products):
        yield _check_row(f'product {position}', product, path)


def _read_lines(text: str, path: Path) -> Iterator[Row]:
    for number, line in enumerate(text.split('\n'), 1):
        if line.strip():
            where = f'line {number}'
            yield _check_row(where, _parse(line, f'{path}, {where}'), path)


def _parse(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CatalogueError(f'{where} is no valid JSON: {error}') from None


def _check_row(where: str, product: Any, path: Path) -> Row:
    if not isinstance(product, dict):
        raise CatalogueError(
            f'{path}, {where} must be an object, got {_brief(product)}'
        )
    return where, product


# --------------------------------------------------------------- a product


def _make_product(
    row: dict[str, Any], columns: Columns, root: Path, splitting: str, where: str
) -> Product:

    def name_of(field: str) -> str | None:
        """The content of the field's one column, or None."""
        for column in columns[field]:
            return clean_text(_read_text(row, column, where)) or None
        return None

    def text_of(field: str, limit: int | None = None) -> str:
        """The first of the field's columns that says a word."""
        texts = (_read_text(row, column, where) for column in columns[field])
        clean = (clean_text(text, limit) for text in texts)
        return next((text for text in clean if text), '')

    number, own = name_of('number') or '', name_of('id')
    if own is None:
        raise CatalogueError(
            f'{where}: there is no id; every product needs one of its own'
        )
    return Product(
        id=own,
        photos=tuple(
            _locate(photo, root, where)
            for column in columns['images']
            for photo in _list_photos(row, column, splitting, where)
        ),
        title=text_of('title'),
        description=text_of('description', MAX_DESCRIPTION),
        label=name_of('label'),
        category=name_of('category'),
        group=name_of('group') or own,
        number=int(number) if re.fullmatch('[0-9]{1,18}', number) else None,
    )


def _read_text(row: dict[str, Any], column: str, where: str) -> str:
    """A cell's text; whole numbers pass, and NaN is how some write null."""
    value = row.get(column)
    if value is None or value != value:
        return ''
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise CatalogueError(
            f'{where}: {column!r} must be a text or null, got {_brief(value)}'
        )
    return str(value)


def _list_photos(
    row: dict[str, Any], column: str, splitting: str, where: str
) -> list[str]:
    photos = row.get(column)
    if isinstance(photos, list) and all(isinstance(photo, str) for photo in photos):
        return photos
    if photos is not None and not isinstance(photos, str):
        raise CatalogueError(
            f'{where}: {column!r} must be a list of paths, '
            f'or one text of them, got {_brief(photos)}'
        )
    parts = re.split(splitting, photos or '')
    return [part.strip() for part in parts if part.strip()]


def _locate(photo: str, root: Path, where: str) -> Path:
    """The full path of a photo, which must lie in ``root``."""
    if '://' in photo:
        raise CatalogueError(
            f'{where}: the photo {_brief(photo)} is a web address; fetch the '
            'photos and name the files'
        )
    path = Path(os.path.normpath(root / photo))
    if not path.is_relative_to(root):
        raise CatalogueError(
            f'{where}: the photo {_brief(photo)} lies outside of {root}; if '
            'it may be read, say where the photos lie with --images-root'
        )
    return path


def _brief(value: Any) -> str:
    text = repr(value)
    return text if len(text) < 80 else f'{text[:77]}...'
