"""Checkpoints that fit and checkpoints that do not."""

from types import SimpleNamespace

import pytest
from mmengine.fileio import get_file_backend
from mmengine.runner import IterBasedTrainLoop
from torch import nn

from famevil_plugin.engine import CheckpointGuardHook


def guard(model, weights, trains=True, resumes=False, **kwargs):
    runner = SimpleNamespace(
        model=model,
        _train_loop=object.__new__(IterBasedTrainLoop) if trains else {},
        _resume=resumes,
    )
    CheckpointGuardHook(**kwargs).after_load_checkpoint(
        runner, dict(state_dict=weights)
    )


def test_own_checkpoint_passes():
    model = nn.Linear(2, 3)
    guard(model, model.state_dict())


def test_checkpoint_of_another_model():
    model, other = nn.Linear(2, 3), nn.Linear(2, 4, bias=False)
    with pytest.raises(
        ValueError,
        match=r'another model.*1 misshapen: weight \(expected '
        r'\(3, 2\), got \(4, 2\)\); 1 missing: bias',
    ):
        guard(model, other.state_dict())
    with pytest.raises(ValueError, match='1 unexpected: bias'):
        guard(other, nn.Linear(2, 4).state_dict())


def test_starting_from_part_of_another_model():
    whole, part = nn.Linear(2, 3), nn.Linear(2, 3, bias=False)
    guard(whole, part.state_dict(), strict=False)
    with pytest.raises(ValueError, match='misshapen'):
        guard(whole, nn.Linear(5, 3).state_dict(), strict=False)


def test_a_classifier_of_other_classes():
    """It stays fresh where a training starts, and is taken otherwise."""

    def model(classes):
        return nn.ModuleDict(
            dict(body=nn.Linear(2, 2), classifier=nn.Linear(2, classes))
        )

    other = model(5).state_dict()
    with pytest.raises(
        ValueError,
        match='2 misshapen: classifier.weight .* '
        "name their weights in CheckpointGuardHook's `fresh`",
    ):
        guard(model(3), dict(other))
    guard(model(3), other, fresh=['classifier.'])
    assert set(other) == {'body.weight', 'body.bias'}
    for run in (dict(trains=False), dict(resumes=True)):
        own = model(3).state_dict()
        guard(model(3), own, fresh=['classifier.'], **run)
        assert len(own) == 4
        with pytest.raises(ValueError, match='2 misshapen: classifier'):
            guard(model(3), model(5).state_dict(), fresh=['classifier.'], **run)


def test_a_missing_file_to_start_from(tmp_path):
    hook, there = CheckpointGuardHook(), tmp_path / 'there.pth'
    there.touch()
    for path in (None, str(there), 'https://models/there.pth'):
        hook.before_run(SimpleNamespace(_load_from=path))
    with pytest.raises(FileNotFoundError, match="load_from='gone.pth'.*None"):
        hook.before_run(SimpleNamespace(_load_from='gone.pth'))


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
