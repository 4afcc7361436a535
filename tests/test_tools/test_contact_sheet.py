"""Sheets of whatever part of a data set is there."""

import json
import runpy
import shutil
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.conftest import ROOT, draw_few

TOOL = ROOT / 'tools' / 'visualization' / 'contact_sheet.py'


@pytest.fixture(scope='module')
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """MiniFashion with a few products."""
    return draw_few(tmp_path_factory, 4, 2, 16, 16, 4, 4)


@pytest.fixture
def part(whole: Path, tmp_path: Path):
    """A copy of one of its data sets alone."""

    def copy(name: str) -> Path:
        shutil.copytree(whole / name, tmp_path / 'part' / name)
        return tmp_path / 'part'

    return copy


@pytest.fixture
def draw(monkeypatch, tmp_path):
    """Run the tool; return the sheet's size."""

    def run(root, *options):
        out = tmp_path / 'sheet.png'
        monkeypatch.setattr(sys, 'argv', [str(TOOL), str(root), str(out), *options])
        runpy.run_path(str(TOOL), run_name='__main__')
        return Image.open(out).size

    return run


def test_both_data_sets(draw, whole):
    both = draw(whole, '--products', '2', '--queries', '2')
    products = draw(whole, '--products', '2', '--queries', '0')
    assert both[1] > products[1]


def test_products_alone_without_labels_and_texts(draw, part, capsys):
    root = part('FashionGen')
    path = root / 'FashionGen/val_info.json'
    blank = dict(title='', description=None, subcategory_id=None)
    products = [product | blank for product in json.loads(path.read_text())]
    for product in products:
        del product['images'][1:]
    path.write_text(json.dumps(products))
    assert draw(root, '--views', '2')[1] > 160
    assert f"no triplets of 'val' in {root}/FashionIQ" in capsys.readouterr().out


def test_triplets_alone(draw, part, capsys):
    root = part('FashionIQ')
    assert draw(root)[1] > 160
    said = capsys.readouterr().out
    assert f'no products: there is no {root}/FashionGen/val_info.json' in said


def test_nothing_to_see(draw, tmp_path):
    with pytest.raises(
        SystemExit, match=r'error: nothing to see at .*some of\n  FashionGen/'
    ):
        draw(tmp_path)


@pytest.mark.parametrize(
    'arguments, said',
    [
        (['--columns', '0'], 'must be at least 1, got 0'),
        (['--views', '0'], 'must be at least 1, got 0'),
        (['--products', '-1'], 'must be at least 0, got -1'),
    ],
)
def test_numbers_that_are_too_small(draw, whole, capsys, arguments, said):
    with pytest.raises(SystemExit):
        draw(whole, *arguments)
    assert said in capsys.readouterr().err
