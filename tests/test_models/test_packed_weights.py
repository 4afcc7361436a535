"""Packed matrices give what PyTorch gives, where they may be used."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from famevil_plugin.models.packed_weights import PackedWeights


@pytest.fixture
def layer():
    torch.manual_seed(0)
    return nn.Linear(512, 384)


@torch.inference_mode()
def test_the_products_are_pytorchs_but_for_rounding(layer):
    x = torch.rand(2, 5, 512)
    weight = layer.weight[:256]
    with PackedWeights() as packing:
        for _ in range(3):
            torch.testing.assert_close(layer(x), x @ layer.weight.T + layer.bias)
            torch.testing.assert_close(F.linear(x, weight), x @ weight.T)
    assert len(packing.packed) == 2
    assert torch.equal(layer(x), F.linear(x, layer.weight, layer.bias))


@torch.inference_mode()
def test_arguments_may_be_named(layer):
    x = torch.rand(3, 512)
    with PackedWeights() as packing:
        found = F.linear(input=x, weight=layer.weight)
    torch.testing.assert_close(found, x @ layer.weight.T)
    assert len(packing.packed) == 1


def test_gradients_pass(layer):
    with PackedWeights() as packing:
        layer(torch.rand(3, 512)).sum().backward()
    assert layer.weight.grad is not None and not packing.packed


@pytest.mark.parametrize(
    'x',
    [
        torch.rand(3, 512, dtype=torch.float64),
        torch.rand(65, 512),
        torch.rand(3, 512).to(torch.bfloat16),
    ],
    ids=['float64', 'many rows', 'bfloat16'],
)
@torch.inference_mode()
def test_pytorch_multiplies_the_rest(layer, x):
    layer.to(x.dtype)
    with PackedWeights() as packing:
        assert torch.equal(layer(x), F.linear(x, layer.weight, layer.bias))
    assert not packing.packed


@torch.inference_mode()
def test_mixed_precision_stays_mixed(layer):
    with PackedWeights(), torch.autocast('cpu', torch.bfloat16):
        assert layer(torch.rand(3, 512)).dtype == torch.bfloat16
