"""Checks of whole data sets: each fault and note is found, and no other."""

import json
import os
import shutil

import pytest
import torch
from PIL import Image

from famevil_plugin.datasets import FashionIQ
from famevil_plugin.datasets.verification import OFFICIAL_FASHION_IQ, verify
from famevil_plugin.evaluation import ComposedRecall

from .conftest import write_json, write_photo


@pytest.fixture
def whole(data_root):
    """A data root without a fault: the sides have nothing in common."""
    gen, iq = data_root / 'FashionGen', data_root / 'FashionIQ'
    products = json.loads((gen / 'val_info.json').read_text())
    for n, product in enumerate(products):
        product['id'] += 100
        product['images'] = [f'images/{product["id"]}_0.jpg']
        write_photo(gen / product['images'][0], 50 + n)
    write_json(gen / 'val_info.json', products)
    for n, name in enumerate('xyz'):
        write_photo(iq / f'images/{name}.png', 70 + n)
    write_json(
        iq / 'captions/cap.dress.val.json',
        [dict(candidate='x', target='y', captions=['is red', 'has dots'])],
    )
    write_json(iq / 'image_splits/split.dress.val.json', list('xyz'))
    return data_root


def change(path, edit):
    content = json.loads(path.read_text())
    edit(content)
    write_json(path, content)


def faults(root, name, **options):
    """Faults, with their cases."""
    (report,) = (r for r in verify(root, **options) if r.name == name)
    return {finding.what: finding.names for finding in report.faults}


def notes(root, name):
    (report,) = (r for r in verify(root) if r.name == name)
    return {finding.what: finding.names for finding in report.notes}


def test_a_whole_data_set(whole):
    gen, iq = verify(whole, jobs=2)
    assert gen.faults == iq.faults == []
    assert gen.counts == {
        'train products': 3,
        'train photos': 4,
        'val products': 3,
        'val photos': 3,
        'sub-categories': 2,
    }
    assert iq.counts['dress train triplets'] == 2
    assert iq.counts['dress gallery, original'] == 3
    assert iq.counts['dress gallery, val'] == 2
    assert notes(whole, 'FashionGen') == {
        'products of train have no sub-category': ['9'],
        'products of val have no sub-category': ['109'],
        'texts are empty': ['product 8', 'product 108'],
    }
    assert notes(whole, 'FashionIQ') == {
        'dress train triplets have a blank caption': ['item 1']
    }


def test_one_of_them_alone(whole):
    shutil.rmtree(whole / 'FashionIQ')
    assert [r.name for r in verify(whole)] == ['FashionGen']
    assert [r.name for r in verify(whole / 'FashionGen')] == ['FashionGen']
    with pytest.raises(FileNotFoundError, match='no data set at .*images'):
        verify(whole / 'FashionGen/images')


def test_photos_missing_and_spoiled(whole):
    gen = whole / 'FashionGen/images'
    (gen / '7_1.jpg').unlink()
    raw = (gen / '8_0.jpg').read_bytes()
    (gen / '8_0.jpg').write_bytes(raw[: len(raw) // 2])
    (gen / '9_0.jpg').write_text('no photo')
    (whole / 'FashionIQ/images/z.png').write_bytes(b'')
    found = faults(whole, 'FashionGen', jobs=2)
    assert found.pop('photos are missing') == ['images/7_1.jpg']
    bad = found.pop('photos are not readable')
    assert [case.split(':')[0] for case in bad] == ['images/8_0.jpg', 'images/9_0.jpg']
    assert 'truncated' in bad[0] and 'expected one of JPEG' in bad[1]
    assert not found
    assert faults(whole, 'FashionGen', quick=True) == {
        'photos are missing': ['images/7_1.jpg']
    }
    assert list(faults(whole, 'FashionIQ')) == ['photos are not readable']
    shutil.rmtree(whole / 'FashionIQ/images')
    assert faults(whole, 'FashionIQ') == {
        'photos are missing': ['a', 'b', 'c', 'x', 'y', 'z']
    }


def test_a_photo_that_breaks_pillow_otherwise(whole):
    """A PNG with a broken chunk raises SyntaxError in Pillow."""
    path = whole / 'FashionIQ/images/z.png'
    raw = bytearray(path.read_bytes())
    raw[12:16] = b'\0\0\0\0'
    path.write_bytes(bytes(raw))
    assert list(faults(whole, 'FashionIQ')) == ['photos are not readable']


def test_ids_twice_and_on_both_sides(whole):
    train = whole / 'FashionGen/train_info.json'
    change(train, lambda products: products[1].update(id=7))
    change(train, lambda products: products[2].update(id=107))
    assert faults(whole, 'FashionGen') == {
        'ids are given to several products of train': ['7'],
        'products are on both sides': ['107'],
    }
    iq = whole / 'FashionIQ/image_splits'
    change(iq / 'split.dress.train.json', lambda ids: ids.append('x'))
    assert faults(whole, 'FashionIQ') == {'photos of dress are on both sides': ['x']}
    change(iq / 'split.dress.train.json', lambda ids: ids.remove('x'))
    change(iq / 'split.shirt.train.json', lambda ids: ids.append('x'))
    assert faults(whole, 'FashionIQ') == {}
    assert notes(whole, 'FashionIQ')['photos are on both sides'] == ['x']


def test_photos_that_are_the_same(whole):
    gen, iq = (whole / f'{name}/images' for name in ('FashionGen', 'FashionIQ'))
    shutil.copy(gen / '7_0.jpg', gen / '7_1.jpg')
    shutil.copy(gen / '8_0.jpg', gen / '108_0.jpg')
    found = notes(whole, 'FashionGen')
    assert found['photos are the same, byte for byte'] == [
        'images/7_0.jpg = images/7_1.jpg',
        'images/8_0.jpg = images/108_0.jpg',
    ]
    assert found['photos are the same on both sides'] == [
        'images/8_0.jpg = images/108_0.jpg'
    ]
    Image.open(iq / 'a.png').save(iq / 'a.jpg')
    (case,) = notes(whole, 'FashionIQ')[
        'photos are there more than once, of which the first is read'
    ]
    assert case == f'a: {iq / "a.jpg"}, {iq / "a.png"}'


def test_triplets_that_are_odd(whole):
    iq = whole / 'FashionIQ'
    change(
        iq / 'captions/cap.dress.train.json',
        lambda triplets: (
            triplets.append(triplets[0]),
            triplets[1].update(captions=['', ' ']),
        ),
    )
    found = notes(whole, 'FashionIQ')
    assert found['dress train triplets are there more than once'] == [
        'a -> b: is red, has dots'
    ]
    assert found['texts are empty'] == ['dress train, item 1']
    change(iq / 'image_splits/split.dress.val.json', lambda ids: ids.pop(0))
    assert faults(whole, 'FashionIQ') == {
        'photos of dress val triplets are not in image_splits': ['x']
    }


def test_garments_that_are_there(whole):
    iq = whole / 'FashionIQ'
    for path in list(iq.rglob('*.*.*.json')):
        if '.dress.' in path.name:
            path.rename(path.with_name(path.name.replace('.dress.', '.bags.')))
        elif '.toptee.' in path.name:
            path.unlink()
    report = verify(whole)[1]
    assert report.faults == []
    assert [name for name in report.counts if name.endswith('train triplets')] == [
        'shirt train triplets',
        'bags train triplets',
    ]
    assert report.counts['bags train triplets'] == 2
    for path in (iq / 'captions').iterdir():
        path.unlink()
    assert 'no captions/cap.<garment>.<split>.json in' in faults(whole, 'FashionIQ')


def test_texts_that_are_cut(whole):
    """75 words of one token fit between the two ends, 76 do not."""
    train = whole / 'FashionGen/train_info.json'
    name = (
        'texts have over 77 tokens (vocabulary 49408) and are cut, {} % of all tokens '
        'lost'
    )
    change(
        train, lambda products: products[0].update(title='red ' * 75, description=None)
    )
    assert not [what for what in notes(whole, 'FashionGen') if 'cut' in what]
    change(train, lambda products: products[0].update(title='red ' * 76))
    # red dress. a dress in red. and blue boots, twice, are 12 tokens
    assert notes(whole, 'FashionGen')[name.format('1.1')] == [
        'product 7, 1 of 76 tokens'
    ]


def test_texts_are_counted_with_a_models_tokenizer(whole):
    """The same words, and how much of them a small context loses."""
    own = dict(vocab_size=600, context_length=24)
    (report, _) = verify(whole, tokenizers=[own, {}])
    assert not [note for note in report.notes if ' cut' in note.what]
    change(
        whole / 'FashionGen/train_info.json',
        lambda products: products[0].update(title='q ' * 30, description=None),
    )
    (report, _) = verify(whole, tokenizers=[own, {}])
    (note,) = (note for note in report.notes if ' cut' in note.what)
    assert note.names == ['product 7, 8 of 30 tokens']
    assert note.what.startswith('texts have over 24 tokens (vocabulary 600) and are')


@pytest.mark.parametrize('split', ['train', 'val'])
def test_no_products_and_no_triplets(whole, split):
    write_json(whole / f'FashionGen/{split}_info.json', [])
    write_json(whole / f'FashionIQ/captions/cap.dress.{split}.json', [])
    assert faults(whole, 'FashionGen') == {
        'there is no product in': [f'{split}_info.json']
    }
    assert faults(whole, 'FashionIQ') == {
        f'there is no triplet of {split} in': [str(whole / 'FashionIQ/captions')]
    }


def test_annotations_that_cannot_be_read(whole):
    (whole / 'FashionGen/val_info.json').write_text('{}')
    (whole / 'FashionIQ/captions/cap.shirt.val.json').unlink()
    (case,) = faults(whole, 'FashionGen')['annotations cannot be read']
    assert 'val_info.json must hold a JSON list' in case
    (case,) = faults(whole, 'FashionIQ')['annotations cannot be read']
    assert 'no annotations at' in case and 'cap.shirt.val.json' in case


@pytest.fixture
def official(shared, tmp_path):
    """FashionIQ's official annotations, linked beside a place for photos."""
    source = shared / 'data' / 'fashioniq'
    if not source.is_dir():
        pytest.skip(f"FashionIQ's annotations are not at {source}")
    root = tmp_path / 'FashionIQ'
    (root / 'images').mkdir(parents=True)
    for name in ('captions', 'image_splits'):
        (root / name).symlink_to(source / name)
    return tmp_path


def test_the_official_annotations_without_photos(official):
    (report,) = verify(official)
    assert {
        name: report.counts[name] for name in OFFICIAL_FASHION_IQ
    } == OFFICIAL_FASHION_IQ
    assert [finding.what for finding in report.faults] == ['photos are missing']
    assert len(report.faults[0].names) == report.counts['photos'] == 60033
    with pytest.raises(FileNotFoundError, match='15415 of 15415 photos are'):
        FashionIQ(str(official), 'val', test_mode=True)


def test_an_official_file_that_is_cut_short(official):
    captions = official / 'FashionIQ/captions'
    source = captions.resolve()
    captions.unlink()
    shutil.copytree(source, captions)
    change(captions / 'cap.dress.val.json', lambda triplets: triplets.pop())
    found = faults(official, 'FashionIQ', quick=True)
    assert (
        'dress val triplets: 2016, official 2017'
        in found['counts are not the official ones']
    )


def test_official_triplets_with_stand_in_photos_score(official):
    """All photos, then without each tenth, under both protocols."""
    images = official / 'FashionIQ/images'
    write_photo(images.parent / 'photo.jpg', 0)
    ids = sorted(
        {
            name
            for path in (images.parent / 'image_splits').glob('*.val.json')
            for name in json.loads(path.read_text())
        }
    )
    for name in ids:
        os.link(images.parent / 'photo.jpg', images / f'{name}.jpg')
    sizes = {}
    for protocol in ('original', 'val'):
        sizes[protocol] = score(official, protocol)
        assert sizes[protocol]['queries'] == count('val triplets')
        assert sizes[protocol]['gallery'] == count(f'gallery, {protocol}')
        assert 'missing' not in sizes[protocol]
    gone = set(ids[::10])
    for name in gone:
        (images / f'{name}.jpg').unlink()
    for protocol, before in sizes.items():
        after = score(official, protocol, missing='skip')
        missing = after['missing']
        assert missing['photos'] == len(gone)
        for part, lost in (
            ('queries', missing['queries']),
            ('gallery', missing['gallery'][protocol]),
        ):
            assert all(lost.values())
            assert after[part] == {
                garment: size - lost[garment] for garment, size in before[part].items()
            }


def count(what):
    return {
        garment: OFFICIAL_FASHION_IQ[f'{garment} {what}']
        for garment in ('dress', 'shirt', 'toptee')
    }


def score(root, protocol, **options):
    """Random embeddings score by chance; the facts say over how many."""
    dataset = FashionIQ(str(root), 'val', test_mode=True, **options)
    samples = []
    for n in range(len(dataset)):
        sample = dataset.get_data_info(n)
        kind = 'query' if 'target_id' in sample else 'target'
        samples.append(sample | {f'{kind}_embedding': torch.randn(4)})
    metric = ComposedRecall(protocol)
    metric.dataset_meta = dataset.metainfo
    metric.process(None, samples)
    scores = metric.evaluate(len(dataset))
    assert scores['mean'] == pytest.approx(metric.facts['chance']['mean'], abs=0.5)
    return metric.facts
