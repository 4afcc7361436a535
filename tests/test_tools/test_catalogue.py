"""The catalogue's converter: layouts, the split, what is left out."""

import csv
import importlib.util
import json
import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from PIL import Image

from famevil_plugin.command_line import run_tool
from famevil_plugin.datasets import FashionIQ
from famevil_plugin.datasets.catalogue import photo_writer
from famevil_plugin.datasets.verification import verify
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


def read_left_out(folder: Path) -> list[list[str]]:
    """The table's lines, without its header."""
    with open(folder / 'left_out.csv', encoding='utf-8-sig', newline='') as file:
        header, *lines = csv.reader(file)
    assert header == ['left_out_of', 'what', 'id', 'reason', 'detail']
    return lines


def run(source: Path, *options: str) -> Path:
    """Convert beside the source; return the output."""
    target = source.with_name('out')
    run_tool(partial(catalogue.main, [str(source), str(target), *options]))
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
    for split in ('train', 'val'):
        for photo in read(out, f'FashionIQ/image_splits/split.dress.{split}.json'):
            assert (out / f'FashionIQ/images/{photo}.jpg').is_file()
    assert sorted(path.name for path in (out / 'FashionIQ/captions').iterdir()) == [
        'cap.dress.train.json',
        'cap.dress.val.json',
    ]


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
    assert '1 product of xmr, fic: no text' in table
    assert '1 product of scr: no sub-category' in table
    assert read_left_out(out) == [
        ['xmr, fic', 'product', 'shop-0', 'no text', ''],
        ['scr', 'product', 'shop-2', 'no sub-category', ''],
    ]


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
    assert '1 triplet of tgir: its photos are on both sides of the split' in table
    assert '1 triplet of tgir: a photo of no product that could be read' in table
    assert [line[2] for line in read_left_out(out) if line[1] == 'triplet'] == [
        'dress: shop-6_0 -> shop-20_0',
        'dress: shop-6_0 -> unknown',
    ]


def test_bad_photos_are_survived_and_named(shop: Path, capsys: Any) -> None:
    (shop / 'images/shop-4_1.png').write_bytes(b'no photo')
    (shop / 'images/shop-30_0.jpg').unlink()
    whole = (shop / 'images/shop-6_0.jpg').read_bytes()
    (shop / 'images/shop-6_0.jpg').write_bytes(whole[: len(whole) // 2])
    out = run(shop)
    table = capsys.readouterr().out
    assert '2 photos of everything: not readable' in table
    assert '1 photo of everything: missing' in table
    assert 'images/shop-30_0.jpg is missing' in table
    lines = read_left_out(out)
    assert [line[2] for line in lines if line[:2] == ['everything', 'photo']] == [
        'shop-4',
        'shop-6',
        'shop-30',
    ]
    assert '2 products of everything: no photo to read' in table
    assert '1 triplet of tgir: a photo of no product that could be read' in table
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

    monkeypatch.setattr(photo_writer.os, 'link', refuse)
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
    with pytest.raises(
        SystemExit, match='holds FashionGen, FashionIQ, left_out.csv; pass'
    ):
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
        run_tool(partial(catalogue.main, [str(shop), str(shop)]))
    with pytest.raises(SystemExit, match='OUT .*out holds .*out/deep; choose'):
        run(shop, '--images-root', str(tmp_path / 'out' / 'deep'))
    change(shop, lambda products: products[1].pop('images'))
    change(shop, lambda products: products[1].update(title=[3]))
    with pytest.raises(SystemExit, match=r"product 1: 'title' must be .*, got \[3\]"):
        run(shop)
    change(shop, lambda products: products[1].update(title='other', id='shop-0'))
    change(shop, lambda products: products[0].update(title='one'))
    change(shop, lambda products: products[1].update(images=['images/shop-1_0.jpg']))
    with pytest.raises(SystemExit, match="id 'shop-0' is given to products of diff"):
        run(shop)


def test_an_empty_result_is_an_error(shop: Path) -> None:
    for photo in (shop / 'images').iterdir():
        photo.write_bytes(b'<html>')
    (shop / 'tgir_template').rename(shop / 'unused')
    with pytest.raises(
        SystemExit, match=r'(?s)^error: none of 48 products has a'
    ) as no:
        run(shop, '--columns', 'images=images')
    assert '49 photos of everything: not readable' in str(no.value)
    assert sorted(p.name for p in shop.parent.iterdir()) == ['shop']


@pytest.mark.parametrize('count', [1, 2])
def test_one_group_cannot_be_split(shop: Path, count: int) -> None:
    change(shop, lambda products: products.__delitem__(slice(count, None)))
    change(shop, lambda products: [p.update(group='one') for p in products])
    (shop / 'tgir_template').rename(shop / 'unused')
    message = f'no product is left for validation: there are {count} in 1 groups, and'
    with pytest.raises(SystemExit, match=message):
        run(shop)
    assert sorted(p.name for p in shop.parent.iterdir()) == ['shop']
    out = run(shop, '--val-fraction', '0')
    assert read(out, 'FashionGen/val_info.json') == []


def test_triplets_of_one_side_are_dealt_to_both(shop: Path, capsys: Any) -> None:
    """They do not say what validation is, so its share stays."""
    template = shop / 'tgir_template'
    (template / 'captions/cap.dress.val.json').unlink()
    (template / 'image_splits/split.dress.val.json').unlink()
    photos = [f'shop-{number}_0' for number in range(48)]
    triplets = [
        dict(candidate=one, target=two, captions=['is red'])
        for one, two in zip(photos[::2], photos[1::2])
    ]
    for path, content in (
        ('captions/cap.dress.train.json', triplets),
        ('image_splits/split.dress.train.json', photos),
    ):
        (template / path).write_text(json.dumps(content))
    out = run(shop)
    sizes = [
        len(read(out, f'FashionIQ/captions/cap.dress.{split}.json'))
        for split in ('train', 'val')
    ]
    held = len(read(out, 'FashionGen/val_info.json'))
    assert sizes == [24 - held // 2, held // 2] and 6 <= held <= 8
    assert 'the triplets have a train side alone: they were dealt to both sides' in (
        capsys.readouterr().out
    )


def test_a_split_that_is_not_the_fraction_is_said(shop: Path, capsys: Any) -> None:
    triplets = [
        dict(candidate=f'shop-{n}_0', target=f'shop-{n + 2}_0', captions=['is red'])
        for n in range(20, 44)
    ]
    path = shop / 'tgir_template/captions/cap.dress.val.json'
    path.write_text(json.dumps(triplets))
    run(shop)
    assert (
        'validation has 54.2% of the products, 15.0% were asked for: as the triplets'
    ) in capsys.readouterr().out


@pytest.mark.parametrize('garments', [('bags', 'shoes'), ('dress', 'hats.2026')])
def test_triplets_of_any_garments(shop: Path, garments: tuple[str, ...]) -> None:
    template = shop / 'tgir_template'
    for folder in ('captions', 'image_splits'):
        for path in sorted((template / folder).iterdir()):
            head, _, split, _ = path.name.split('.')
            for garment in garments:
                new = path.with_name(f'{head}.{garment}.{split}.json')
                if new != path:
                    new.write_text(path.read_text())
            if 'dress' not in garments:
                path.unlink()
    out = run(shop)
    data = FashionIQ(str(out), 'val', test_mode=True)
    assert data.metainfo['garments'] == list(garments)
    assert not data.metainfo['machine_made']
    fashion_iq = verify(out, quick=True)[1]
    assert fashion_iq.faults == []
    assert fashion_iq.counts[f'{garments[1]} val triplets'] == 1


def test_a_later_conversion_replaces_the_table(shop: Path) -> None:
    out = run(shop)
    assert (out / 'left_out.csv').exists()
    change(shop, lambda products: products[0].update(title='A dress'))
    change(shop, lambda products: products[2].update(subcategory_norm='DRESSES'))
    run(shop, '--overwrite')
    assert not (out / 'left_out.csv').exists()


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
    run_tool(partial(catalogue.main, [str(manifest), str(tmp_path / 'out'), *options]))
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
