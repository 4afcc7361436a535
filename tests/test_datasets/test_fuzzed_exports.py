"""Fuzzed exports convert or end in one clear error.

``FUZZ=10000 pytest tests/test_datasets/test_fuzzed_exports.py`` tries more.
"""

import csv
import io
import json
import os
import random
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from famevil_plugin.datasets.catalogue import (
    CatalogueError,
    Report,
    convert_catalogue,
    read_manifest,
)

COUNT = int(os.environ.get('FUZZ', 1500))
ODD: list[Any] = [
    None, '', ' ', 0, -1, 10**400, 2**63, 1.5, 7.0, 1e300, float('nan'), float('inf'),
    True, [], {}, [None], [[]], [{}], 'x' * 5000, 'ok.jpg', ['ok.jpg'],
    ['ok.jpg', 'gone.jpg'], ['bad.jpg'], 'ok.jpg|bad.jpg', '../outside.jpg',
    '/etc/passwd', ['a/../../outside.jpg'], 'a\0b', '\ud800', ['\ud800.jpg'],
    '<b>', '&#0;', 'https://x/y.jpg', 'https://x/ok.jpg?v=1', 'https://[/..',
    'é' * 300, '.', '..', '~/x', '\n', 'OK.JPG', 'C:\\x\\ok.jpg', '//server/ok.jpg',
    'https://x/../..', [dict(src='ok.jpg')], dict(url=3), '["ok.jpg"', "['ok.jpg']",
    '[' * 3000, '1E+12', 'A > B > C', 'nan', 'ok.jpg, ok2.jpg', '=1+1', 'p0', 'P0',
    '<script>' * 50, '&amp;' * 50, dict(a='b'), 'a=b,c', '\u202ex', '\x85',
]  # fmt: skip
FIELDS = (
    ('id', 'SKU', 'Handle'),
    ('images', 'Image Src', 'base_image', 'photos'),
    ('title', 'Name'),
    ('description', 'Body (HTML)'),
    ('subcategory', 'Type', 'Categories'),
    ('category',),
    ('group', 'Parent'),
    ('product_id',),
    ('Color', 'Option1 Name', 'additional_attributes', 'attributes'),
)


def fuzzed_rows(rng: random.Random) -> list[Any]:
    """One to five rows, mostly sound."""
    names = [rng.choice(choice) for choice in FIELDS]
    rows: list[Any] = []
    for number in range(rng.randint(1, 5)):
        sound = (f'p{number}', ['ok.jpg'], 'Red dress', '', 'DRESSES', '', f'g{number}')
        row: dict[str, Any] = dict(zip(names, sound))
        for _ in range(rng.choice((0, 0, 1, 1, 2))):
            row[rng.choice(names)] = rng.choice(ODD)
        if rng.random() < 0.1:
            row.pop(rng.choice(list(row)))
        if rng.random() < 0.1:
            row[names[0]] = 'p0'
        rows.append(row if rng.random() < 0.97 else rng.choice(ODD))
    return rows


def as_json(rows: list[Any], rng: random.Random) -> str:
    """In one of the shapes that JSON has."""
    shape = rng.randrange(6)
    objects = [row for row in rows if isinstance(row, dict)]
    content: Any = rows
    if shape == 1:
        content = dict(products=rows, made=rng.choice(ODD))
    elif shape == 2:
        content = {str(place): row for place, row in enumerate(rows)}
    elif shape == 3:
        content = {
            name: {str(place): row.get(name) for place, row in enumerate(objects)}
            for name in dict.fromkeys(n for row in objects for n in row)
        }
    elif shape == 4:
        content = rng.choice(
            (rows[0], dict(data=dict(items=rows)), dict(a=rows, b=rows))
        )
    elif shape == 5:
        return rng.choice(('\n', '\r\n', '\r')).join(map(json.dumps, rows))
    return json.dumps(content)


def as_csv(rows: list[Any], rng: random.Random) -> str:
    objects = [row for row in rows if isinstance(row, dict)]
    names = list(dict.fromkeys(name for row in objects for name in row))
    file = io.StringIO()
    delimiter = rng.choice(',;\t|')
    writer = csv.writer(file, delimiter=delimiter)
    if rng.random() < 0.1:
        file.write(f'sep={delimiter}\r\n')
    writer.writerow(names)
    for row in objects:
        cells = (row.get(name) for name in names)
        writer.writerow(
            [
                '|'.join(map(str, c))
                if isinstance(c, list) and rng.random() < 0.8
                else c
                for c in cells
                if not isinstance(c, int) or abs(c) < 10**100
            ]
        )
    return file.getvalue()


def fuzzed_file(rng: random.Random) -> tuple[str, bytes]:
    """An export's name and content."""
    rows = fuzzed_rows(rng)
    suffix = rng.choice(('.json', '.jsonl', '.csv', '.txt', '.csv', '.xlsx'))
    if suffix == '.xlsx' and rng.random() < 0.8:
        suffix = '.tsv'
    make = as_json if suffix.startswith('.json') else as_csv
    if rng.random() < 0.05:
        make = as_csv if make is as_json else as_json
    text = make(rows, rng)
    encoding = rng.choice(
        ('utf-8', 'utf-8', 'utf-8-sig', 'cp1252', 'utf-16', 'utf-16-le')
    )
    content = bytearray(text.encode(encoding, 'replace'))
    for _ in range(rng.choice((0, 0, 0, 1, 4))):
        place = rng.randrange(max(1, len(content)))
        content[place : place + rng.randint(0, 2)] = rng.randbytes(1)
    if rng.random() < 0.05:
        del content[rng.randrange(max(1, len(content))) :]
    return f'm{suffix}', bytes(content)


def test_fuzzed_exports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each converts or ends in one clear error, and no file outside of the
    manifest's folder is opened."""
    shop, out = tmp_path / 'shop', tmp_path / 'out'
    shop.mkdir()
    for name in ('ok.jpg', 'ok2.jpg'):
        Image.new('RGB', (8, 8)).save(shop / name)
    Image.new('RGB', (8, 8)).save(tmp_path / 'outside.jpg')
    (shop / 'bad.jpg').write_bytes(b'\xff\xd8\xff')
    opened = []
    genuine = Path.read_bytes
    monkeypatch.setattr(
        Path, 'read_bytes', lambda path: (opened.append(path), genuine(path))[1]
    )
    rng = random.Random(2303)
    converted, written, refused = 0, 0, set()
    for _ in range(COUNT):
        name, content = fuzzed_file(rng)
        path = shop / name
        path.write_bytes(content)
        report = Report()
        try:
            products = read_manifest(path, report=report)
        except CatalogueError as error:
            refused.add(str(error).partition('m.')[2][:24])
            assert '\n' not in str(error) and len(str(error)) < 800, str(error)
            continue
        finally:
            path.unlink()
        assert all(
            os.path.commonpath((shop, photo)) == str(shop)
            for product in products
            for photo in product.photos
        )
        converted += 1
        if converted % 10 == 0:  # the reading is what differs
            written += convert(products, out / str(converted), report)
    assert converted > COUNT // 4 and len(refused) > min(COUNT, 1000) // 40
    assert written > COUNT // 200
    assert opened and all(path.is_relative_to(shop) for path in opened)


def convert(products: list[Any], target: Path, report: Report) -> bool:
    """Convert, and check what was written; whether something was."""
    try:
        table = convert_catalogue(products, target, report=report)
    except CatalogueError as error:
        assert str(error).startswith(('none of ', 'no product is left for '))
        return False
    table.encode('ascii')
    infos = [
        product
        for split in ('train', 'val')
        for product in json.loads(
            (target / f'FashionGen/{split}_info.json').read_text()
        )
    ]
    assert len({info['id'] for info in infos}) == len(infos)
    # each product is in the result or in the table
    left = {line.id for line in report.lines if line[:2] == ('everything', 'product')}
    assert {info['shop_id'] for info in infos} | left == {p.id for p in products}
    return True
