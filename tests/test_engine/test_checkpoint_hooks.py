"""Checkpoints that fit and checkpoints that do not."""

from types import SimpleNamespace

import pytest
from mmengine.fileio import get_file_backend
from torch import nn

from famevil_plugin.engine import CheckpointGuardHook


def guard(model, weights, **kwargs):
    CheckpointGuardHook(**kwargs).after_load_checkpoint(
        SimpleNamespace(model=model), dict(state_dict=weights))


def test_own_checkpoint_passes():
    model = nn.Linear(2, 3)
    guard(model, model.state_dict())


def test_checkpoint_of_another_model():
    model, other = nn.Linear(2, 3), nn.Linear(2, 4, bias=False)
    with pytest.raises(
            ValueError, match=r'another model.*1 misshapen: weight \(expected '
            r'\(3, 2\), got \(4, 2\)\); 1 missing: bias'):
        guard(model, other.state_dict())
    with pytest.raises(ValueError, match='1 unexpected: bias'):
        guard(other, nn.Linear(2, 4).state_dict())


def test_starting_from_part_of_another_model():
    whole, part = nn.Linear(2, 3), nn.Linear(2, 3, bias=False)
    guard(whole, part.state_dict(), strict=False)
    with pytest.raises(ValueError, match='misshapen'):
        guard(whole, nn.Linear(5, 3).state_dict(), strict=False)


def test_files_appear_whole_or_not_at_all(tmp_path):
    backend = get_file_backend(backend_args=dict(backend='atomic'))
    target = tmp_path / 'new' / 'file.pth'
    backend.put(b'first', target)
    with pytest.raises(TypeError):
        backend.put('not bytes', target)
    assert target.read_bytes() == b'first'
    backend.put(b'second', target)
    assert target.read_bytes() == b'second'
    assert list(target.parent.iterdir()) == [target]
