"""The command line that converts checkpoints, there and back."""

import runpy
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from mmengine.config import Config
from mmengine.runner import load_checkpoint
from safetensors.torch import load_file, save_file

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


def model_config(**vision: Any) -> dict[str, Any]:
    """A small single-task model, by default as the authors' code has it."""
    backbone = dict(
        embed_dim=16,
        quick_gelu=True,
        vision_cfg=dict(image_size=32, patch_size=16, width=64, layers=1, **vision),
        text_cfg=dict(vocab_size=600, context_length=24, width=64, heads=1, layers=1),
    )
    return dict(
        type='famevil_plugin.FAMEViL',
        encoder=dict(backbone=backbone, task_bottleneck=4),
        heads=dict(xmr=dict(type='famevil_plugin.XMRHead')),
    )


@pytest.fixture
def theirs() -> dict[str, torch.Tensor]:
    """The model in the authors' layout."""
    return to_authors(MODELS.build(model_config()).state_dict())


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


def test_extra_keys_of_a_distilled_student_are_left_out(
    tmp_path, convert, theirs, capsys
):
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


def write_checkpoint(path: Path, config: dict[str, Any]) -> None:
    """As MMEngine writes them, with the config's text."""
    text = Config(dict(model=config)).pretty_text
    weights = MODELS.build(config).state_dict()
    torch.save(dict(state_dict=weights, meta=dict(cfg=text)), path)


def test_the_checkpoints_own_config_is_checked(tmp_path, convert, capsys):
    write_checkpoint(tmp_path / 'same.pth', model_config())
    convert('--reverse', tmp_path / 'same.pth', tmp_path / 'back.pth')
    assert 'nothing in' not in capsys.readouterr().out
    write_checkpoint(
        tmp_path / 'other.pth', model_config(head_width=32, pool_type='avg')
    )
    with pytest.raises(
        SystemExit,
        match='other.pth is not converted: .* compute something else.*head_width=64 '
        "there, 32 here; vision_cfg.pool_type='tok' there, 'avg' here",
    ):
        convert('--reverse', tmp_path / 'other.pth', tmp_path / 'other_back.pth')
    assert not (tmp_path / 'other_back.pth').exists()


def test_weights_alone_are_checked_by_a_config(tmp_path, convert, capsys):
    src, dst = tmp_path / 'bare.pth', tmp_path / 'back.pth'
    config = model_config()
    torch.save(MODELS.build(config).state_dict(), src)
    convert('--reverse', src, dst)
    said = capsys.readouterr().out
    assert f'nothing in {src} says more' in said and '--config FILE checks it' in said
    Config(dict(model=config)).dump(tmp_path / 'same.py')
    convert('--reverse', '--config', tmp_path / 'same.py', src, dst)
    assert 'nothing in' not in capsys.readouterr().out
    config['encoder']['backbone']['quick_gelu'] = False
    Config(dict(model=config)).dump(tmp_path / 'gelu.py')
    with pytest.raises(SystemExit, match='quick_gelu=True there, False here'):
        convert('--reverse', '--config', tmp_path / 'gelu.py', src, dst)
    (tmp_path / 'empty.py').write_text('a = 1\n')
    with pytest.raises(SystemExit, match='empty.py describes no model'):
        convert('--reverse', '--config', tmp_path / 'empty.py', src, dst)


def test_a_source_is_not_overwritten(tmp_path, convert, theirs, capsys, monkeypatch):
    torch.save(theirs, tmp_path / 'theirs.pth')
    before = (tmp_path / 'theirs.pth').read_bytes()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit):
        convert(tmp_path / 'theirs.pth', 'theirs.pth')
    assert 'DST is SRC' in capsys.readouterr().err
    assert (tmp_path / 'theirs.pth').read_bytes() == before


def test_arguments(tmp_path, convert, capsys):
    for arguments, said in (
        (('a.pth', 'b.bin'), 'DST must end in .pth or .safetensors'),
        (('--prefix', 'x.', 'a.pth', 'b.pth'), '--prefix goes with --reverse'),
        (('--config', 'c.py', 'a.pth', 'b.pth'), '--config goes with --reverse'),
    ):
        with pytest.raises(SystemExit):
            convert(*arguments)
        assert said in capsys.readouterr().err
