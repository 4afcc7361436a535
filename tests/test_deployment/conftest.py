"""A work dir as a training leaves it, of a narrow model and few products."""

import runpy
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from mmengine.config import Config

from famevil_plugin.models.bare_model import build_bare
from tests.conftest import ROOT, draw_few
from tests.test_models.conftest import perturb_weights

NAMES = ['COATS', 'HATS', 'SOCKS']


@pytest.fixture(scope='package')
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """MiniFashion with a few products."""
    return draw_few(tmp_path_factory, 4, 6, 4, 6, 4, 3)


def narrow_config(data: Path) -> Config:
    """The default config with narrow towers, of unequal depth and width."""
    config = Config.fromfile(ROOT / 'configs' / 'famevil_4task.py')
    encoder = config.model.encoder
    encoder.pretrained = None
    encoder.backbone.vision_cfg.update(width=32, head_width=16, layers=2)
    encoder.backbone.text_cfg.update(width=24, heads=2, layers=1)
    encoder.update(task_bottleneck=4, cross_bottleneck=4)
    config.model.heads.fic.max_length = 12
    config.model.heads.scr.num_classes = len(NAMES) + 1
    for loader in config.test_dataloader.values():
        loader.update(num_workers=0, batch_size=8)
        loader.dataset.data_root = str(data)
    return config


def save_checkpoint(model: torch.nn.Module, config: Config, path: Path) -> None:
    """Save what a training's checkpoint consists of."""
    meta = dict(
        cfg=config.pretty_text, iter=7, dataset_meta=dict(scr=dict(subcategories=NAMES))
    )
    state = model.state_dict()
    torch.save(dict(meta=meta, state_dict=state, message_hub={}), path)


@pytest.fixture(scope='package')
def work_dir(tmp_path_factory: pytest.TempPathFactory, data: Path) -> Path:
    """Config and checkpoint; the adapters add something."""
    folder = tmp_path_factory.mktemp('trained')
    config = narrow_config(data)
    config.dump(folder / 'narrow.py')
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = build_bare(config.model)
        perturb_weights(model.encoder.task_adapters)
        perturb_weights(model.encoder.cross_adapters)
    save_checkpoint(model, config, folder / 'iter_7.pth')
    (folder / 'last_checkpoint').write_text(str(folder / 'iter_7.pth'))
    return folder


Command = Callable[..., str]


@pytest.fixture
def command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Run a tool and return what it prints."""

    def run(tool: str, *arguments: object) -> str:
        path = str(ROOT / 'tools' / tool)
        monkeypatch.setattr(sys, 'argv', [path, *map(str, arguments)])
        runpy.run_path(path, run_name='__main__')
        return capsys.readouterr().out

    return run


@pytest.fixture
def refused(command: Command) -> Command:
    """Run a tool that shall not do it, and return what it says."""

    def run(tool: str, *arguments: object) -> str:
        with pytest.raises(SystemExit) as stopped:
            command(tool, *arguments)
        return str(stopped.value)

    return run
