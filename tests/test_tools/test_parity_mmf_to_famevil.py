"""The recorded models of the authors through the converter and back."""

import hashlib
import runpy

import pytest
import torch
from safetensors.torch import save_file

from famevil_plugin.models.weights.authors import from_authors, to_authors
from tests.conftest import ROOT

NAMES = ('student', 'teacher_itc', 'teacher_tgir', 'teacher_scr', 'teacher_cap')
TOOL = ROOT / 'tools' / 'model_converters' / 'mmf_to_famevil.py'


@pytest.mark.parametrize('name', NAMES)
def test_round_trip(reference, deviations, tmp_path, name):
    tool = runpy.run_path(str(TOOL))
    original = reference.weights(name)
    save_file(original, tmp_path / 'theirs.safetensors')
    tool['convert'](tmp_path / 'theirs.safetensors', tmp_path / 'ours.pth')
    tool['convert_back'](tmp_path / 'ours.pth', tmp_path / 'back.pth', None)
    back = torch.load(tmp_path / 'back.pth', weights_only=True)
    assert back.keys() == original.keys()
    for key, tensor in original.items():
        assert back[key].dtype == tensor.dtype
        deviations.check(f'round trip: {name}', back[key], tensor, tolerance=0)


def test_the_bits_are_those_that_were_recorded(reference):
    sums = reference.numbers('forward')['sha256_16_fp32']
    weights = to_authors(from_authors(reference.weights('student')))
    assert weights.keys() == sums.keys()
    for key, tensor in weights.items():
        digest = hashlib.sha256(tensor.numpy().tobytes()).hexdigest()
        assert digest[:16] == sums[key], key
