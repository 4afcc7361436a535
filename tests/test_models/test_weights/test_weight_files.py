"""Weights are read from every kind of file, and nothing in it is run."""

import numpy as np
import pytest
import torch
from mmengine.logging import MessageHub
from safetensors.torch import save_file
from torch import nn

from famevil_plugin.models.weights.weight_files import read_weights

WEIGHTS = dict(a=torch.arange(3.0), b=torch.tensor([[7]]))


class Harmful:
    """Prints when it is unpickled."""

    def __reduce__(self):
        return print, ('run',)


class Snooping:
    """Asks for an attribute when it is unpickled."""

    def __reduce__(self):
        return getattr, (np.ndarray, 'tofile')


def assert_read(path, notes):
    file = read_weights(path)
    assert file.weights.keys() == WEIGHTS.keys()
    for name, value in WEIGHTS.items():
        assert file.weights[name].dtype == value.dtype
        assert torch.equal(file.weights[name], value)
    assert file.notes == notes


@pytest.mark.parametrize('inner', [None, 'model', 'state_dict'])
def test_bare_and_nested(tmp_path, inner):
    held = WEIGHTS if inner is None else {inner: WEIGHTS, 'iteration': 5}
    torch.save(held, tmp_path / 'weights.pth')
    assert_read(tmp_path / 'weights.pth', {})


def test_safetensors_and_their_notes(tmp_path):
    save_file(WEIGHTS, tmp_path / 'w.safetensors', metadata=dict(of='me'))
    assert_read(tmp_path / 'w.safetensors', dict(of='me'))


def test_a_training_checkpoint_with_its_log(tmp_path):
    hub = MessageHub.get_instance('test_weight_files')
    hub.update_scalar('loss', 1.5)
    hub.update_info('eta', np.float64(2.5))
    torch.save(
        dict(state_dict=WEIGHTS, message_hub=hub.state_dict(), meta=dict(iter=3)),
        tmp_path / 'iter_3.pth',
    )
    assert_read(tmp_path / 'iter_3.pth', dict(iter=3))


def test_torchscript(tmp_path):
    module = nn.Linear(2, 1)
    torch.jit.script(module).save(tmp_path / 'archive.pt')
    weights = read_weights(tmp_path / 'archive.pt').weights
    assert torch.equal(weights['weight'], module.weight)


@pytest.mark.parametrize(
    'thing, said', [(Harmful(), 'print'), (Snooping(), 'no part of a log')]
)
def test_what_would_run_is_refused(tmp_path, capsys, thing, said):
    torch.save(dict(a=thing), tmp_path / 'bad.pth')
    with pytest.raises(ValueError, match=f'bad.pth cannot be.*got: .*{said}'):
        read_weights(tmp_path / 'bad.pth')
    assert capsys.readouterr().out == ''


@pytest.mark.parametrize('suffix', ['.pth', '.safetensors'])
def test_half_a_file(tmp_path, suffix):
    whole, half = tmp_path / f'whole{suffix}', tmp_path / f'half{suffix}'
    (save_file if suffix == '.safetensors' else torch.save)(WEIGHTS, whole)
    half.write_bytes(whole.read_bytes()[:-20])
    with pytest.raises(ValueError, match=f'half{suffix} cannot be read as'):
        read_weights(half)


@pytest.mark.parametrize(
    'held, got',
    [
        (dict(epoch=3), "'epoch': int"),
        (dict(a=[torch.ones(1)]), "'a': list"),
        (dict(state_dict=[torch.ones(1)]), 'a list'),
        ({0: torch.ones(1)}, 'the name 0: int'),
        ({}, 'an empty dict'),
        (dict(model={}), 'an empty dict'),
    ],
    ids=['numbers', 'lists', 'list', 'integers', 'empty', 'empty inside'],
)
def test_what_is_no_tensors_by_name(tmp_path, held, got):
    torch.save(held, tmp_path / 'log.pth')
    with pytest.raises(ValueError, match=f'log.pth holds no plain weights.*got {got}'):
        read_weights(tmp_path / 'log.pth')


def test_no_dict_and_no_file(tmp_path):
    torch.save(torch.ones(2), tmp_path / 'tensor.pth')
    with pytest.raises(ValueError, match='tensor.pth cannot.*got: a Tensor'):
        read_weights(tmp_path / 'tensor.pth')
    with pytest.raises(FileNotFoundError, match='no weights at .*nowhere'):
        read_weights(tmp_path / 'nowhere.pth')


@pytest.mark.parametrize(
    'kind', ['bool', 'int32', 'int64', 'uint8', 'float16', 'float32', 'float64', 'U3']
)
def test_numbers_and_arrays_of_numpy_beside_weights(tmp_path, kind):
    array = np.array([1, 0], kind)
    meta = dict(best=array[0], scores=array)
    torch.save(dict(state_dict=WEIGHTS, meta=meta), tmp_path / 'w.pth')
    notes = read_weights(tmp_path / 'w.pth').notes
    assert notes['best'] == array[0] and notes['best'].dtype == array[0].dtype
    assert notes['scores'].tolist() == array.tolist()


def test_numpys_objects_are_no_data(tmp_path):
    torch.save(
        dict(state_dict=WEIGHTS, meta=np.array([Harmful()], object)), tmp_path / 'w.pth'
    )
    with pytest.raises(ValueError, match='w.pth cannot be read as plain weights'):
        read_weights(tmp_path / 'w.pth')
