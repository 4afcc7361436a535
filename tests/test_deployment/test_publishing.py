"""Published files load back, whole or as adapters beside their CLIP."""

import json
import re
import shutil

import pytest
import torch
from mmengine.config import Config
from mmengine.runner import load_checkpoint
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from famevil_plugin.deployment.trained_model import load_trained
from famevil_plugin.models.bare_model import build_bare
from famevil_plugin.models.weights import load_published
from famevil_plugin.models.weights.clip_names import CLIP_PREFIX
from famevil_plugin.models.weights.pretrained import read_pretrained
from famevil_plugin.models.weights.shipped import SHIPPED
from tests.conftest import ROOT

from .conftest import narrow_config, save_checkpoint

TOOL = 'model_converters/publish_model.py'
TOKENS = torch.tensor([[2046, 7, 9, 300, 2047], [2046, 8, 2047, 0, 0]])


@pytest.fixture(scope='module')
def trained(work_dir):
    return load_trained(work_dir)


@pytest.fixture(scope='module')
def images():
    return torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(1))


def answers(model, task, images):
    """What a task's programs give, of these inputs."""
    inputs = dict(image=images, tokens=TOKENS, target_image=images)
    head = model.heads[task]
    with torch.no_grad():
        return torch.cat(
            [
                function(model.encoder, *(inputs[name] for name in names)).flatten()
                for names, function, _ in head.answers().values()
            ]
        )


def notes(path):
    with safe_open(path, 'pt') as file:
        return file.metadata()


def test_the_whole_model(command, work_dir, trained, images, tmp_path):
    path = tmp_path / 'model.safetensors'
    said = command(TOOL, work_dir, path)
    assert f'{path}: model for fic, scr, tgir, xmr of {work_dir / "iter_7.pth"}' in said
    assert f'{path.stat().st_size:,} bytes' in said
    model = load_published(path)
    for task in model.heads:
        assert answers(model, task, images).equal(answers(trained.model, task, images))
    # the roads of checkpoints read it, too
    other = build_bare(trained.config.model)
    load_checkpoint(other, str(path), strict=True)
    assert answers(other, 'fic', images).equal(answers(trained.model, 'fic', images))
    held = notes(path)
    assert json.loads(held['dataset_meta'])['scr']['subcategories'][0] == 'COATS'
    assert '\nload_from = ' not in held['cfg'] and '\nmodel = ' in held['cfg']


def test_half_precision(command, work_dir, trained, images, tmp_path):
    path = tmp_path / 'half.safetensors'
    command(TOOL, work_dir, path, '--half', '--tasks', 'scr')
    assert {weight.dtype for weight in load_file(path).values()} == {torch.float16}
    found = answers(load_published(path), 'scr', images)
    wanted = answers(trained.model, 'scr', images)
    assert 0 < (found - wanted).abs().max() < 0.01 * wanted.abs().max()


def test_one_task_folded_out(command, work_dir, trained, images, tmp_path):
    path = tmp_path / 'xmr.safetensors'
    command(TOOL, work_dir, path, '--tasks', 'xmr')
    names = load_file(path)
    assert not any('tgir' in name or 'cross_adapters' in name for name in names)
    model = load_published(path)
    assert list(model.heads) == ['xmr']
    assert answers(model, 'xmr', images).equal(answers(trained.model, 'xmr', images))


@pytest.mark.parametrize('task', ['xmr', 'tgir', 'scr', 'fic'])
def test_adapters_beside_their_clip(command, work_dir, trained, images, tmp_path, task):
    clip, path = tmp_path / 'clip.safetensors', tmp_path / f'{task}.safetensors'
    command(TOOL, work_dir, clip, '--part', 'clip')
    said = command(
        TOOL, work_dir, path, '--part', 'adapters', '--clip', clip, '--tasks', task
    )
    assert f'adapters for {task}' in said
    assert not any(name.startswith(CLIP_PREFIX) for name in load_file(path))
    assert path.stat().st_size < clip.stat().st_size
    wanted = answers(trained.model, task, images)
    # both may move, together
    moved = tmp_path / 'elsewhere'
    moved.mkdir()
    for file in (clip, path):
        shutil.move(file, moved)
    assert answers(load_published(moved / path.name), task, images).equal(wanted)
    other = build_bare(load_trained(work_dir, tasks=[task]).config.model)
    load_checkpoint(other, str(moved / path.name), strict=True)
    assert answers(other, task, images).equal(wanted)


def test_adapters_beside_a_shipped_clip_in_half_precision(command, tmp_path, images):
    """As a training leaves them that does not train CLIP."""
    config = narrow_config(tmp_path)
    whole = Config.fromfile(ROOT / 'configs' / 'famevil_4task.py')
    config.model.encoder.backbone = whole.model.encoder.backbone
    model = build_bare(config.model)
    shipped = SHIPPED['small_clip']
    model.encoder.clip.load_state_dict(read_pretrained(shipped, quick_gelu=False))
    torch.nn.init.normal_(model.encoder.task_adapters.image.banks.xmr[0].up.weight)
    config.dump(tmp_path / 'config.py')
    save_checkpoint(model, config, tmp_path / 'iter_7.pth')
    path = tmp_path / 'xmr.safetensors'
    command(
        TOOL,
        *(tmp_path, path, '--tasks', 'xmr', '--part', 'adapters'),
        *('--clip', 'small_clip', '--half'),
    )
    assert json.loads(notes(path)['clip'])['name'] == 'small_clip'
    assert path.stat().st_size < 0.1 * shipped.stat().st_size
    found = answers(load_published(path), 'xmr', images)
    wanted = answers(model, 'xmr', images)
    assert (found - wanted).abs().max() < 1e-2


def test_a_clip_that_was_trained_on(command, refused, work_dir, tmp_path):
    path = tmp_path / 'xmr.safetensors'
    adapters = (work_dir, path, '--part', 'adapters', '--tasks', 'xmr')
    said = refused(TOOL, *adapters)
    assert 'leaves CLIP out, so it must be named: --clip' in said
    command(TOOL, work_dir, tmp_path / 'clip.safetensors', '--part', 'clip')
    weights = load_file(tmp_path / 'clip.safetensors')
    weights['visual.proj'] += 0.1
    save_file(weights, tmp_path / 'other.safetensors')
    said = refused(TOOL, *adapters, '--clip', tmp_path / 'other.safetensors')
    assert re.search(
        r'the CLIP in .*iter_7.pth is not .*other.safetensors: 1 of \d+ weights '
        'differ, such as visual.proj, as it was trained on. Publish it first',
        said,
    )
    assert not path.exists()
    command(TOOL, *adapters, '--clip', tmp_path / 'clip.safetensors')
    (tmp_path / 'other.safetensors').rename(tmp_path / 'clip.safetensors')
    with pytest.raises(ValueError, match='holds adapters for another CLIP than the'):
        load_published(path)
    (tmp_path / 'clip.safetensors').unlink()
    with pytest.raises(FileNotFoundError, match="no weights at 'clip.safetensors'"):
        load_published(path)


def test_a_clip_that_lies_elsewhere(command, refused, work_dir, tmp_path):
    """It would not be found when the adapters are loaded."""
    (tmp_path / 'far').mkdir()
    clip = tmp_path / 'far' / 'clip.safetensors'
    command(TOOL, work_dir, clip, '--part', 'clip')
    path = tmp_path / 'xmr.safetensors'
    said = refused(TOOL, work_dir, path, '--part', 'adapters', '--clip', clip)
    assert f'{clip} must lie beside the published file, in {tmp_path}' in said


def test_a_config_that_names_other_code(command, work_dir, tmp_path):
    path = tmp_path / 'xmr.safetensors'
    command(TOOL, work_dir, path, '--tasks', 'xmr')
    held = notes(path)
    for kind in ('os.system', 'json.XMRHead', 'Popen'):
        hostile = held | dict(
            cfg=held['cfg'].replace('famevil_plugin.models.XMRHead', kind)
        )
        assert hostile != held
        save_file(load_file(path), path, hostile)
        with pytest.raises(ValueError, match=f'asks to build {kind}, which is refused'):
            load_published(path)


def test_files_without_a_config(tmp_path, work_dir):
    save_file(dict(weight=torch.zeros(2)), tmp_path / 'bare.safetensors')
    with pytest.raises(ValueError, match='holds no config of a model: expected a file'):
        load_published(tmp_path / 'bare.safetensors')
    with pytest.raises(FileNotFoundError, match='no weights at'):
        load_published(tmp_path / 'gone.safetensors')


def test_bad_arguments(refused, work_dir, tmp_path, capsys):
    for arguments, said in (
        (('model.pth',), 'DST must end in .safetensors'),
        (('a.safetensors', '--clip', 'small_clip'), '--clip names the CLIP that'),
    ):
        refused(TOOL, work_dir, *arguments)
        assert said in capsys.readouterr().err
    said = refused(TOOL, tmp_path, tmp_path / 'a.safetensors')
    assert 'nothing was published: no config in' in said
    said = refused(TOOL, work_dir, tmp_path / 'a.safetensors', '--tasks', 'tags')
    assert 'got tags' in said
