"""Reads an export: its rows -> products."""

import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from reprlib import repr as shorten
from typing import Any

from .attributes import read_attributes
from .columns import Columns, choose_columns, normalise
from .names import read_name, split_path
from .photo_cells import PhotoFolder, list_photos
from .product import CatalogueError, Product
from .report import Report
from .rows import Row, read_rows
from .texts import MAX_DESCRIPTION, clean_text

# fields that hold a name or a number, and no text
NAMES = ('id', 'label', 'category', 'group', 'number')
# Excel shortens long numbers to 4.05E+12
_SHORTENED = re.compile(r'[0-9](?:[.,][0-9]+)?[eE]\+[0-9]+')


def read_manifest(
    path: Path,
    columns: Columns | None = None,
    images_root: Path | None = None,
    encoding: str | None = None,
    separator: str | None = None,
    report: Report | None = None,
) -> list[Product]:
    """Read and check the products of an export.

    Rows of one id are one product: shops write a row a photo or a variant.

    Args:
        path (Path): Of a file that :func:`read_rows` can read.
        columns (Columns, optional): Of fields whose columns are not known.
        images_root (Path, optional): Where the photos' paths begin, and
            what none may leave. Defaults to the manifest's folder.
        encoding (str, optional): Of the file. Defaults to what its first
            bytes say, else UTF-8.
        separator (str, optional): Between photos in one cell. Defaults to
            what :func:`list_photos` recognises.
        report (Report, optional): Gets what is left out or read otherwise
            than written.

    Raises:
        CatalogueError: If the file cannot be read, the photos' folder is
            none, or a product is not as it must be; names file, place and
            field.
    """
    if images_root and not images_root.is_dir():
        raise CatalogueError(
            f'{images_root} is no folder: expected the one that the paths of the '
            'photos begin in'
        )
    report = Report() if report is None else report
    rows = read_rows(path, encoding)
    chosen = choose_columns(columns or {}, [row for _, row in rows], str(path))
    reader = _RowReader(path, rows, chosen, report)
    photos = [reader.list_photos(row, separator) for row in rows]
    root = Path(os.path.abspath(images_root or path.parent))
    folder = PhotoFolder(root, (photo for some in photos for photo in some))
    parts = [
        (where, reader.make_product(where, row, names, folder))
        for (where, row), names in zip(rows, photos)
    ]
    products = list(_merge(parts, path, report))
    report.remarks[:0] = _describe(chosen)
    if len(products) < len(parts):
        report.remarks.append(
            f'{len(parts)} rows are {len(products)} products: rows of one id are one'
        )
    if folder.by_name:
        told, found = next(iter(folder.by_name.items()))
        report.remarks.append(
            f'{len(folder.by_name)} photos are found by name or without case, as '
            f'{told} -> {found.relative_to(root)}'
        )
    return products


def _describe(columns: Columns) -> Iterator[str]:
    """Which columns are read, for a person to check."""
    read = {field: names for field, names in columns.items() if names}
    yield 'columns: ' + '; '.join(
        f'{field} = {", ".join(map(shorten, names))}' for field, names in read.items()
    )


class _RowReader:
    """Reads the rows of a file by its columns."""

    def __init__(
        self, path: Path, rows: Sequence[Row], columns: Columns, report: Report
    ) -> None:
        self.path = path
        self.columns = columns
        self.report = report
        # of tables that hold whole numbers as floats
        self.floats = {
            column
            for field in NAMES
            for column in columns[field]
            if _are_whole_floats(row.get(column) for _, row in rows)
        }
        self.ids_of_skus = self._read_skus(rows)

    def _read_skus(self, rows: Sequence[Row]) -> dict[str, str]:
        """WooCommerce's variations name their parent by id or by SKU."""
        (id_column,), groups = self.columns['id'], self.columns['group']
        if not groups or not normalise(groups[0]).startswith('parent'):
            return {}
        skus = {c for _, row in rows for c in row if normalise(c) == 'sku'}
        return {
            str(row[sku]): self._name(row, id_column, where)
            for where, row in rows
            for sku in skus
            if row.get(sku)
        }

    def list_photos(self, row: Row, separator: str | None) -> list[str]:
        """The photos that a row names, each once."""
        where, cells = row
        photos: dict[str, None] = {}
        for column in self.columns['images']:
            try:
                photos |= dict.fromkeys(list_photos(cells.get(column), separator))
            except ValueError as error:
                raise CatalogueError(
                    f'{self.path}, {where}: {column!r} must be a list of paths, or '
                    f'one text of them, got {error}: {shorten(cells[column])}'
                ) from None
        return list(photos)

    def make_product(
        self, where: str, row: Mapping[str, Any], photos: list[str], folder: PhotoFolder
    ) -> Product:
        """Make the product, or the part of one, that a row holds."""
        own = self._field(row, 'id', where)
        if not own:
            raise CatalogueError(
                f'{self.path}, {where}: there is no id in '
                f'{self.columns["id"][0]!r}; every product needs one of its own'
            )
        number = self._field(row, 'number', where)
        label, category = self._read_label(row, where)
        group = self._field(row, 'group', where).removeprefix('id:')
        return Product(
            id=own,
            photos=tuple(self._locate(own, where, photos, folder)),
            title=self._text(row, 'title', own, where),
            description=self._text(row, 'description', own, where, MAX_DESCRIPTION),
            label=label,
            category=category,
            group=self.ids_of_skus.get(group, group) or own,
            number=int(number) if re.fullmatch('[0-9]{1,18}', number) else None,
            attributes=read_attributes(row, self.columns['attributes']),
        )

    def _field(self, row: Mapping[str, Any], field: str, where: str) -> str:
        """The name in the field's one column, '' where there is none."""
        column = next(iter(self.columns[field]), None)
        if column is None:
            return ''
        name = self._name(row, column, where)
        if field in ('id', 'group') and _SHORTENED.fullmatch(name):
            raise CatalogueError(
                f'{self.path}, {where}: {column!r} holds {name!r}, a number that Excel '
                'has shortened; format the column as text and export it again'
            )
        return name

    def _name(self, row: Mapping[str, Any], column: str, where: str) -> str:
        name = read_name(row.get(column), f'{self.path}, {where}: {column!r}')
        if column in self.floats:
            name = name.partition('.')[0]
        return clean_text(name)

    def _read_label(
        self, row: Mapping[str, Any], where: str
    ) -> tuple[str | None, str | None]:
        """Sub-category and category, which one column may hold both."""
        column = next(iter(self.columns['label']), '')
        label, parent = split_path(self._field(row, 'label', where), column)
        category = parent
        if self.columns['category'] != self.columns['label']:
            own = self._field(row, 'category', where)
            category = split_path(own, '')[0] or parent
        return label or None, category or None

    def _text(
        self,
        row: Mapping[str, Any],
        field: str,
        product: str,
        where: str,
        limit: int | None = None,
    ) -> str:
        """The first of the field's columns that says a word."""
        for column in self.columns[field]:
            text = read_name(row.get(column), f'{self.path}, {where}: {column!r}')
            whole = clean_text(text)
            if whole:
                cut = clean_text(text, limit)
                if len(cut) < len(whole):
                    self.report.leave_out(
                        'xmr, fic',
                        'text',
                        product,
                        f'{field} cut at {limit} characters, as those of FashionGen',
                        f'{where}: {len(whole)} characters',
                    )
                return cut
        return ''

    def _locate(
        self, product: str, where: str, photos: list[str], folder: PhotoFolder
    ) -> Iterator[Path]:
        for photo in photos:
            try:
                path = folder.find(photo)
            except CatalogueError as error:
                raise CatalogueError(
                    f'{self.path}, {where}: the photo {shorten(photo)} {error}'
                ) from None
            lack = folder.explain(photo)
            if lack is None:
                yield path
            else:
                self.report.leave_out(
                    'everything', 'photo', product, 'not in the folder of photos', lack
                )


def _are_whole_floats(values: Iterator[Any]) -> bool:
    texts = {str(value) for value in values if value not in (None, '')} - {'nan'}
    return bool(texts) and all(re.fullmatch(r'-?[0-9]+\.0+', text) for text in texts)


# -------------------------------------------------------- rows of one product


def _merge(
    parts: Sequence[tuple[str, Product]], path: Path, report: Report
) -> Iterator[Product]:
    """Make one product of the rows of one id."""
    rows: dict[str, list[tuple[str, Product]]] = {}
    for where, part in parts:
        rows.setdefault(part.id, []).append((where, part))
    for some in rows.values():
        yield some[0][1] if len(some) == 1 else _merge_rows(some, path, report)


def _merge_rows(
    rows: Sequence[tuple[str, Product]], path: Path, report: Report
) -> Product:
    first_where, first = rows[0]
    merged = first._replace(photos=(), attributes=())
    for where, part in rows:
        for field in ('title', 'description', 'label', 'category', 'number'):
            own, other = getattr(merged, field), getattr(part, field)
            if own in ('', None):
                merged = merged._replace(**{field: other})
            elif other not in ('', None, own) and field in (
                'title',
                'description',
                'label',
            ):
                if field != 'description' and part.photos:
                    raise CatalogueError(
                        f'{path}: id {first.id!r} is given to products of different '
                        f'{field}s, {shorten(own)} ({first_where}) and '
                        f'{shorten(other)} ({where}); make the ids unique'
                    )
                report.leave_out(
                    'scr' if field == 'label' else 'xmr, fic',
                    'text',
                    first.id,
                    f'{field} of a later row of the same id',
                    f'{where}: {shorten(other)}',
                )
        if merged.group == first.id and part.group != part.id:
            merged = merged._replace(group=part.group)
        photos = dict.fromkeys((*merged.photos, *part.photos))
        merged = merged._replace(photos=tuple(photos))
    return merged._replace(attributes=_merge_attributes([part for _, part in rows]))


def _merge_attributes(parts: Sequence[Product]) -> tuple[tuple[str, str], ...]:
    """Those on which all rows agree: variants have several colours."""
    pairs = dict.fromkeys(pair for part in parts for pair in part.attributes)
    counts = Counter(name for name, _ in pairs)
    return tuple(pair for pair in pairs if counts[pair[0]] == 1)
