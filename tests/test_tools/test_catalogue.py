"""The catalogue's converter: layouts, the split, what is left out."""

import importlib.util
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from PIL import Image

from famevil_plugin.datasets.catalogue import photos
from tests.conftest import ROOT

TOOL = ROOT / 'tools' / 'dataset_converters' / 'catalogue.py'


def load_tool() -> ModuleType:
    """Import the tool from its file: tools are no package."""
    spec = importlib.util.spec_from_file_location('catalogue', TOOL)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


catalogue = load_tool()


def make_product(number: int, **fields: Any) -> dict[str, Any]:
    """A product with one photo; two of a group, twelve of a sub-category."""
    return (
        dict(
            id=f'shop-{number}',
            product_id=500 + number,
            group=f'style-{number // 2}',
            images=[f'images/shop-{number}_0.jpg'],
            title=f'Dress {number}',
            description='A dress.',
            category='Clothes',
            subcategory_norm=('DRESSES', 'SKIRTS')[number % 24 >= 12],
        )
        | fields
    )


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A catalogue of 48 products, two of them lacking something."""
    folder = tmp_path / 'shop'
    products = [make_product(number) for number in range(48)]
    products[0] |= dict(title=None, description=None, description_long=None)
    products[2]['subcategory_norm'] = None
    products[4]['images'].append('images/shop-4_1.png')
    for product in products:
        for photo in product['images']:
            path = folder / photo
            path.parent.mkdir(parents=True, exist_ok=True)
            mode = 'RGBA' if path.suffix == '.png' else 'RGB'
            Image.new(mode, (30, 40)).save(path)
    write_manifest(folder, products)
    (folder / 'subcategories.json').write_text(
        json.dumps({'SKIRTS': dict(id=1, count=24), 'DRESSES': dict(id=0, count=24)})
    )
    template = folder / 'tgir_template'
    for split, pairs in (('train', [(6, 7), (8, 10)]), ('val', [(20, 22)])):
        triplets = [
            dict(
                candidate=f'shop-{first}_0',
                target=f'shop-{second}_0',
                captions=['is red', 'is longer'],
            )
            for first, second in pairs
        ]
        photos = [t[key] for t in triplets for key in ('candidate', 'target')]
        for path, content in (
            (f'captions/cap.dress.{split}.json', triplets),
            (f'image_splits/split.dress.{split}.json', photos),
        ):
            (template / path).parent.mkdir(parents=True, exist_ok=True)
            (template / path).write_text(json.dumps(content))
    return folder


def write_manifest(folder: Path, products: list[dict[str, Any]]) -> None:
    (folder / 'manifest.json').write_text(json.dumps(products))


def read(folder: Path, path: str) -> Any:
    return json.loads((folder / path).read_text())


def change(folder: Path, edit: Callable[[list[dict[str, Any]]], None]) -> None:
    """Edit a manifest in place."""
    products = read(folder, 'manifest.json')
    edit(products)
    write_manifest(folder, products)


def run(source: Path, *options: str) -> Path:
    """Convert beside the source; return the output."""
    target = source.with_name('out')
    catalogue.main([str(source), str(target), *options])
    return target


def test_layouts(shop: Path) -> None:
    out = run(shop)
    assert sorted(p.name for p in out.parent.iterdir()) == ['out', 'shop']
    products = [
        product
        for split in ('train', 'val')
        for product in read(out, f'FashionGen/{split}_info.json')
    ]
    assert sorted(p['id'] for p in products) == list(range(500, 548))
    assert set(products[0]) == {
        'images',
        'id',
        'shop_id',
        'title',
        'description',
        'attributes_id',
        'category_id',
        'subcategory_id',
    }
    assert all(p['shop_id'] == f'shop-{p["id"] - 500}' for p in products)
    for product in products:
        for photo in product['images']:
            with Image.open(out / 'FashionGen' / photo) as image:
                assert (image.size, image.mode) == ((30, 40), 'RGB')
    assert read(out, 'FashionGen/subcategories.json') == ['DRESSES', 'SKIRTS']
    assert read(out, 'FashionGen/categories.json') == ['Clothes']
    assert read(out, 'FashionIQ/captions/cap.dress.train.json')[0] == dict(
        candidate='shop-6_0', target='shop-7_0', captions=['is red', 'is longer']
    )
    for garment in ('dress', 'shirt', 'toptee'):
        for split in ('train', 'val'):
            for photo in read(
                out, f'FashionIQ/image_splits/split.{garment}.{split}.json'
            ):
                assert (out / f'FashionIQ/images/{photo}.jpg').is_file()
    assert read(out, 'FashionIQ/captions/cap.shirt.val.json') == []


def test_lacking_fields_stay_lacking(shop: Path, capsys: Any) -> None:
    out = run(shop)
    products = {
        product['id']: product
        for split in ('train', 'val')
        for product in read(out, f'FashionGen/{split}_info.json')
    }
    assert products[500]['title'] == products[500]['description'] == ''
    assert products[500]['subcategory_id'] == 0
    assert products[502]['subcategory_id'] is None
    assert products[502]['title'] == 'Dress 2'
    assert len(products[504]['images']) == 2
    table = capsys.readouterr().out
    assert '1  xmr, fic: products without a text' in table
    assert '1  scr: products without a label' in table


def test_split_keeps_groups_and_follows_triplets(shop: Path) -> None:
    out = run(shop)
    sides = {
        product['id'] - 500: split
        for split in ('train', 'val')
        for product in read(out, f'FashionGen/{split}_info.json')
    }
    for number in range(0, 48, 2):
        assert sides[number] == sides[number + 1], number
    assert {sides[n] for n in (6, 7, 8, 10)} == {'train'}
    assert {sides[n] for n in (20, 22)} == {'val'}
    held = [number for number, side in sides.items() if side == 'val']
    assert {number % 24 >= 12 for number in held} == {True, False}
    assert 4 <= len(held) <= 10
    again = run(shop, '--overwrite')
    assert sides == {
        product['id'] - 500: split
        for split in ('train', 'val')
        for product in read(again, f'FashionGen/{split}_info.json')
    }


def test_triplets_across_the_split_are_dropped(shop: Path, capsys: Any) -> None:
    path = shop / 'tgir_template/captions/cap.dress.train.json'
    triplets = json.loads(path.read_text())
    extra = [('shop-6_0', 'shop-20_0'), ('shop-6_0', 'unknown')]
    triplets += [
        dict(candidate=first, target=second, captions=['', ''])
        for first, second in extra
    ]
    path.write_text(json.dumps(triplets))
    out = run(shop)
    kept = read(out, 'FashionIQ/captions/cap.dress.train.json')
    assert len(kept) == 2
    table = capsys.readouterr().out
    assert '1  tgir: triplets across the split' in table
    assert '1  tgir: triplets with a photo missing' in table


def test_bad_photos_are_survived_and_named(shop: Path, capsys: Any) -> None:
    (shop / 'images/shop-4_1.png').write_bytes(b'no photo')
    (shop / 'images/shop-30_0.jpg').unlink()
    whole = (shop / 'images/shop-6_0.jpg').read_bytes()
    (shop / 'images/shop-6_0.jpg').write_bytes(whole[: len(whole) // 2])
    out = run(shop)
    table = capsys.readouterr().out
    assert '3  photos: missing or unreadable' in table
    assert 'images/shop-30_0.jpg: [Errno 2] No such file' in table
    assert [bad['shop_id'] for bad in read(out, 'FashionGen/bad_photos.json')] == [
        'shop-4',
        'shop-6',
        'shop-30',
    ]
    assert '2  products without a readable photo' in table
    assert '1  tgir: triplets with a photo missing' in table
    train = read(out, 'FashionGen/train_info.json')
    assert not {506, 530} & {product['id'] for product in train}


def test_photos_are_upright_and_scaled(shop: Path) -> None:
    rotated = Image.Exif()
    rotated[0x0112] = 6
    Image.new('RGB', (400, 200)).save(shop / 'images/shop-6_0.jpg', exif=rotated)
    out = run(shop, '--max-side', '100')
    with Image.open(out / 'FashionGen/images/506_0.jpg') as photo:
        assert photo.size == (50, 100)


@pytest.mark.parametrize('options', [('--max-side', '0'), ('--symlink',)])
def test_originals_are_linked(shop: Path, options: tuple[str, ...]) -> None:
    out = run(shop, *options)
    for path, name in (
        ('FashionGen/images/506_0.jpg', 'shop-6_0.jpg'),
        ('FashionIQ/images/shop-6_0.jpg', 'shop-6_0.jpg'),
        ('FashionGen/images/504_1.png', 'shop-4_1.png'),
    ):
        assert os.path.samefile(out / path, shop / 'images' / name)


def test_photos_are_copied_where_links_fail(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:

    def refuse(*paths: Any) -> None:
        raise OSError('no links here')

    monkeypatch.setattr(photos.os, 'link', refuse)
    out = run(shop, '--max-side', '0')
    copy = out / 'FashionIQ/images/shop-6_0.jpg'
    assert copy.read_bytes() == (shop / 'images/shop-6_0.jpg').read_bytes()


def test_same_file_names_in_other_folders(shop: Path) -> None:
    (shop / 'side').mkdir()
    Image.new('RGB', (30, 40)).save(shop / 'side/shop-4_0.jpg')

    def add_view(products: list[dict[str, Any]]) -> None:
        products[4]['images'] = ['images/shop-4_0.jpg', 'side/shop-4_0.jpg']

    change(shop, add_view)
    with pytest.raises(SystemExit, match="two photos are named 'shop-4_0'"):
        run(shop)
    (shop / 'tgir_template').rename(shop / 'unused')
    out = run(shop)
    assert not (out / 'FashionIQ').exists()
    assert (out / 'FashionGen/images/504_1.jpg').is_file()


def test_refuses_to_overwrite(shop: Path) -> None:
    out = run(shop)
    with pytest.raises(SystemExit, match='holds FashionGen, FashionIQ; pass'):
        run(shop)
    (out / 'thesis.txt').write_text('precious')
    with pytest.raises(SystemExit, match='holds thesis.txt, which no'):
        run(shop, '--overwrite')
    assert (out / 'thesis.txt').exists()


def test_a_failed_conversion_leaves_the_old_one(shop: Path) -> None:
    out = run(shop)
    before = (out / 'FashionGen/train_info.json').read_text()
    (shop / 'tgir_template/captions/cap.dress.val.json').write_text('{')
    with pytest.raises(SystemExit, match=r'cap.dress.val.json is no valid'):
        run(shop, '--overwrite')
    assert (out / 'FashionGen/train_info.json').read_text() == before
    assert sorted(p.name for p in out.parent.iterdir()) == ['out', 'shop']


def test_wrong_sources_are_named(shop: Path, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match='no file .*manifest.json: expected'):
        run(tmp_path)
    with pytest.raises(SystemExit, match='choose a folder outside'):
        catalogue.main([str(shop), str(shop)])
    with pytest.raises(SystemExit, match='OUT .*out holds .*out/deep; choose'):
        run(shop, '--images-root', str(tmp_path / 'out' / 'deep'))
    change(shop, lambda products: products[1].pop('images'))
    change(shop, lambda products: products[1].update(title=[3]))
    with pytest.raises(SystemExit, match=r"product 1: 'title' must be .*, got \[3\]"):
        run(shop)
    change(shop, lambda products: products[1].update(title='', id='shop-0'))
    with pytest.raises(SystemExit, match="id 'shop-0' is given to 2"):
        run(shop)


@pytest.mark.parametrize(
    ('change_it', 'message'),
    [
        (lambda triplets: triplets[0].pop('target'), 'triplet 0: expected an obj'),
        (lambda triplets: triplets[0].update(candidate=[1]), 'triplet 0: expect'),
        (lambda triplets: triplets.append('x'), 'triplet 1: expected .* got .x'),
        (lambda triplets: triplets[0].update(captions='x'), 'triplet 0: .*list'),
    ],
)
def test_wrong_triplets_are_named(shop: Path, change_it: Any, message: str) -> None:
    path = shop / 'tgir_template/captions/cap.dress.val.json'
    triplets = json.loads(path.read_text())
    change_it(triplets)
    path.write_text(json.dumps(triplets))
    with pytest.raises(SystemExit, match=f'cap.dress.val.json, {message}'):
        run(shop)


def test_a_shop_with_columns_of_its_own(shop: Path, tmp_path: Path) -> None:
    """The same shop as CSV, its photos and triplets elsewhere."""
    before = run(shop).rename(tmp_path / 'before')
    rows = [
        '\ufeffsku;Name;text;class;kind;style;front;more;nr',
        *(
            ';'.join(
                [
                    p['id'],
                    p['title'] or '',
                    p['description'] or '',
                    p['subcategory_norm'] or '',
                    p['category'],
                    p['group'],
                    p['images'][0],
                    '|'.join(p['images'][1:]),
                    str(p['product_id']),
                ]
            )
            for p in read(shop, 'manifest.json')
        ),
    ]
    (tmp_path / 'export').mkdir()
    manifest = tmp_path / 'export' / 'shop.csv'
    manifest.write_text('\r\n'.join(rows), encoding='utf-8')
    mapping = tmp_path / 'columns.json'
    mapping.write_text(json.dumps(dict(images=['front', 'more'], label='class')))
    options = [
        '--columns',
        str(mapping),
        'id=sku',
        'title=Name',
        'description=text',
        'category=kind',
        'group=style',
        'number=nr',
        '--images-root',
        str(shop),
        '--triplets',
        str(shop / 'tgir_template'),
    ]
    catalogue.main([str(manifest), str(tmp_path / 'out'), *options])
    for path in before.rglob('*.*'):
        assert (
            tmp_path / 'out' / path.relative_to(before)
        ).read_bytes() == path.read_bytes(), path


def test_real_catalogue(tmp_path: Path, shared: Path) -> None:
    real = shared / 'data' / 'real_catalogue'
    if not real.is_dir():
        pytest.skip(f'the real catalogue is not at {real}')
    source = tmp_path / 'part'
    source.mkdir()
    products = read(real, 'manifest.json')[::20]
    write_manifest(source, products)
    for name in ('images', 'tgir_template', 'subcategories.json'):
        (source / name).symlink_to(real / name)
    out = run(source)
    sides = {
        split: read(out, f'FashionGen/{split}_info.json') for split in ('train', 'val')
    }
    assert sum(map(len, sides.values())) == len(products)
    assert 0.1 < len(sides['val']) / len(products) < 0.3
    groups = {p['product_id']: p['group'] for p in products}
    train, val = ({groups[p['id']] for p in side} for side in sides.values())
    assert not train & val
    assert len(read(out, 'FashionGen/subcategories.json')) == 74
    assert all(
        len(product['description']) <= 400
        for side in sides.values()
        for product in side
    )
