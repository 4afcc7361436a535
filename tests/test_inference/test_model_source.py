"""A model is found wherever it lies, and its weights are read as data."""

import copy
import pickle
import shutil
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from safetensors.torch import save_file

from famevil_plugin.inference import FashionInferencer, Gallery
from famevil_plugin.registry import MODELS
from tests.hostile_files import Command
from tests.tiny_run import model_config


@pytest.fixture
def config(work_dir: Path) -> Path:
    """The config in the work dir."""
    return work_dir / 'famevil_4task.py'


@pytest.fixture
def moved(work_dir: Path, tmp_path: Path) -> Path:
    """The work dir, at another place."""
    return shutil.copytree(work_dir, tmp_path / 'moved')


def test_a_model_in_any_form_answers_alike(
    inferencer, work_dir, config, photos, tmp_path
):
    checkpoint = work_dir / 'iter_8.pth'
    rows = inferencer.embed(photos).photos
    weights = tmp_path / 'weights.safetensors'
    save_file(inferencer.model.state_dict(), weights)
    built = MODELS.build(Config.fromfile(config).model)
    for model, file in (
        (str(work_dir), None),
        (config, checkpoint),
        (str(config), str(weights)),
        (Config.fromfile(config), checkpoint),
        (dict(Config.fromfile(config)), checkpoint),
        (built, checkpoint),
    ):
        again = FashionInferencer(model, file, device='cpu')
        assert (again.embed(photos).photos == rows).all()
    # the model's own view and tokenizer are those of the config
    assert again.fingerprint != inferencer.fingerprint or not again.cfg
    assert (
        again.embed(texts='a dress').texts == inferencer.embed(texts='a dress').texts
    ).all()


def test_classes_have_names_wherever_they_stand(inferencer, config, photos):
    label = inferencer.classify(photos[:1], 'a dress', top_k=200)[0].labels[-1].label
    names = {one.label for one in inferencer.classify(photos[:1], '', 200)[0].labels}
    assert {'T-SHIRTS', 'BLOUSES', '#120'} <= names and label in names
    # weights alone, the data set says them
    state = inferencer.model
    other = FashionInferencer(copy.deepcopy(state))
    other.loaded = other.loaded._replace(config=Config.fromfile(config))
    assert {one.label for one in other.classify(photos[:1], '', 200)[0].labels} == names


def test_the_newest_whole_checkpoint_is_taken(moved, photos, inferencer):
    whole = (moved / 'iter_8.pth').read_bytes()
    (moved / 'iter_24.pth').write_bytes(whole[: len(whole) // 2])
    again = FashionInferencer(moved, device='cpu')
    assert again.fingerprint == inferencer.fingerprint


def test_the_newest_config_is_taken(moved, inferencer, capfd):
    later = (moved / 'famevil_4task.py').read_text() + '\nmark = 7\n'
    (moved / 'another.py').write_text(later)
    assert FashionInferencer(moved, device='cpu').cfg.mark == 7


def test_work_dirs_without_a_model(moved, tmp_path):
    (moved / 'iter_8.pth').unlink()
    with pytest.raises(
        FileNotFoundError, match=r'no whole checkpoint in .*moved: expected iter_N.pth'
    ):
        FashionInferencer(moved)
    (moved / 'famevil_4task.py').unlink()
    with pytest.raises(FileNotFoundError, match='no config in .*moved: expected'):
        FashionInferencer(moved)
    with pytest.raises(FileNotFoundError, match='no model at .*nowhere: expected'):
        FashionInferencer(tmp_path / 'nowhere')


def test_weights_are_asked_for(config, work_dir):
    with pytest.raises(
        ValueError, match='no weights given, and the fic head, .* the encoder .* random'
    ):
        FashionInferencer(Config.fromfile(config))
    with pytest.raises(ValueError, match='iter_8.pth is a file of weights: give'):
        FashionInferencer(work_dir / 'iter_8.pth')
    with pytest.raises(TypeError, match='expected a work dir, .* got a int'):
        FashionInferencer(7)
    with pytest.raises(ValueError, match='the config has no `model`'):
        FashionInferencer(Config(dict(a=1)))
    with pytest.raises(FileNotFoundError, match='no weights at .*gone.pth'):
        FashionInferencer(config, 'gone.pth')


def test_weights_of_another_model(config, tmp_path, capfd):
    other = MODELS.build(model_config('xmr')).state_dict()
    torch.save(other, tmp_path / 'other.pth')
    with pytest.raises(ValueError, match='other.pth is of another model than'):
        FashionInferencer(config, tmp_path / 'other.pth')


def test_more_weights_than_asked_for_are_left_out(work_dir, config, inferencer, photos):
    few = Config.fromfile(config)
    few.model.heads = dict(xmr=few.model.heads.xmr)
    few.model.encoder.cross_sides = ['image', 'text']
    own = FashionInferencer(few, work_dir / 'iter_8.pth', device='cpu')
    assert list(own.tasks) == ['xmr']
    rows = inferencer.embed(photos).photos
    assert own.embed(photos).photos == pytest.approx(rows, abs=1e-6)


def test_weights_run_nothing(config, tmp_path):
    ran = tmp_path / 'ran'
    evil = tmp_path / 'evil.pth'
    evil.write_bytes(pickle.dumps(dict(state_dict=Command(f'touch {ran}'))))
    with pytest.raises(ValueError, match='evil.pth cannot be read as plain weights'):
        FashionInferencer(config, evil)
    assert not ran.exists()


def test_pretrained_weights_are_not_needed_again(config, work_dir, inferencer):
    """A model is served where its backbone's file is not."""
    elsewhere = Config.fromfile(config)
    elsewhere.model.encoder.pretrained = '/gone/clip.pt'
    again = FashionInferencer(elsewhere, work_dir / 'iter_8.pth', device='cpu')
    assert again.fingerprint == inferencer.fingerprint


def test_a_task_without_a_pipeline(config, work_dir, photos):
    few = Config.fromfile(config)
    few.test_dataloader = few.val_dataloader = dict(xmr=few.val_dataloader.xmr)
    inferencer = FashionInferencer(few, work_dir / 'iter_8.pth', device='cpu')
    assert len(inferencer.embed(photos).photos) == 6
    assert Gallery.of_photos(inferencer, photos).tasks == ['xmr']
    with pytest.raises(ValueError, match='no test pipeline for the task fic'):
        inferencer.describe(photos)
