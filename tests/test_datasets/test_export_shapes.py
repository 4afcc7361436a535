"""An export of the same drawn products in every shape means the same."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from mmengine.config import Config

from famevil_plugin.command_line import apply_options, fit_to_data
from famevil_plugin.datasets.catalogue import (
    CatalogueError,
    Product,
    Report,
    convert_catalogue,
    read_manifest,
)
from famevil_plugin.datasets.catalogue.example import example_items
from famevil_plugin.datasets.mini_fashion.writer import draw_photo
from tests.conftest import ROOT

COUNT = 12
Rows = list[dict[str, Any]]


class Shop(NamedTuple):
    """Some of the example's products, and the folder with their photos."""

    folder: Path
    rows: Rows


@pytest.fixture(scope='module')
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Twelve products, of each the main photo and, of every other, a second."""
    folder = tmp_path_factory.mktemp('shop')
    (folder / 'photos').mkdir()
    rows = []
    for number, item in zip(range(COUNT), example_items()):
        photos = item.photos[: 1 + number % 2]
        for photo in photos:
            draw_photo(folder, photo)
        rows.append(
            dict(
                id=str(100 + number),
                title=item.row['Name'],
                description=item.row['Description'],
                label=item.row['Type'],
                category=item.row['Category'],
                photos=[photo.name for photo in photos],
            )
        )
    return Shop(folder, rows)


def to_csv(rows: Rows, delimiter: str = ',', newline: str = '\n') -> str:
    file = io.StringIO(newline='')
    writer = csv.DictWriter(file, list(rows[0]), '', 'raise', 'excel')
    writer.writer = csv.writer(file, delimiter=delimiter, lineterminator=newline)
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()


def plain(rows: Rows, photos: Callable[[list[str]], Any] = '|'.join) -> Rows:
    """Rows under the project's own names."""
    return [
        dict(
            id=row['id'],
            images=photos(row['photos']),
            title=row['title'],
            description=row['description'],
            label=row['label'],
        )
        for row in rows
    ]


def shopify(rows: Rows) -> str:
    """A row a photo; the texts stand in the first."""
    return to_csv(
        [
            {
                'Handle': row['id'],
                'Title': row['title'] if place == 0 else '',
                'Body (HTML)': f'<p>{row["description"]}</p><script>alert(1)</script>'
                if place == 0
                else '',
                'Vendor': 'Acme',
                'Type': row['label'] if place == 0 else '',
                'Image Src': photo,
                'Image Position': place + 1,
                'Variant SKU': f'{row["id"]}-S',
            }
            for row in rows
            for place, photo in enumerate(row['photos'])
        ]
    )


def woocommerce(rows: Rows) -> str:
    return to_csv(
        [
            {
                'ID': row['id'],
                'Type': 'simple',
                'SKU': f'W{row["id"]}',
                'Name': row['title'],
                'Short description': '',
                'Description': row['description'],
                'Categories': f'Sale, {row["category"]} > {row["label"]}',
                'Images': ', '.join(row['photos']),
            }
            for row in rows
        ]
    )


def magento(rows: Rows) -> str:
    """Two store views, the second a translation; paths begin with a slash."""
    kept = [
        dict(
            sku=row['id'],
            store_view_code='',
            attribute_set_code='Default',
            product_type='simple',
            categories=f'Default Category/{row["category"]}/{row["label"]}',
            name=row['title'],
            description=row['description'],
            base_image='/' + row['photos'][0],
            small_image='/' + row['photos'][0],
            additional_images=','.join('/' + photo for photo in row['photos']),
        )
        for row in rows
    ]
    empty = dict.fromkeys(('categories', 'base_image', 'additional_images'), '')
    views = [row | empty | dict(name='Autre', store_view_code='fr') for row in kept]
    return to_csv(kept + views)


def google(rows: Rows) -> str:
    return to_csv(
        [
            dict(
                id=row['id'],
                title=row['title'],
                description=row['description'],
                product_type=f'{row["category"]} > {row["label"]}',
                image_link=f'https://cdn.shop.example/a/{row["photos"][0]}?v=12',
                additional_image_link=','.join(
                    f'https://cdn.shop.example/a/{photo}' for photo in row['photos'][1:]
                ),
            )
            for row in rows
        ],
        '\t',
    )


def objects(rows: Rows) -> Rows:
    return [row | dict(images=row['images'].split('|')) for row in plain(rows)]


def by_column(rows: Rows) -> dict[str, Any]:
    """As pandas writes a table unless it is told otherwise."""
    table = plain(rows)
    return {
        name: {str(place): row[name] for place, row in enumerate(table)}
        for name in table[0]
    }


def split_table(rows: Rows) -> dict[str, Any]:
    table = plain(rows)
    return dict(
        columns=list(table[0]),
        index=list(range(len(table))),
        data=[list(row.values()) for row in table],
    )


def renamed(rows: Rows, **names: str) -> Rows:
    return [{names[key]: value for key, value in row.items()} for row in plain(rows)]


def workbook(rows: Rows) -> bytes:
    openpyxl = pytest.importorskip('openpyxl')
    book = openpyxl.Workbook()
    table = plain(rows)
    book.active.append(list(table[0]))
    for row in table:
        book.active.append([float(row.pop('id')), *row.values()])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


SHAPES: dict[str, Callable[[Rows], tuple[str, Any]]] = {
    'shopify': lambda rows: ('shopify.csv', shopify(rows)),
    'woocommerce': lambda rows: ('woocommerce.csv', woocommerce(rows)),
    'magento': lambda rows: ('magento.csv', magento(rows)),
    'google': lambda rows: ('feed.txt', google(rows)),
    'a list': lambda rows: ('e.json', objects(rows)),
    'under a key': lambda rows: ('e.json', dict(made='today', products=objects(rows))),
    'by id': lambda rows: ('e.json', {row.pop('id'): row for row in objects(rows)}),
    'by column': lambda rows: ('e.json', by_column(rows)),
    'split': lambda rows: ('e.json', split_table(rows)),
    'lines named .json': lambda rows: (
        'e.json',
        '\n'.join(map(json.dumps, objects(rows))),
    ),
    'a list named .jsonl': lambda rows: ('e.jsonl', objects(rows)),
    'photos as objects': lambda rows: (
        'e.json',
        [
            row | dict(images=[dict(src=photo, alt='front') for photo in row['images']])
            for row in objects(rows)
        ],
    ),
    'commas': lambda rows: ('e.csv', to_csv(plain(rows, ','.join))),
    'commas and blanks': lambda rows: ('e.csv', to_csv(plain(rows, ', '.join))),
    'blanks': lambda rows: ('e.csv', to_csv(plain(rows, ' '.join))),
    'semicolons': lambda rows: ('e.csv', to_csv(plain(rows, '; '.join), ';')),
    'lists in cells': lambda rows: ('e.csv', to_csv(plain(rows, str))),
    'JSON in cells': lambda rows: ('e.csv', to_csv(plain(rows, json.dumps))),
    'other names': lambda rows: (
        'e.csv',
        to_csv(
            renamed(
                rows,
                id='SKU',
                images='pictures',
                title='Product Name',
                description='Body_HTML',
                label='category',
            )
        ),
    ),
    'upper case': lambda rows: (
        'e.csv',
        to_csv([{k.upper(): v for k, v in row.items()} for row in plain(rows)]),
    ),
    'backslashes': lambda rows: ('e.csv', to_csv(plain(rows)).replace('/', '\\')),
    "another computer's paths": lambda rows: (
        'e.csv',
        to_csv(plain(rows)).replace('photos/', 'C:\\Shop\\new photos\\'),
    ),
    'photos in upper case': lambda rows: (
        'e.csv',
        to_csv(plain(rows)).replace('.jpg', '.JPG').replace('photos/', 'Photos/'),
    ),
    'sep=': lambda rows: (
        'e.csv',
        '\ufeffsep=;\r\n' + to_csv(plain(rows), ';', '\r\n'),
    ),
    'UTF-16': lambda rows: ('e.csv', to_csv(plain(rows), '\t').encode('utf-16')),
    'UTF-16, no mark': lambda rows: (
        'e.csv',
        to_csv(plain(rows), '\t').encode('utf-16-le'),
    ),
    'old Mac': lambda rows: ('e.csv', to_csv(plain(rows), newline='\r')),
    'NUL': lambda rows: ('e.csv', to_csv(plain(rows)).replace(' ', '\0')),
    'escaped twice': lambda rows: (
        'e.csv',
        to_csv(plain(rows)).replace('&', '&amp;amp;'),
    ),
    'floats': lambda rows: (
        'e.json',
        [row | dict(id=float(row['id'])) for row in objects(rows)],
    ),
    'floats in CSV': lambda rows: (
        'e.csv',
        to_csv([row | dict(id=f'{row["id"]}.0') for row in plain(rows)]),
    ),
    'Excel': lambda rows: ('e.xlsx', workbook(rows)),
}


def write(shop: Shop, name: str, content: Any, folder: Path) -> Path:
    if not isinstance(content, str | bytes):
        content = json.dumps(content)
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize('shape', SHAPES)
def test_every_shape_means_the_same(shop: Shop, tmp_path: Path, shape: str) -> None:
    name, content = SHAPES[shape]([dict(row) for row in shop.rows])
    path = write(shop, name, content, tmp_path)
    report = Report()
    products = read_manifest(path, images_root=shop.folder, report=report)
    assert [
        (
            p.id,
            p.title,
            p.description,
            p.label,
            [str(photo.relative_to(shop.folder)) for photo in p.photos],
        )
        for p in products
    ] == [
        (row['id'], row['title'], row['description'], row['label'], row['photos'])
        for row in shop.rows
    ]
    reasons = {line.reason for line in report.lines}
    translated = {'title of a later row of the same id'}
    assert reasons == (translated if shape == 'magento' else set())


def test_a_shape_becomes_a_data_set(shop: Shop, tmp_path: Path) -> None:
    path = write(shop, 'shopify.csv', shopify(shop.rows), tmp_path)
    report = Report()
    products = read_manifest(path, images_root=shop.folder, report=report)
    table = convert_catalogue(products, tmp_path / 'out', report=report)
    assert "columns: id = 'Handle'; images = 'Image Src'; title = 'Title';" in table
    assert f'{len(shop.rows) * 3 // 2} rows are {COUNT} products' in table
    sides = [
        json.loads((tmp_path / f'out/FashionGen/{split}_info.json').read_text())
        for split in ('train', 'val')
    ]
    assert sum(map(len, sides)) == COUNT and all(sides)
    assert all('alert' not in p['description'] for side in sides for p in side)


@pytest.mark.parametrize(
    ('lacking', 'served', 'lack'),
    [
        (('label',), ['xmr', 'fic'], 'has a sub-category'),
        (('title', 'description'), ['scr'], 'has a text'),
    ],
)
def test_what_an_export_lacks_costs_the_tasks_that_need_it(
    shop: Shop, tmp_path: Path, lacking: tuple[str, ...], served: list[str], lack: str
) -> None:
    rows = [{k: v for k, v in r.items() if k not in lacking} for r in plain(shop.rows)]
    path = write(shop, 'e.csv', to_csv(rows), tmp_path)
    convert_catalogue(read_manifest(path, images_root=shop.folder), tmp_path / 'out')
    config = Config.fromfile(ROOT / 'configs/famevil_catalogue.py')
    apply_options(config, dict(data_root=str(tmp_path / 'out')))
    fit = fit_to_data(config, ['train', 'val'])
    assert list(fit.items) == served
    left_out = [why for task, why in fit.left_out.items() if task != 'tgir']
    assert left_out and all(why.endswith(lack) for why in left_out)


def test_labels_of_one_spelling(shop: Shop, tmp_path: Path) -> None:
    rows = plain(shop.rows)
    for number, row in enumerate(rows):
        row['label'] = ('Dress', ' dress ', 'DRESS', 'Dress', 'Dresses')[number % 5]
    path = write(shop, 'e.csv', to_csv(rows), tmp_path)
    products = read_manifest(path, images_root=shop.folder)
    table = convert_catalogue(products, tmp_path / 'out')
    assert "the sub-category 'Dress' is also spelt 'dress', 'DRESS'" in table
    names = json.loads((tmp_path / 'out/FashionGen/subcategories.json').read_text())
    assert names == ['Dress', 'Dresses']


@pytest.mark.parametrize('name', ['Sub-Category', 'sub_category', 'SubCategory'])
def test_the_finer_of_two_names_is_the_label(
    shop: Shop, tmp_path: Path, name: str
) -> None:
    rows = [
        {'Category': row['category'], name: row['label'], 'id': row['id']}
        | dict(images=row['photos'][0])
        for row in shop.rows
    ]
    path = write(shop, 'e.csv', to_csv(rows), tmp_path)
    (first, *_) = read_manifest(path, images_root=shop.folder)
    assert (first.label, first.category) == (rows[0][name], rows[0]['Category'])


def test_a_label_that_is_a_number(shop: Shop, tmp_path: Path) -> None:
    rows = [
        row | dict(label=[0.0, 2.0, None][n % 3])
        for n, row in enumerate(objects(shop.rows))
    ]
    path = write(shop, 'e.json', rows, tmp_path)
    products = read_manifest(path, images_root=shop.folder)
    assert [p.label for p in products[:3]] == ['0', '2', None]


def test_any_script_is_kept(shop: Shop, tmp_path: Path) -> None:
    texts = ('红色连衣裙', 'فستان أحمر', 'Красное платье', '👗 red dress', 'Ρούχο')
    rows = [row | dict(title=texts[n % 5]) for n, row in enumerate(plain(shop.rows))]
    path = write(shop, 'e.csv', to_csv(rows), tmp_path)
    products = read_manifest(path, images_root=shop.folder)
    assert [p.title for p in products[:5]] == list(texts)


def test_woocommerce_variations_stay_with_their_parent(tmp_path: Path) -> None:
    names = ('ID', 'Type', 'SKU', 'Name', 'Images', 'Parent')
    cells = (
        ('7', 'variable', 'W7', 'Dress', 'a.jpg', ''),
        ('8', 'variation', '', 'Dress red', 'b.jpg', 'W7'),
        ('9', 'variation', '', 'Dress blue', '', 'id:7'),
    )
    rows: Rows = [dict(zip(names, row)) for row in cells]
    (tmp_path / 'e.csv').write_text(to_csv(rows))
    products = read_manifest(tmp_path / 'e.csv')
    assert {p.group for p in products} == {'7'}
    assert {p.label for p in products} == {None}


def test_addresses_are_not_guessed(tmp_path: Path) -> None:
    """Two addresses that end in one name may be two photos."""
    for name in ('front.jpg', 'back.jpg'):
        (tmp_path / name).write_bytes(b'')
    rows = [
        dict(id='1', images='https://s.example/1/front.jpg'),
        dict(id='2', images='https://s.example/2/front.jpg|https://s.example/back.jpg'),
        dict(id='3', images='https://s.example/gone.jpg'),
    ]
    (tmp_path / 'e.json').write_text(json.dumps(rows))
    report = Report()
    products = read_manifest(tmp_path / 'e.json', report=report)
    assert [[p.name for p in product.photos] for product in products] == [
        [],
        ['back.jpg'],
        [],
    ]
    said = [line.detail for line in report.lines]
    assert len(said) == 3
    assert "2 addresses end in 'front.jpg' and 1 files of" in said[0]
    assert 'is a web address and' in said[2] and 'fetch the photos' in said[2]


@pytest.mark.parametrize(
    ('name', 'content', 'message'),
    [
        (
            'e.csv',
            'artno,pix\n1,a.jpg\n',
            "has no column for id: looked for id, .* it has 'artno', 'pix'. Say "
            'which with --columns id=COLUMN',
        ),
        (
            'e.csv',
            'ids,pics\n1,a.jpg\n',
            "it has 'ids', 'pics'; closest: 'ids'. Say which with --columns id=",
        ),
        (
            'e.csv',
            'id,photo url\n1,a.jpg\n',
            "no column for images: .* it has 'id', 'photo url'; closest: 'photo url'",
        ),
        (
            'e.csv',
            'id,images\n4.05E+12,a.jpg\n',
            "line 2: 'id' holds '4.05E.12', a number that Excel has shortened; format",
        ),
        (
            'e.json',
            [dict(id=1e17, images='a.jpg')],
            "'id' holds 1e.17, a number that has lost digits; export it as text",
        ),
        (
            'e.json',
            [dict(id=1, images=f'{title}.jpg', title=title) for title in 'xy'],
            "id '1' is given to products of different titles, 'x' .product 0. and 'y' ",
        ),
        (
            'e.json',
            dict(shoes=[dict(id=1)], bags=[dict(id=2)]),
            "one list of products, .* of which .'shoes', 'bags'. are lists: keep one",
        ),
        ('e.xlsx', b'PK', 'is no Excel workbook that can be read'),
        ('e.xls', b'\xd0\xcf', 'expected a manifest that ends in .csv, .* as CSV'),
    ],
)  # fmt: skip
def test_what_is_meant_is_asked_for(
    tmp_path: Path, name: str, content: Any, message: str
) -> None:
    if not isinstance(content, str | bytes):
        content = json.dumps(content)
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(CatalogueError, match=message):
        read_manifest(path)


def test_rows_without_an_id_are_named(tmp_path: Path) -> None:
    (tmp_path / 'e.csv').write_text('sku,images\na,x.jpg\n,y.jpg\n')
    with pytest.raises(CatalogueError, match="line 3: there is no id in 'sku'; every"):
        read_manifest(tmp_path / 'e.csv')


def test_attributes_of_every_system(tmp_path: Path) -> None:
    rows = [
        {
            'id': '1',
            'images': 'a.jpg',
            'Color': 'Red',
            'Option1 Name': 'Length',
            'Option1 Value': 'midi',
            'Attribute 1 name': 'Fit',
            'Attribute 1 value(s)': 'slim, loose',
            'additional_attributes': 'pattern=dots,size=M',
            'attributes': {'neck': ['v-neck'], 'n': 3},
        }
    ]
    (tmp_path / 'e.json').write_text(json.dumps(rows))
    (product,) = read_manifest(tmp_path / 'e.json')
    assert dict(product.attributes) == dict(
        colour='Red', length='midi', pattern='dots', neckline='v-neck'
    )
    assert Product('1', ()).attributes == ()
