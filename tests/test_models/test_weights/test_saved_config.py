"""The config in a checkpoint is read without running it."""

import pytest
from mmengine.config import Config

from famevil_plugin.models import FAMEViL
from famevil_plugin.models.weights.saved_config import saved_model
from tests.conftest import BACKBONE, ROOT


@pytest.mark.parametrize('name', ['famevil_4task', 'famevil_4task_vit_b16'])
def test_what_mmengine_writes(name):
    config = Config.fromfile(ROOT / 'configs' / f'{name}.py')
    model = saved_model(dict(cfg=config.pretty_text))
    assert model['type'] == 'famevil_plugin.models.FAMEViL'
    assert model['heads'].keys() == config.model.heads.keys()
    assert model['encoder'] == config.model.encoder.to_dict()


def test_literals_and_dicts():
    text = "a = 1\nmodel = dict({'x.y': [1, (2, -3.5)]}, z=inf, **{'k': None})\n"
    assert saved_model(dict(cfg=text)) == {
        'x.y': [1, (2, -3.5)],
        'z': float('inf'),
        'k': None,
    }
    written = Config(dict(model=dict(type=FAMEViL, backbone=BACKBONE))).pretty_text
    assert saved_model(dict(cfg=written)) == dict(
        type='famevil_plugin.models.fame_vil.FAMEViL', backbone=BACKBONE
    )


@pytest.mark.parametrize(
    'notes',
    [
        {},
        dict(cfg=None),
        dict(cfg='other = 3'),
        dict(cfg='model = ('),
        dict(cfg='model = 3'),
        dict(cfg="model = dict(a=open('ran', 'w'))"),
        dict(cfg='model = dict(3)'),
    ],
)
def test_nothing_to_read(notes, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert saved_model(notes) is None
    assert not (tmp_path / 'ran').exists()
