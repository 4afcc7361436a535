"""Sheets of augmented samples show what the model would get."""

import runpy
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmengine.config import Config
from PIL import Image

from famevil_plugin.command_line import apply_options
from famevil_plugin.datasets import MultiTaskDataset, TaskIndex
from famevil_plugin.registry import DATASETS
from famevil_plugin.visualization.panels import (
    HEADER_HEIGHT,
    MARGIN,
    PHOTO,
    TITLE_HEIGHT,
    WIDTH,
)
from tests.conftest import ROOT, TASKS, draw_few

TOOL = ROOT / 'tools' / 'visualization' / 'browse_dataset.py'
CONFIG = ROOT / 'configs' / 'famevil_4task.py'


@pytest.fixture(scope='module')
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """MiniFashion with a few products."""
    return draw_few(tmp_path_factory, 4, 2, 16, 16, 4, 4)


@pytest.fixture(scope='module')
def data(root: Path) -> MultiTaskDataset:
    """The data set of the default config."""
    config = Config.fromfile(CONFIG)
    apply_options(config, dict(data_root=str(root)))
    return DATASETS.build(config.train_dataloader.dataset)


@pytest.fixture
def tool() -> SimpleNamespace:
    """The tool's functions: tools are no package."""
    return SimpleNamespace(**runpy.run_path(str(TOOL)))


@pytest.fixture
def command(monkeypatch):
    """Run the tool."""

    def run(*args):
        monkeypatch.setattr(sys, 'argv', [str(TOOL), *map(str, args)])
        runpy.run_path(str(TOOL), run_name='__main__')

    return run


@pytest.mark.parametrize('task', TASKS)
def test_sheet_holds_the_pipelines_pixels(tool, data, task):
    sheet = tool.draw_sheet(data, task, num=1, seed=3)
    assert sheet.shape[1] == WIDTH and sheet.dtype == np.uint8
    assert (tool.draw_sheet(data, task, 1, 3) == sheet).all()
    assert (tool.draw_sheet(data, task, 1, 4) != sheet).any()
    # the last card: the target of a pair, or the third view of a photo
    pair = task == 'tgir'
    inputs = data[TaskIndex(task, 0, 3 if pair else 5)]['inputs']
    pixels = inputs['target_image' if pair else 'image']
    inner = PHOTO[0] - 2, PHOTO[1] - 2
    expected = Image.fromarray(pixels.permute(1, 2, 0).numpy()).resize(
        (inner[0], inner[0]), Image.Resampling.LANCZOS
    )
    left = MARGIN + 3 * (PHOTO[0] + 12) + 1
    top = TITLE_HEIGHT + HEADER_HEIGHT + 1 + (inner[1] - inner[0]) // 2
    shown = sheet[top : top + inner[0], left : left + inner[0]]
    assert (shown == np.asarray(expected)).all()


def test_normalised_photos_are_refused(tool):
    with pytest.raises(ValueError, match='expected uint8 .* torch.float32'):
        tool.as_photo(torch.rand(3, 4, 4))


def test_files(command, root, tmp_path, capsys):
    there = ('--cfg-options', f'data_root={root}')
    command(CONFIG, '--out', tmp_path / 'new', '--num', 2, *there)
    assert {path.name for path in (tmp_path / 'new').iterdir()} == {
        f'{task}.jpg' for task in TASKS
    }
    command(CONFIG, '--tasks', 'fic', '--out', tmp_path / 'one', *there)
    assert capsys.readouterr().out.endswith('one/fic.jpg\n')
    assert len(list((tmp_path / 'one').iterdir())) == 1


def test_what_the_data_do_not_serve_is_left_out(command, root, tmp_path):
    shop = tmp_path / 'shop'
    shop.mkdir()
    (shop / 'FashionGen').symlink_to(root / 'FashionGen')
    out = tmp_path / 'new'
    command(CONFIG, '--out', out, '--num', 1, '--cfg-options', f'data_root={shop}')
    assert {path.name for path in out.iterdir()} == {'xmr.jpg', 'scr.jpg', 'fic.jpg'}


def test_a_config_without_training(command):
    with pytest.raises(SystemExit, match='zero_shot.py trains on nothing'):
        command(ROOT / 'configs' / 'zero_shot.py')
