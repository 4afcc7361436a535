"""Three products and two triplets on disk, in the public layouts."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image


def write_json(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))


def write_photo(path: Path, seed: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 255, (40, 30, 3))
    Image.fromarray(pixels.astype('uint8')).save(path)


@pytest.fixture
def data_root(tmp_path: Path) -> Path:
    """A data root with splits ``train`` and ``val`` alike."""
    gen, iq = tmp_path / 'FashionGen', tmp_path / 'FashionIQ'
    products = [
        dict(
            id=7,
            title='Red Dress',
            description='A dress in red.',
            images=['images/7_0.jpg', 'images/7_1.jpg'],
            attributes_id=[],
            category_id=0,
            subcategory_id=1,
        ),
        dict(
            id=8,
            title='',
            description=None,
            images=['images/8_0.jpg'],
            attributes_id=[],
            category_id=0,
            subcategory_id=0,
        ),
        dict(
            id=9,
            title='Blue Boots',
            description=None,
            images=['images/9_0.jpg'],
            attributes_id=[],
            category_id=1,
            subcategory_id=None,
        ),
    ]
    for number, name in enumerate(('7_0', '7_1', '8_0', '9_0')):
        write_photo(gen / 'images' / f'{name}.jpg', number)
    write_json(gen / 'subcategories.json', ['BOOTS', 'DRESSES'])
    for number, name in enumerate('abc'):
        write_photo(iq / 'images' / f'{name}.png', 10 + number)
    triplets = [
        dict(candidate='a', target='b', captions=['is red', 'has dots']),
        dict(candidate='b', target='c', captions=['is blue', '']),
    ]
    for split in ('train', 'val'):
        write_json(gen / f'{split}_info.json', products)
        for garment in ('dress', 'shirt', 'toptee'):
            dress = garment == 'dress'
            write_json(
                iq / 'captions' / f'cap.{garment}.{split}.json',
                triplets if dress else [],
            )
            write_json(
                iq / 'image_splits' / f'split.{garment}.{split}.json',
                list('abc') if dress else [],
            )
    return tmp_path
