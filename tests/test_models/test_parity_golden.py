"""The tiny model computes what it computed when the parity with the authors'
code was last shown; needs no file but ``golden.safetensors``."""

from safetensors import safe_open

from tests.parity import read_states

from .make_golden import GOLDEN, build_inputs, compute


def test_golden(deviations):
    with safe_open(GOLDEN, 'pt') as file:
        written_with = file.metadata()
        golden = {name: file.get_tensor(name) for name in file.keys()}
    assert {'torch', 'open_clip'} == written_with.keys()
    computed = compute()
    assert computed.keys() == golden.keys()
    for name, expected in golden.items():
        group, got = name.split('/')[0], computed[name]
        if group == 'xaa' and got.size(1) == 1:  # the last one
            side = 'text' if '_text_' in name else 'image'
            expected = read_states(side, expected, build_inputs()['tokens'])
        if group == 'gradients':  # in units of the largest: some are small
            unit = expected.abs().max()
            got, expected = got / unit, expected / unit
        deviations.check(f'golden: {group}', got, expected)
