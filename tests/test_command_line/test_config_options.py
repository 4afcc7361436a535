"""Options on the command line take effect or say why not."""

import pytest
from mmengine.config import Config

from famevil_plugin.command_line import apply_options
from tests.conftest import ROOT


@pytest.fixture
def config():
    return Config.fromfile(ROOT / 'configs' / 'famevil_4task.py')


@pytest.mark.parametrize(
    ('key', 'value'), [('data_root', 'elsewhere'), ('missing', 'skip')]
)
def test_an_option_that_reaches_every_data_set(config, key, value):
    apply_options(config, {key: value})
    assert config[key] == value
    for loader in (config.val_dataloader, config.test_dataloader):
        assert {v.dataset[key] for v in loader.values()} == {value}
    datasets = config.train_dataloader.dataset.datasets
    assert {v[key] for v in datasets.values()} == {value}


def test_nested_keys(config):
    apply_options(
        config,
        {
            'train_cfg.max_iters': 3,
            'val_dataloader.fic.batch_size': 5,
            'custom_hooks.0.strict': False,
            'train_dataloader.prefetch_factor': 4,
            'work_dir': 'out',
        },
    )
    assert config.train_cfg.max_iters == 3
    assert config.val_dataloader.fic.batch_size == 5
    assert config.custom_hooks[0].strict is False
    assert config.train_dataloader.prefetch_factor == 4
    assert config.work_dir == 'out'


@pytest.mark.parametrize(
    ('key', 'message'),
    [
        ('train_cgf.max_iters', "the config has no key 'train_cgf'.*train_cfg"),
        ('train_cfg.max_itres', "train_cfg has no key 'max_itres'.*max_iters"),
        ('model.heads.vqa.scale', "model.heads has no key 'vqa'"),
        ('custom_hooks.9.strict', "custom_hooks is a list of .*place '9'"),
        ('train_cfg.max_iters.x', 'nothing can be set under train_cfg.max_iters'),
        ('data_rot', "the config has no key 'data_rot'.*data_root"),
    ],
)
def test_keys_that_match_nothing(config, key, message):
    with pytest.raises(ValueError, match=message):
        apply_options(config, {key: 1})


def test_variables_that_were_worked_in(config):
    with pytest.raises(
        ValueError,
        match='max_iters: this is a variable of the config '
        r'file.*train_cfg.max_iters',
    ):
        apply_options(config, dict(max_iters=3))
