"""A narrow model of the four tasks, trained a few steps on a few products."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from mmengine.config import Config
from mmengine.logging import MMLogger
from mmengine.runner import Runner

from famevil_plugin.command_line import apply_options
from famevil_plugin.inference import FashionInferencer
from tests.conftest import ROOT, draw_few

STEPS = 8
OPTIONS = {
    'pretrained': None,
    'model.encoder.backbone.vision_cfg.width': 32,
    'model.encoder.backbone.text_cfg.width': 32,
    'model.encoder.backbone.vision_cfg.layers': 2,
    'model.encoder.backbone.text_cfg.layers': 1,
    'model.encoder.backbone.text_cfg.heads': 1,
    'model.heads.fic.max_length': 12,
    'train_cfg.max_iters': STEPS,
    'train_cfg.val_interval': STEPS,
    'train_dataloader.num_workers': 0,
    'train_dataloader.persistent_workers': False,
    'train_dataloader.batch_size': 8,
    'train_dataloader.sampler.schedule': 'round_robin',
}


@pytest.fixture(scope='session')
def data_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """MiniFashion with a few products."""
    return draw_few(tmp_path_factory, 16, 12, 8, 8, 12, 4)


@pytest.fixture(scope='session')
def work_dir(tmp_path_factory: pytest.TempPathFactory, data_root: Path) -> Path:
    """The work dir of a short training, as ``tools/train.py`` leaves it."""
    folder = tmp_path_factory.mktemp('inference') / 'run'
    config = Config.fromfile(ROOT / 'configs' / 'famevil_4task.py')
    apply_options(config, OPTIONS | dict(data_root=str(data_root)))
    for loader in config.val_dataloader.values():
        loader.num_workers = 0
    config.val_evaluator.fic[0].update(scores=['BLEU-4', 'CIDEr'], tokenizer='regex')
    config.test_dataloader, config.test_evaluator = (
        config.val_dataloader,
        config.val_evaluator,
    )
    config.update(work_dir=str(folder), log_level='ERROR')
    Runner.from_cfg(config).train()
    return folder


@pytest.fixture(scope='session')
def summary(work_dir: Path) -> dict:
    """The scores of the training's evaluation."""
    return json.loads((work_dir / 'summary.json').read_text())


@pytest.fixture(scope='session')
def inferencer(work_dir: Path) -> FashionInferencer:
    """The trained model, to be asked."""
    return FashionInferencer(work_dir, device='cpu', show_progress=False)


@pytest.fixture(scope='session')
def photos(data_root: Path) -> list[str]:
    """A few photos."""
    return sorted(map(str, (data_root / 'FashionGen').rglob('*_*.jpg')))[:6]


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """What is logged, by MMEngine's logger, too."""
    logger = MMLogger.get_current_instance()
    logger.addHandler(caplog.handler)
    yield caplog
    logger.removeHandler(caplog.handler)
