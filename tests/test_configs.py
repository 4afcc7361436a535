"""Every config loads, agrees with itself and builds its model."""

import pytest
from mmengine.config import Config

from famevil_plugin.models import FAMEViL

from .conftest import ROOT

CONFIGS = sorted(
    path for path in (ROOT / 'configs').rglob('*.py')
    if '_base_' not in path.parts)


@pytest.mark.parametrize('path', CONFIGS, ids=lambda path: path.stem)
def test_config(path, tmp_path):
    config = Config.fromfile(path)
    tasks = set(config.model.heads)
    assert set(config.train_dataloader.dataset.datasets) == tasks
    for mode in ('val', 'test'):
        assert set(config[f'{mode}_dataloader']) == tasks
        assert set(config[f'{mode}_evaluator']) == tasks
    loader = config.train_dataloader
    assert loader.batch_size == loader.sampler.batch_size
    model = FAMEViL(
        **{k: v for k, v in config.model.items() if k != 'type'})
    assert set(model.heads) == tasks
    # what a run dumps into its work folder can be read again
    config.dump(tmp_path / 'dumped.py')
    assert Config.fromfile(tmp_path / 'dumped.py').model.heads.keys() == tasks
