"""The command line that converts checkpoints, there and back."""

import runpy
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.runner import load_checkpoint
from safetensors.torch import load_file, save_file

from famevil_plugin.models import FAMEViL, XMRHead
from famevil_plugin.models.weights.authors import from_authors, to_authors
from famevil_plugin.registry import MODELS
from tests.conftest import ROOT

TOOL = ROOT / 'tools' / 'model_converters' / 'mmf_to_famevil.py'


@pytest.fixture
def convert(monkeypatch) -> Callable[..., None]:
    """Run the tool."""

    def run(*arguments: str | Path) -> None:
        monkeypatch.setattr(sys, 'argv', [str(TOOL), *map(str, arguments)])
        runpy.run_path(str(TOOL), run_name='__main__')

    return run


@pytest.fixture
def theirs() -> dict[str, torch.Tensor]:
    """A small single-task model in the authors' layout."""
    backbone = dict(
        embed_dim=16,
        quick_gelu=True,
        vision_cfg=dict(image_size=32, patch_size=16, width=64, layers=1),
        text_cfg=dict(vocab_size=600, context_length=24, width=64, heads=1, layers=1),
    )
    model = FAMEViL(
        dict(backbone=backbone, task_bottleneck=4), dict(xmr=dict(type=XMRHead))
    )
    return to_authors(model.state_dict())


def assert_same(got, expected):
    assert got.keys() == expected.keys()
    for name, tensor in expected.items():
        assert got[name].dtype == tensor.dtype
        assert torch.equal(got[name], tensor)


@pytest.mark.parametrize(
    'prefix, src, dst',
    [
        ('', 'theirs.pth', 'ours.pth'),
        ('model.', 'theirs.ckpt', 'ours.safetensors'),
        ('module.model.', 'theirs.safetensors', 'ours.pth'),
    ],
)
def test_round_trip(tmp_path, convert, theirs, capsys, prefix, src, dst):
    src, dst = tmp_path / src, tmp_path / dst
    original = {prefix + name: weight for name, weight in theirs.items()}
    if src.suffix == '.safetensors':
        save_file(original, src)
    else:
        torch.save(
            dict(model=original, best_update=5) if src.suffix == '.ckpt' else original,
            src,
        )
    convert(src, dst)
    assert repr(prefix) in capsys.readouterr().out
    convert('--reverse', dst, tmp_path / 'back.pth')
    assert_same(torch.load(tmp_path / 'back.pth', weights_only=True), original)
    convert('--reverse', '--prefix', 'x.', dst, tmp_path / 'x.safetensors')
    assert_same(
        load_file(tmp_path / 'x.safetensors'),
        {f'x.{name}': weight for name, weight in theirs.items()},
    )


def test_the_printed_config_loads_the_converted_weights(
    tmp_path, convert, theirs, capsys
):
    torch.save(theirs, tmp_path / 'theirs.pth')
    convert(tmp_path / 'theirs.pth', tmp_path / 'ours.pth')
    printed = capsys.readouterr().out.partition('model = ')
    config = Config.fromstring(printed[1] + printed[2], '.py')
    model = MODELS.build(config.model)
    load_checkpoint(model, str(tmp_path / 'ours.pth'), strict=True)
    assert_same(model.state_dict(), from_authors(theirs))


def test_a_distilled_students_guests_stay_behind(tmp_path, convert, theirs, capsys):
    student = theirs | {f'teachers.itc.{n}': w for n, w in theirs.items()}
    student['balances.itc'] = torch.ones(1)
    torch.save(student, tmp_path / 'kd.pth')
    convert(tmp_path / 'kd.pth', tmp_path / 'ours.pth')
    said = capsys.readouterr().out
    assert (f'left out: balances.itc, teachers.itc ({len(theirs) + 1} tensors)') in said
    convert('--reverse', tmp_path / 'ours.pth', tmp_path / 'back.pth')
    assert_same(torch.load(tmp_path / 'back.pth', weights_only=True), theirs)


def test_what_cannot_be_converted_is_not_written(tmp_path, convert, theirs):
    del theirs['clip.logit_scale']
    torch.save(theirs, tmp_path / 'part.pth')
    with pytest.raises(
        SystemExit, match='part.pth is not converted.*1 missing: clip.logit_scale'
    ):
        convert(tmp_path / 'part.pth', tmp_path / 'ours.pth')
    with pytest.raises(SystemExit, match='not converted: not a model of this'):
        convert('--reverse', tmp_path / 'part.pth', tmp_path / 'ours.pth')
    with pytest.raises(SystemExit, match='not converted: no weights at'):
        convert(tmp_path / 'nowhere.pth', tmp_path / 'ours.pth')
    assert not (tmp_path / 'ours.pth').exists()


def test_arguments(tmp_path, convert, capsys):
    for arguments, said in (
        (('a.pth', 'b.bin'), 'DST must end in .pth or .safetensors'),
        (('--prefix', 'x.', 'a.pth', 'b.pth'), '--prefix goes with --reverse'),
    ):
        with pytest.raises(SystemExit):
            convert(*arguments)
        assert said in capsys.readouterr().err
