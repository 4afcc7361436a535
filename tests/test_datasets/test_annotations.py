"""Annotation files of all kinds: each loads or ends in one clear error."""

import copy
import json
import random
from collections import Counter
from pathlib import Path

import pytest

from famevil_plugin.datasets import FashionGen, FashionIQ, TokenizeText
from famevil_plugin.datasets.annotations import (
    MAX_LABELS,
    read_names,
    read_photo_ids,
    read_products,
    read_triplets,
)
from tests.conftest import TOKENIZER

from .conftest import write_json, write_photo


def product(**fields):
    return (
        dict(id=1, images=['images/1.jpg'], title='Red Dress', subcategory_id=0)
        | fields
    )


def triplet(**fields):
    return dict(candidate='a', target='b', captions=['is red']) | fields


def without(item, field):
    return {name: value for name, value in item.items() if name != field}


@pytest.mark.parametrize(
    ('item', 'message'),
    [
        (product(id=True), "'id' must be a whole number .*got True"),
        (product(id='7'), "'id' must be a whole number .*got '7'"),
        (product(id=7.0), "'id' must be a whole number .*got 7.0"),
        (product(id=-1), "'id' must be a whole number .*got -1"),
        (product(id=2**63), "'id' must be a whole number"),
        (product(id=None), "'id' must be a whole number .*got None"),
        (without(product(), 'id'), r"item 1 lacks 'id'.*it has \['images'"),
        (without(product(), 'images'), "item 1 lacks 'images'"),
        (product(images=None), "'images' must be a list of photos' paths"),
        (product(images='a.jpg'), "'images' must be .*got 'a.jpg'"),
        (product(images=['/etc/passwd']), 'inside of it, got .*passwd'),
        (product(images=['images/../../x.jpg']), 'inside of it, got .*x.jpg'),
        (product(images=['']), r"inside of it, got \[''\]"),
        (product(images=['a\0.jpg']), 'inside of it'),
        (product(images=['\ud800.jpg']), 'inside of it'),
        (product(title=3), "'title' must be a text, got 3"),
        (product(description=['a']), "'description' must be a text"),
        (product(title='\udfff'), "'title' must be a text"),
        (product(subcategory_id=2), "'subcategory_id' must be .*below 2,.*got 2"),
        (product(subcategory_id=-1), "'subcategory_id' must be .*got -1"),
        (product(subcategory_id=float('nan')), "'subcategory_id' must be .*nan"),
        ([], r'item 1 must be an object, got \[\]'),
        (None, 'item 1 must be an object, got None'),
    ],
)
def test_wrong_fields_of_products(tmp_path, item, message):
    path = tmp_path / 'val_info.json'
    write_json(path, [product(), item])
    with pytest.raises(ValueError, match=f'{path}: .*{message}'):
        read_products(path, ['COATS', 'JEANS'])


@pytest.mark.parametrize(
    ('item', 'message'),
    [
        (without(triplet(), 'target'), "lacks 'target', which must be a"),
        (triplet(candidate='a/b'), "'candidate' must be a photo's name, without"),
        (triplet(target='..'), "'target' must be a photo's name, .*got '..'"),
        (triplet(target=4), "'target' must be a photo's name, .*got 4"),
        (triplet(captions='is red'), "'captions' must be a list of texts, got"),
        (triplet(captions=['is red', None]), "'captions' must be a list of texts"),
    ],
)
def test_wrong_fields_of_triplets(tmp_path, item, message):
    path = tmp_path / 'cap.dress.test.json'
    write_json(path, [triplet(), item])
    with pytest.raises(ValueError, match=f'{path}: item 1.*{message}'):
        read_triplets(path)


def test_without_names_labels_have_a_bound(tmp_path):
    path = tmp_path / 'val_info.json'
    write_json(path, [product(subcategory_id=MAX_LABELS - 1)])
    assert read_products(path, None)[0].label == MAX_LABELS - 1
    write_json(path, [product(subcategory_id=MAX_LABELS)])
    with pytest.raises(ValueError, match='a number below 100000, got 100000'):
        read_products(path, None)


def test_other_lists(tmp_path):
    path = tmp_path / 'list.json'
    assert read_names(path) is None
    write_json(path, ['COATS', 3])
    with pytest.raises(ValueError, match='item 1 must be a text, got 3'):
        read_names(path)
    write_json(path, ['B00A', '../B00B'])
    with pytest.raises(ValueError, match="item 1 must be a photo's name"):
        read_photo_ids(path)


@pytest.mark.parametrize(
    ('content', 'message'),
    [
        (b'', 'no valid JSON'),
        (b'[1, 2', 'no valid JSON'),
        (b'[' * 100_000, 'no valid JSON: .*recursion'),
        (b'[' + b'9' * 5000 + b']', 'no valid JSON: .*digits'),
        ('["é"]'.encode('latin-1'), 'not encoded in UTF-8'),
        ('["é"]'.encode('utf-16'), 'not encoded in UTF-8'),
        (b'{"a": 1}', 'must hold a JSON list, got a dict'),
        (b'NaN', 'must hold a JSON list, got a float'),
    ],
)
def test_files_that_are_no_lists(tmp_path, content, message):
    path = tmp_path / 'split.dress.val.json'
    path.write_bytes(content)
    with pytest.raises(ValueError, match=f'{path} .*{message}'):
        read_photo_ids(path)


def test_a_byte_order_mark_is_no_matter(tmp_path):
    path = tmp_path / 'split.dress.val.json'
    path.write_text('["é"]', encoding='utf-8-sig')
    assert read_photo_ids(path) == ['é']


# ------------------------------------------------------------- fuzzed files

VALUES = [
    None,
    True,
    0,
    -1,
    2**31,
    2**63,
    10**300,
    0.5,
    float('nan'),
    float('inf'),
    '',
    ' ',
    'a',
    'B00A',
    '..',
    '../outside.jpg',
    '../../outside.jpg',
    '/etc/passwd',
    'images',
    'images/7_0.jpg',
    './images/7_0.jpg',
    'images/../../outside.jpg',
    'a\0b',
    '\ud800',
    'e\u0301\u202e',
    'x' * 9999,
    [],
    {},
    [[]],
    ['a'],
    [None],
    ['../outside.jpg'],
    ['../../outside.jpg'],
    {'id': 1},
]
BYTES = [
    lambda raw, draw: raw[: draw.randrange(len(raw))],
    lambda raw, draw: raw.decode().encode('utf-16'),
    lambda raw, draw: b'\xef\xbb\xbf' + raw,
    lambda raw, draw: b'[' * draw.randrange(1, 3000) + raw,
    lambda raw, draw: raw.replace(b'"', b'\xff', 1),
    lambda raw, draw: raw.replace(b'1', b'9' * draw.randrange(1, 6000), 1),
    lambda raw, draw: bytes(
        draw.randrange(256) if draw.random() < 0.02 else byte for byte in raw
    ),
]


def change(content, draw):
    """Put something strange at a random place, or take something away."""
    node, key, parents = None, None, [content]
    while True:
        inside = parents[-1]
        if (
            not isinstance(inside, (list, dict))
            or not inside
            or (node is not None and draw.random() < 0.3)
        ):
            break
        node = inside
        key = draw.choice(list(node) if isinstance(node, dict) else range(len(node)))
        parents.append(node[key])
    if node is None:
        return draw.choice(VALUES)
    if draw.random() < 0.2:
        del node[key]
    elif draw.random() < 0.1 and isinstance(node, list):
        node.insert(key, copy.deepcopy(node[key]))
    else:
        node[key] = draw.choice(VALUES)
    return content


def fuzz(path, draw):
    """Spoil an annotation file in up to three places."""
    content = json.loads(path.read_text())
    for _ in range(draw.randrange(1, 4)):
        content = change(content, draw)
    raw = json.dumps(content).encode()
    if draw.random() < 0.3:
        raw = draw.choice(BYTES)(raw, draw)
    path.write_bytes(raw)


def load(data_root, path, draw):
    """A data set that reads the file."""
    shared = dict(
        data_root=str(data_root),
        split='train' if 'train' in path.name else 'val',
        test_mode=path.parent.name == 'image_splits' or draw.random() < 0.5,
        missing='skip',
        serialize_data=False,
    )  # which collects garbage each time
    if 'FashionIQ' in path.parts:
        return FashionIQ(joining='and', **shared)
    return FashionGen(task=draw.choice(['xmr', 'scr', 'fic']), **shared)


@pytest.mark.parametrize('count', [400, pytest.param(10_000, marks=pytest.mark.slow)])
def test_any_file_loads_or_ends_in_a_clear_error(data_root, count):
    write_photo(data_root / 'outside.jpg', 0)
    write_photo(data_root.parent / 'outside.jpg', 0)
    sources = {path: path.read_bytes() for path in data_root.rglob('*.json')}
    tokenize = TokenizeText(TOKENIZER)
    seen = Counter()
    for number in range(count):
        draw = random.Random(number)
        path = draw.choice(list(sources))
        fuzz(path, draw)
        try:
            dataset = load(data_root, path, draw)
        except (ValueError, FileNotFoundError) as error:
            assert type(error) in (ValueError, FileNotFoundError), error
            said = str(error)
            assert str(data_root) in said and len(said) < 700, said
            assert path.name in said or said.startswith('no items for'), said
            seen['refused'] += 1
        else:
            for item in map(dataset.get_data_info, range(len(dataset))):
                tokenize(item)
                for photo in [v for k, v in item.items() if 'image_path' in k]:
                    for name in [photo] if isinstance(photo, str) else photo:
                        place = Path(name).resolve().relative_to(data_root)
                        assert place.parts[1] == 'images', name
            seen['loaded'] += 1
        path.write_bytes(sources[path])
    assert min(seen['refused'], seen['loaded']) > count / 10, seen
