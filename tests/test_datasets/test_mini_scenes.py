"""MiniScenes: what is drawn and what is said of it."""

import json

import numpy as np
import pytest

from famevil_plugin.datasets import FashionGen
from famevil_plugin.datasets.data_root import find_data_root
from famevil_plugin.datasets.mini_fashion.garments import COLOURS
from famevil_plugin.datasets.mini_scenes import (
    PATTERNS,
    SHAPES,
    SIZES,
    MiniScenesSizes,
    Picture,
    Placing,
    Thing,
    draw_mini_scenes,
    draw_scene,
)

FEW = MiniScenesSizes(6, 3)


@pytest.fixture(scope='module')
def scenes(tmp_path_factory):
    """A few."""
    return draw_mini_scenes(
        tmp_path_factory.mktemp('data') / 'few', workers=1, sizes=FEW
    )


def test_xmr_reads_them(scenes):
    data = FashionGen(str(scenes), 'train', 'xmr')
    assert len(data) == FEW.train
    assert all(
        len(item['image_paths']) == 2 and item['text'].endswith('.') for item in data
    )
    judged = FashionGen(str(scenes), 'val', 'xmr', test_mode=True)
    assert len(judged) == 3 * FEW.val  # two photos and a text


def test_the_same_bytes_for_the_same_seed(scenes, tmp_path):
    again, other = (
        draw_mini_scenes(tmp_path / str(seed), seed, 1, FEW) for seed in (0, 1)
    )
    files = sorted((scenes / 'FashionGen').rglob('*.jp*g'))
    assert len(files) == 2 * (FEW.train + FEW.val)
    for file in files:
        name = file.relative_to(scenes)
        assert file.read_bytes() == (again / name).read_bytes()
        assert file.read_bytes() != (other / name).read_bytes()
    names = {
        p['id']
        for split in ('train', 'val')
        for p in json.loads((scenes / f'FashionGen/{split}_info.json').read_text())
    }
    assert len(names) == FEW.train + FEW.val


def show(thing, x=0.5, y=0.5, radius=0.4):
    return np.asarray(
        draw_scene(Picture('', (thing,), (Placing(x, y, radius, 0.0),), 1))
    ).astype(int)


@pytest.mark.parametrize('shape', SHAPES)
def test_every_shape_shows_its_colour_where_it_is(shape):
    assert np.abs(SHAPES[shape]).max() <= 1.05
    red = show(Thing(shape, 'red', '', 'solid', ''), x=0.3)
    seen = np.abs(red - COLOURS['red']).sum(2) < 60
    columns = np.nonzero(seen)[1]
    # a colour of its own, left of the middle
    assert seen.mean() > 0.03 and columns.mean() < 48


@pytest.mark.parametrize('pattern', [name for name in PATTERNS if name != 'solid'])
def test_every_pattern_shows_both_colours(pattern):
    plain = show(Thing('square', 'blue', '', 'solid', ''))
    both = show(Thing('square', 'blue', 'yellow', pattern, ''))
    changed = (np.abs(plain - both).sum(2) > 60).mean()
    assert 0.05 < changed < 0.5
    bright = both[..., 0] - both[..., 2] > 60
    assert bright.any() and (both[..., 2] - both[..., 0] > 60).any()


def test_words():
    assert Thing('star', 'red', 'white', 'dots', 'large').words == (
        'a large red star with white dots'
    )
    assert Thing('oval', 'orange', 'navy', 'colour-block', '').words == (
        'an orange oval with a navy lower half'
    )
    assert Thing('cup', 'grey', '', 'solid', 'small').words == ('a small grey cup')
    assert '' in SIZES


def test_other_scenes_are_refused(scenes):
    with pytest.raises(ValueError, match='few: expected MiniScenes .*got'):
        draw_mini_scenes(scenes, seed=3, sizes=FEW)


def test_a_folder_of_that_name_is_drawn(tmp_path, monkeypatch):
    drawn = []
    monkeypatch.setattr(
        'famevil_plugin.datasets.mini_scenes.draw_mini_scenes', drawn.append
    )
    find_data_root(str(tmp_path / 'mini_scenes'))
    assert drawn == [tmp_path / 'mini_scenes']
