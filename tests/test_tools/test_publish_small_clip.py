"""From a training's checkpoint to the file that ships."""

import json
import runpy
import sys

import pytest
import torch
from mmengine.config import Config

from famevil_plugin.models import AdaptedCLIP
from famevil_plugin.models.weights import read_weights
from famevil_plugin.models.weights.shipped import SHIPPED
from tests.conftest import ROOT

TOOL = ROOT / 'tools' / 'model_converters' / 'publish_small_clip.py'


def publish(monkeypatch, *arguments):
    monkeypatch.setattr(sys, 'argv', [str(TOOL), *map(str, arguments)])
    runpy.run_path(str(TOOL), run_name='__main__')


def read_config():
    return Config.fromfile(ROOT / 'configs' / 'pretrain_small_clip.py')


def save_checkpoint(folder, config, state):
    """As a training by the config leaves it after 40 steps."""
    meta = dict(
        cfg=config.pretty_text,
        experiment_name='pretrain_small_clip_20260102_030405',
        time='20260102_043405',
        seed=3,
        iter=40,
    )
    path = folder / 'iter_40.pth'
    torch.save(dict(state_dict=state, meta=meta), path)
    return path


@pytest.fixture
def data(tmp_path):
    """A folder that says what was drawn."""
    (tmp_path / 'drawn').mkdir()
    (tmp_path / 'drawn' / 'mini_fashion.json').write_text('{"version": 1, "seed": 1}')
    return tmp_path / 'drawn'


def test_publish(tmp_path, data, monkeypatch):
    """CLIP and the captioning parts, as a training by the config leaves them."""
    config = read_config()
    clip = AdaptedCLIP(config.model.encoder.backbone, ['xmr']).clip.state_dict()
    state = {f'encoder.clip.{name}': weight for name, weight in clip.items()}
    state['heads.fic.to_vocabulary.bias'] = torch.ones(3)
    state['encoder.cross_adapters.text.0.scale'] = torch.ones(3)
    shipped = dict(state)
    state['heads.facets.classifier.bias'] = torch.ones(3)
    checkpoint = save_checkpoint(tmp_path, config, state)
    target = tmp_path / 'clip.safetensors'
    publish(monkeypatch, checkpoint, target, '--data', data, '--commit', 'c0')
    weights, notes = read_weights(target)
    assert weights.keys() == shipped.keys()
    for name, weight in weights.items():
        assert torch.equal(weight, shipped[name].half())
    assert json.loads(notes.pop('data')) == dict(name='drawn', version=1, seed=1)
    assert json.loads(notes.pop('architecture')) == config.model.encoder.backbone
    assert notes == dict(
        config='configs/pretrain_small_clip.py',
        tasks='["facets", "fic", "tgir", "xmr"]',
        seed='3',
        steps=f'40 of {config.train_cfg.max_iters}',
        batch_size='48',
        hours='1.5',
        commit='c0',
    )


def test_a_training_that_went_on(tmp_path, data, monkeypatch):
    """The file says how the one that it began from was made."""
    config = read_config()
    config.model.encoder.pretrained = 'small_clip'
    state = {'encoder.clip.logit_scale': torch.ones(())}
    checkpoint = save_checkpoint(tmp_path, config, state)
    target = tmp_path / 'clip.safetensors'
    publish(monkeypatch, checkpoint, target, '--data', data)
    begun_from = json.loads(read_weights(target).notes['begun_from'])
    assert begun_from == read_weights(SHIPPED['small_clip']).notes


def test_no_checkpoint_of_ours(tmp_path, data, monkeypatch):
    torch.save(dict(weight=torch.zeros(2)), tmp_path / 'bare.pth')
    target = tmp_path / 'x.safetensors'
    for file, said in (
        ('bare.pth', 'is no checkpoint of tools/train.py: expected weights named'),
        ('gone.pth', 'no weights at'),
    ):
        with pytest.raises(SystemExit, match=f'not published: .*{said}'):
            publish(monkeypatch, tmp_path / file, target, '--data', data)
    with pytest.raises(SystemExit, match='not published: .*nowhere'):
        publish(monkeypatch, tmp_path / 'bare.pth', '--data', tmp_path / 'nowhere')
    with pytest.raises(SystemExit, match='not say what it was trained on: give --data'):
        publish(monkeypatch, tmp_path / 'bare.pth', target)
    assert not target.exists()


def test_the_data_are_those_of_the_training(tmp_path, data, monkeypatch):
    """Whatever folder the default of the config would be."""
    config = read_config()
    config.data_root = str(data)
    state = {'encoder.clip.logit_scale': torch.ones(())}
    checkpoint = save_checkpoint(tmp_path, config, state)
    target = tmp_path / 'clip.safetensors'
    publish(monkeypatch, checkpoint, target)
    drawn = json.loads(read_weights(target).notes['data'])
    assert drawn == dict(name='drawn', version=1, seed=1)
    (data / 'mini_fashion.json').unlink()
    with pytest.raises(SystemExit, match='expected the drawn folder .* give --data'):
        publish(monkeypatch, checkpoint, target)


def test_another_ending_is_refused(tmp_path, monkeypatch, capsys):
    """It would be read as another kind of file."""
    with pytest.raises(SystemExit):
        publish(monkeypatch, tmp_path / 'iter_40.pth', tmp_path / 'clip.pth')
    assert 'DST must end in .safetensors' in capsys.readouterr().err
