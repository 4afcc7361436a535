"""The tiny model computes what it computed when the parity with the authors'
code was last shown; needs no file but ``golden.safetensors``."""

from safetensors import safe_open

from .make_golden import GOLDEN, compute


def test_golden(deviations):
    with safe_open(GOLDEN, 'pt') as file:
        written_with = file.metadata()
        golden = {name: file.get_tensor(name) for name in file.keys()}
    assert {'torch', 'open_clip'} == written_with.keys()
    computed = compute()
    assert computed.keys() == golden.keys()
    for name, expected in golden.items():
        group, got = name.split('/')[0], computed[name]
        if group == 'gradients':  # in units of the largest: some are small
            unit = expected.abs().max()
            got, expected = got / unit, expected / unit
        deviations.check(f'golden: {group}', got, expected)
