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


def test_no_tensors_and_no_file(tmp_path):
    torch.save(torch.ones(2), tmp_path / 'tensor.pth')
    with pytest.raises(ValueError, match='tensor.pth cannot.*got: a Tensor'):
        read_weights(tmp_path / 'tensor.pth')
    torch.save(dict(epoch=3), tmp_path / 'log.pth')
    with pytest.raises(ValueError, match="no plain weights.*'epoch': int"):
        read_weights(tmp_path / 'log.pth')
    with pytest.raises(FileNotFoundError, match='no weights at .*nowhere'):
        read_weights(tmp_path / 'nowhere.pth')
