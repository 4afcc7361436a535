"""Reads an export's file, whatever shape it has: -> rows of named cells.

CSV with any delimiter, JSON as a list, under a key, by id, by column or a
product a line, and Excel's workbooks.
"""

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from reprlib import repr as shorten
from typing import Any

from .columns import is_known
from .product import CatalogueError

# a product, or a part of it, as the export has it, and where that is
Row = tuple[str, dict[str, Any]]

JSON_FILES = ('.json', '.jsonl', '.ndjson')
TEXT_FILES = ('.csv', '.tsv', '.txt', *JSON_FILES)
WORKBOOKS = ('.xlsx', '.xlsm')
# characters of a cell: a long page of HTML, not a file gone wrong
MAX_CELL = 10_000_000
BYTE_ORDER_MARKS = {
    b'\xef\xbb\xbf': 'utf-8-sig',
    b'\xff\xfe\0\0': 'utf-32',
    b'\0\0\xfe\xff': 'utf-32',
    b'\xff\xfe': 'utf-16',
    b'\xfe\xff': 'utf-16',
}


def read_rows(path: Path, encoding: str | None = None) -> list[Row]:
    """Read a file's rows.

    Args:
        path (Path): One of ``TEXT_FILES`` or ``WORKBOOKS``.
        encoding (str, optional): Of a text file. Defaults to what its first
            bytes say, else UTF-8.

    Raises:
        CatalogueError: If it cannot be read; names file and place.
    """
    if not path.is_file():
        beside = ', '.join(sorted(p.name for p in path.parent.glob('*'))[:6])
        raise CatalogueError(
            f'no file {path}: expected a manifest; its '
            f'folder holds {beside or "nothing"}'
        )
    suffix = path.suffix.lower()
    if suffix in WORKBOOKS:
        rows = list(_read_workbook(path))
    elif suffix in TEXT_FILES:
        text = _decode(path, encoding)
        is_json = suffix in JSON_FILES or text.lstrip().startswith(('[', '{'))
        try:
            rows = list((_read_json if is_json else _read_csv)(text, path))
        except RecursionError:
            raise CatalogueError(f'{path} is nested too deep') from None
    else:
        raise CatalogueError(
            f'{path}: expected a manifest that ends in '
            f'{", ".join(TEXT_FILES + WORKBOOKS)}; save it as CSV in UTF-8'
        )
    if not rows:
        raise CatalogueError(f'{path} holds no products')
    return rows


def _decode(path: Path, encoding: str | None) -> str:
    content = path.read_bytes()
    used = encoding or _guess_encoding(content)
    try:
        return content.decode(used).removeprefix('\ufeff')
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b'\n') + 1
        raise CatalogueError(
            f'{path}, line {line}: byte {error.object[error.start]:#04x} is '
            f'not {used.removesuffix("-sig")}; say what it is, for '
            'example --encoding cp1252 for a file that Excel wrote'
        ) from None
    except (LookupError, UnicodeError):
        raise CatalogueError(
            f'--encoding {encoding}: there is no such encoding; try utf-8 or cp1252'
        ) from None


def _guess_encoding(content: bytes) -> str:
    for mark, encoding in BYTE_ORDER_MARKS.items():
        if content.startswith(mark):
            return encoding
    start = content[:400]
    # UTF-16 without a mark: every other byte of Latin letters is zero
    for parity, encoding in ((1, 'utf-16-le'), (0, 'utf-16-be')):
        half = start[parity::2]
        if len(half) > 4 and half.count(0) > 0.7 * len(half):
            return encoding
    return 'utf-8'


# -------------------------------------------------------------------- CSV


def _read_csv(text: str, path: Path) -> Iterator[Row]:
    """A row a line; the delimiter is the one that parts the header most."""
    text, delimiter = _find_delimiter(text.replace('\0', ' '))
    csv.field_size_limit(MAX_CELL)
    lines = csv.reader(io.StringIO(text, newline=''), delimiter=delimiter)
    rows = ((f'line {lines.line_num}', cells) for cells in lines)
    try:
        yield from _name_cells(rows, path, f' (delimiter {delimiter!r})')
    except csv.Error as error:
        raise CatalogueError(
            f'{path}, line {lines.line_num}: no valid CSV: {error}'
        ) from None


def _find_delimiter(text: str) -> tuple[str, str]:
    """The text without Excel's hint ``sep=;``, and the delimiter."""
    hint = re.match(r'\s*"?sep=(.)"?[^\S\r\n]*(?:\r\n?|\n)', text, re.IGNORECASE)
    if hint:
        # an empty line keeps the numbers of the lines
        return '\n' + text[hint.end() :], hint.group(1)
    header = re.split(r'[\r\n]', text.lstrip(), maxsplit=1)[0]
    unquoted = re.sub(r'"[^"]*"', '', header)
    return text, max(',;\t|', key=unquoted.count)


def _name_cells(
    lines: Iterator[tuple[str, Sequence[Any]]], path: Path, hint: str
) -> Iterator[Row]:
    names: list[str] | None = None
    for where, cells in lines:
        if not any(cell not in (None, '') for cell in cells):
            continue
        if names is None:
            names = [_name(cell) for cell in cells]
            counts = Counter(name for name in names if name)
            twice = [name for name, count in counts.items() if count > 1]
            if twice:
                raise CatalogueError(
                    f'{path}, {where}: the column {twice[0]!r} is there twice; '
                    'rename one'
                )
            continue
        beyond = [cell for cell in cells[len(names) :] if cell not in (None, '')]
        if beyond or len(cells) < len(names):
            raise CatalogueError(
                f'{path}, {where}: {len(cells)} cells, expected '
                f'{len(names)} as in the header{hint}; put texts with a '
                'delimiter or a line end in quotes'
            )
        yield where, {name: cell for name, cell in zip(names, cells) if name}


def _name(cell: Any) -> str:
    return '' if cell is None else str(cell).strip()


# ------------------------------------------------------------------- JSON


def _read_json(text: str, path: Path) -> Iterator[Row]:
    """One JSON text, or one a line."""
    try:
        content = json.loads(text)
    except RecursionError as error:
        raise CatalogueError(f'{path} is no valid JSON: {error}') from None
    except ValueError as error:
        numbered = enumerate(re.split(r'\r\n?|\n', text), 1)
        lines = [(number, line) for number, line in numbered if line.strip()]
        whole = len(lines) > 1 and _is_object(lines[0][1])
        if not whole and path.suffix.lower() == '.json':
            raise CatalogueError(f'{path} is no valid JSON: {error}') from None
        for number, line in lines:
            where = f'line {number}'
            yield _check_row(where, _parse(line, f'{path}, {where}'), path)
        return
    for where, product in _find_products(content, path):
        yield _check_row(where, product, path)


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _parse(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CatalogueError(f'{where} is no valid JSON: {error}') from None


def _find_products(content: Any, path: Path) -> Iterator[tuple[str, Any]]:
    """The products of a JSON text, whatever holds them."""
    if isinstance(content, list):
        yield from ((f'product {n}', product) for n, product in enumerate(content))
    elif not isinstance(content, dict):
        raise CatalogueError(
            f'{path} must hold products, as a list or by their ids, got '
            f'{shorten(content)}'
        )
    elif _holds_columns(content):
        yield from _turn_columns(content, path)
    elif any(is_known(name) for name in content) and not _lists_of_objects(content):
        yield 'product 0', content
    elif (
        content
        and all(isinstance(value, dict) for value in content.values())
        and (len(content) > 1 or not _lists_of_objects(*content.values()))
    ):
        for key, product in content.items():
            # its own id counts before its key
            own = any(is_known(name, 'id') for name in product)
            yield f'product {key!r}', product if own else dict(id=key) | product
    else:
        yield from _find_under_key(content, path)


def _find_under_key(content: dict[str, Any], path: Path) -> Iterator[tuple[str, Any]]:
    found = _lists_of_objects(content)
    if isinstance(content.get('columns'), list) and isinstance(
        content.get('data'), list
    ):
        names = [str(name) for name in content['columns']]
        for n, cells in enumerate(content['data']):
            if isinstance(cells, list) and len(cells) == len(names):
                cells = dict(zip(names, cells))
            yield f'product {n}', cells
        return
    if len(found) > 1 and 'products' in found:
        found = dict(products=found['products'])
    if len(found) == 1:
        yield from _find_products(next(iter(found.values())), path)
        return
    inner = [value for value in content.values() if isinstance(value, dict)]
    if not found and len(inner) == 1:
        yield from _find_products(inner[0], path)
        return
    raise CatalogueError(
        f'{path} must hold one list of products, or the products by their '
        f'ids; its keys are {shorten(list(content))}'
        + (f', of which {shorten(list(found))} are lists: keep one' if found else '')
    )


def _lists_of_objects(*objects: dict[str, Any]) -> dict[str, list[Any]]:
    return {
        key: value
        for key, value in chain.from_iterable(o.items() for o in objects)
        if isinstance(value, list)
        and value
        and all(isinstance(item, dict) for item in value)
        and not is_known(key)
    }


def _holds_columns(content: dict[str, Any]) -> bool:
    """Whether it is a table by columns, as pandas writes it."""
    known = [is_known(name, 'id') or is_known(name, 'images') for name in content]
    return sum(known) > 1 and all(isinstance(v, dict) for v in content.values())


def _turn_columns(content: dict[str, Any], path: Path) -> Iterator[tuple[str, Any]]:
    places = dict.fromkeys(chain.from_iterable(content.values()))
    for place in places:
        yield (
            f'row {place!r}',
            {name: cells.get(place) for name, cells in content.items()},
        )


def _check_row(where: str, product: Any, path: Path) -> Row:
    if not isinstance(product, dict):
        raise CatalogueError(
            f'{path}, {where} must be an object, got {shorten(product)}'
        )
    return where, product


# ------------------------------------------------------------------ Excel


def _read_workbook(path: Path) -> Iterator[Row]:
    """The rows of a workbook's first sheet that has some."""
    try:
        import openpyxl
    except ImportError:
        raise CatalogueError(
            f'{path}: Excel files are read by openpyxl, which is not installed: '
            'pip install openpyxl, or save the sheet as CSV in UTF-8'
        ) from None
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        sheets = [list(sheet.iter_rows(values_only=True)) for sheet in book.worksheets]
        book.close()
    except Exception as error:  # of a broken file openpyxl raises about anything
        raise CatalogueError(
            f'{path} is no Excel workbook that can be read: '
            f'{shorten(str(error) or type(error).__name__)}; save it as CSV in UTF-8'
        ) from None
    rows = next((rows for rows in sheets if any(map(any, rows))), [])
    width = max((len(cells) for cells in rows), default=0)
    padded = [[*map(_plain, cells), *[None] * (width - len(cells))] for cells in rows]
    yield from _name_cells(
        ((f'row {n}', cells) for n, cells in enumerate(padded, 1)), path, ''
    )


def _plain(cell: Any) -> Any:
    """Dates and the like as text."""
    return cell if cell is None or type(cell) in (str, int, float) else str(cell)
