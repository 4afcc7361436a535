"""Matrices packed for the many small products of a search, on CPUs."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.overrides import TorchFunctionMode


class PackedWeights(TorchFunctionMode):
    """A context in which ``F.linear`` keeps the matrices that it has seen.

    A step of a search multiplies a few rows with each matrix of the decoder,
    so it takes as long as reading them; in the layout of oneDNN's kernels they
    are read about twice as fast. A matrix is packed at its first product, and
    forgotten at the end, so weights must not change within. Whatever is not
    float32, on a CPU and without gradients is left to PyTorch.
    """

    def __init__(self) -> None:
        super().__init__()
        self.packed: dict[tuple[int, torch.Size], tuple[Tensor, Tensor]] = {}

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        multiply = self._linear if func is F.linear else func
        return multiply(*args, **(kwargs or {}))

    def _linear(
        self, input: Tensor, weight: Tensor, bias: Tensor | None = None
    ) -> Tensor:
        if not _fits(input, weight):
            return F.linear(input, weight, bias)
        # a view of a weight is a new object each time, so its place is the key
        place = weight.data_ptr(), weight.shape
        if place not in self.packed:
            rows = input.numel() // input.size(-1)
            packed = torch.ops.mkldnn._reorder_linear_weight(weight, rows)
            self.packed[place] = weight, packed
        _, packed = self.packed[place]
        return torch.ops.mkldnn._linear_pointwise(input, packed, bias, 'none', [], '')


#: Larger products are PyTorch's, and so are those with small matrices.
_ROWS, _NUMBERS = 64, 2**17


def _fits(x: Tensor, weight: Tensor) -> bool:
    return (
        x.numel() <= _ROWS * x.size(-1)
        and weight.numel() >= _NUMBERS
        and x.dtype == weight.dtype == torch.float32
        and x.device.type == 'cpu'
        and torch.backends.mkldnn.is_available()
        and not torch.is_grad_enabled()
        and not torch.is_autocast_enabled('cpu')
    )
