"""Manifests of every kind become products, or end in one clear error."""

import io
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from famevil_plugin.datasets.catalogue import (
    CatalogueError,
    Product,
    parse_columns,
    read_manifest,
)
from famevil_plugin.datasets.catalogue.texts import clean_text
from famevil_plugin.photos import open_photo

ROW = dict(id='a', images='x.jpg;y.jpg', title='Red Dress')


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., list[Product]]:
    """Write a manifest and read it."""

    def run(
        name: str, content: Any, columns: tuple[str, ...] = (), **options: Any
    ) -> list[Product]:
        if isinstance(content, str):
            content = content.encode()
        elif not isinstance(content, bytes):
            content = json.dumps(content).encode()
        (tmp_path / name).write_bytes(content)
        return read_manifest(tmp_path / name, parse_columns(columns), **options)

    return run


@pytest.mark.parametrize(
    ('name', 'content'),
    [
        ('m.json', json.dumps([ROW])),
        ('m.jsonl', '\n' + json.dumps(ROW) + '\r\n \n'),
        ('m.csv', 'id,images,title\n\na,"x.jpg;y.jpg",Red Dress\n'),
        ('m.csv', '\ufefftitle;id;images\r\nRed Dress;a;"x.jpg\ny.jpg"\r\n'),
        ('m.tsv', 'id\timages\ttitle\na\tx.jpg|y.jpg\tRed Dress'),
    ],
)
def test_every_kind_of_file(read, tmp_path, name, content):
    assert read(name, content) == [
        Product('a', (tmp_path / 'x.jpg', tmp_path / 'y.jpg'), 'Red Dress', group='a')
    ]


def test_what_the_fields_say(read, tmp_path):
    first, second = read('m.json', [
        dict(id=17, images=[], title=501, description=None,
             description_long='<b>Long</b> text', subcategory='raw',
             product_id=9, group='g'),
        dict(id='b', images=None, title=float('nan'), subcategory='raw',
             subcategory_norm='CLEAN &amp; DRY', product_id='10')
    ])  # yapf: disable
    assert first == Product('17', (), '501', 'Long text', group='g', number=9)
    assert second == Product('b', (), label='CLEAN & DRY', group='b', number=10)
    assert not second.has_text and first.has_text


def test_columns_of_another_name(read, tmp_path):
    content = 'sku,front,back,short,long\n1,a.jpg,b.jpg,,Long\n'
    (product,) = read(
        'm.csv', content, ('id=sku', 'images=front,back', 'description=short,long')
    )
    assert product == Product(
        '1', (tmp_path / 'a.jpg', tmp_path / 'b.jpg'), description='Long', group='1'
    )
    (product,) = read('m.csv', 'id,images\n1,a b', separator=' ')
    assert [path.name for path in product.photos] == ['a', 'b']


def test_encodings(read):
    content = 'id,images,title\n1,a.jpg,Crêpe\n'
    with pytest.raises(
        CatalogueError,
        match=('m.csv, line 2: byte 0xea is not utf-8; .* --encoding cp1252'),
    ):
        read('m.csv', content.encode('cp1252'))
    for encoding in ('cp1252', 'utf-16', 'utf-8'):
        (product,) = read('m.csv', content.encode(encoding), encoding=encoding)
        assert product.title == 'Crêpe'
    with pytest.raises(CatalogueError, match='klingon: there is no such enc'):
        read('m.csv', content, encoding='klingon')


@pytest.mark.parametrize(
    ('name', 'content', 'message'),
    [
        ('m.pdf', b'PK', 'expected a manifest that ends in .csv, .tsv, .txt, .json'),
        ('m.json', b'[', 'm.json is no valid JSON: Expecting value'),
        ('m.json', b'[' * 100000, 'm.json is no valid JSON: maximum recursion'),
        (
            'm.json',
            b'{}',
            'one list of products, or the products by their ids; its keys are',
        ),
        ('m.json', b'[[]]', r'm.json, product 0 must be an object, got \[\]'),
        ('m.json', b'[]', 'm.json holds no products'),
        (
            'm.json',
            [dict(images=[])],
            "no column for id: looked for id, handle, .* it has 'images'. S",
        ),
        ('m.json', [dict(id='')], 'no column for images: looked for images, image src'),
        ('m.json', [dict(id='', images=[])], 'product 0: there is no id'),
        (
            'm.json',
            [ROW, ROW | dict(title='Coat')],
            "id 'a' is given to products of different titles, 'Red Dress' .product 0",
        ),
        (
            'm.json',
            [ROW | dict(id=float('inf'))],
            "'id' must be a text or null, got inf",
        ),
        ('m.json', [ROW | dict(id=True)], "'id' must be a text or null, got True"),
        ('m.json', [ROW | dict(images=[1])], r"'images' must be a list .*\[1\]"),
        ('m.json', [ROW | dict(images={})], "'images' must be a list of paths"),
        (
            'm.json',
            [ROW | dict(images='/etc/x.jpg')],
            'the photo ./etc/x.jpg. lies outside of .*--images-root',
        ),
        ('m.json', [ROW | dict(images=['b/../../x.jpg'])], 'lies outside of'),
        ('m.jsonl', b'{"id": 1}\n{"id":', 'm.jsonl, line 2 is no valid JSON'),
        ('m.csv', 'id,images,id\n', "m.csv, line 1: the column 'id' is there twi"),
        ('m.csv', 'id,images\n1,a,b.jpg\n', 'line 2: 3 cells, expected 2 as in'),
        ('m.csv', 'id,images\n', 'm.csv holds no products'),
        ('m.csv', '', 'm.csv holds no products'),
    ],
)
def test_mistakes_are_named(read, name, content, message):
    with pytest.raises(CatalogueError, match=message):
        read(name, content)


@pytest.mark.parametrize(
    ('columns', 'message'),
    [
        ('id=skuu', "no column 'skuu' for id; it has 'sku'"),
        ('name=sku', "--columns name: unknown field 'name'; expected one of id, "),
        ('id=', "--columns id: 'id' must name a column or several"),
        ('sku', '--columns sku: expected FIELD=COLUMN, or a JSON file'),
    ],
)
def test_wrong_columns_are_named(read, columns, message):
    with pytest.raises(CatalogueError, match=message):
        read('m.csv', 'sku,images\n1,a.jpg\n', (columns,))


def test_photos_elsewhere(read, tmp_path):
    root = tmp_path / 'photos'
    inner = root / 'b'
    inner.mkdir(parents=True)
    rows = [ROW | dict(images=['x.jpg', 'a/../b.jpg', f'{root}/c.jpg'])]
    (product,) = read('m.json', rows, images_root=root)
    assert product.photos == tuple(root / name for name in ('x.jpg', 'b.jpg', 'c.jpg'))
    with pytest.raises(CatalogueError, match=f'outside of {inner}'):
        read('m.json', rows, images_root=inner)
    with pytest.raises(CatalogueError, match='missing is no folder: expected the one'):
        read('m.json', rows, images_root=root / 'missing')


def test_clean_text():
    assert clean_text('<p>Tee&reg;\n &amp;  more<br/>') == 'Tee® & more'
    assert clean_text('sizes < 40 and > 30') == 'sizes < 40 and > 30'
    assert clean_text('half \ud83d a smile') == 'half a smile'
    text = 'One sentence. Another 1.5 m long. ' + 'x' * 50
    assert clean_text(text, 40) == 'One sentence. Another 1.5 m long.'
    assert clean_text('no sentence at all', 14) == 'no sentence at'
    assert clean_text('no sentence at all', 13) == 'no sentence'
    assert clean_text('x' * 50, 10) == 'x' * 10


@pytest.mark.filterwarnings('ignore')
def test_fuzzed_photos(tmp_path):
    """Five hundred broken photos of all formats are read or named."""
    rng = random.Random(1)
    path, read = tmp_path / 'photo', 0
    wholes = []
    for kind in ('JPEG', 'PNG', 'GIF', 'BMP', 'TIFF', 'WEBP'):
        file = io.BytesIO()
        Image.effect_noise((24, 24), 90).convert('RGB').save(file, kind)
        wholes.append(file.getvalue())
    for _ in range(500):
        content = bytearray(rng.choice(wholes))
        for _ in range(rng.randint(1, 6)):
            content[rng.randrange(min(len(content), 400))] = rng.randrange(256)
        if rng.random() < 0.3:
            del content[rng.randrange(len(content)) :]
        path.write_bytes(content)
        try:
            assert open_photo(path).mode == 'RGB'
            read += 1
        except ValueError as error:
            assert f'{path} is not readable: ' in str(error)
    assert 50 < read < 450
