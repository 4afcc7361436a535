"""Checkpoints that fit and checkpoints that do not."""

import re
from types import SimpleNamespace

import pytest
from mmengine.fileio import get_file_backend
from mmengine.runner import IterBasedTrainLoop
from torch import nn

from famevil_plugin.engine import CheckpointGuardHook
from famevil_plugin.registry import MODELS
from tests.conftest import BACKBONE
from tests.tiny_run import model_config


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
    own = model(3)
    guard(own, other, fresh=['classifier.'])
    assert other['classifier.weight'].equal(own.classifier.weight)
    assert not other['body.weight'].equal(own.body.weight)
    for run in (dict(trains=False), dict(resumes=True)):
        own = model(3).state_dict()
        guard(model(3), own, fresh=['classifier.'], **run)
        assert len(own) == 4
        with pytest.raises(ValueError, match='2 misshapen: classifier'):
            guard(model(3), model(5).state_dict(), fresh=['classifier.'], **run)


@pytest.fixture
def said(monkeypatch):
    """What the guard logs."""
    lines = []
    monkeypatch.setattr(
        'famevil_plugin.engine.checkpoint_hooks.print_log',
        lambda line, **_: lines.append(line),
    )
    return lines


def checkpoint(*tasks, **changes):
    """Weights of a tiny model of some tasks."""
    return dict(MODELS.build(model_config(*tasks) | changes).state_dict())


@pytest.mark.parametrize('trains', [True, False])
def test_a_checkpoint_of_more_tasks(trains, said):
    """What is of the others is dropped, and named in a line."""
    model, four = MODELS.build(model_config('xmr')), checkpoint()
    guard(model, four, trains)
    assert four.keys() == model.state_dict().keys()
    (line,) = said
    assert re.search(r'not used: \d+ weights .* are of tgir, scr, fic$', line)
    with pytest.raises(ValueError, match=r'\d+ unexpected: encoder.task_adapters'):
        guard(model, checkpoint(), resumes=True)


def test_a_checkpoint_of_more_layers():
    """Is of another model, whatever its tasks."""
    deeper = dict(BACKBONE, text_cfg=dict(BACKBONE['text_cfg'], layers=3))
    config = model_config()
    config['encoder']['backbone'] = deeper
    other = dict(MODELS.build(config).state_dict())
    with pytest.raises(ValueError, match=r'another model.* unexpected: encoder.clip'):
        guard(MODELS.build(model_config('xmr')), other, trains=False)


def test_a_checkpoint_of_fewer_tasks(said):
    """A training goes on from it, an evaluation would not mean anything."""
    model, two = MODELS.build(model_config()), checkpoint('xmr', 'fic')
    kept = {name: weight.clone() for name, weight in two.items()}
    guard(model, two)
    own = model.state_dict()
    assert two.keys() == own.keys()
    assert all(two[name].equal(weight) for name, weight in kept.items())
    fresh = two.keys() - kept.keys()
    assert all(two[name].equal(own[name]) for name in fresh)
    # a captioning model lets the text attend alone
    assert 'encoder.cross_adapters.image.0.query.weight' in fresh
    assert 'encoder.cross_adapters.text.0.query.weight' in kept
    assert said == [
        f'fresh: {len(fresh)} weights of tgir, scr, which the checkpoint has not'
    ]
    for run in (dict(trains=False), dict(resumes=True)):
        with pytest.raises(ValueError, match=r'another model.* \d+ missing'):
            guard(model, checkpoint('xmr', 'fic'), **run)
    # of its own tasks it must have all
    two = checkpoint('xmr', 'fic')
    del two['heads.fic.to_vocabulary.bias']
    with pytest.raises(ValueError, match='1 missing: heads.fic.to_vocabulary.bias'):
        guard(model, two)


def test_a_head_of_other_classes_starts_fresh(said):
    """Where a training starts; 7 sub-categories against 9."""
    model = MODELS.build(model_config())
    heads = model_config()['heads']
    nine = dict(heads=heads | dict(scr=heads['scr'] | dict(num_classes=9)))
    other = checkpoint(**nine)
    guard(model, other)
    for part in ('weight', 'bias'):
        name = f'heads.scr.classifier.{part}'
        assert other[name].equal(model.state_dict()[name])
    assert said == [
        'fresh: heads.scr.classifier, which has 9 outputs in the checkpoint and 7 here'
    ]
    with pytest.raises(ValueError, match='2 misshapen: heads.scr.classifier.weight'):
        guard(model, checkpoint(**nine), trains=False)


def test_a_missing_file_to_start_from(tmp_path):
    hook, there = CheckpointGuardHook(), tmp_path / 'there.pth'
    there.touch()
    for path in (None, str(there), 'https://models/there.pth'):
        hook.before_run(SimpleNamespace(_load_from=path, _resume=False))
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
