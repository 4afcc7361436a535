"""The bottleneck inside both kinds of adapter (paper section 3.2)."""

import math

import torch
from torch import Tensor, nn


class BottleneckAdapter(nn.Module):
    r"""The paper's AdaptMLP with its LayerNorm and its scale.

    .. math::
        s \cdot W_{up} \, \mathrm{ReLU}(W_{down} \, \mathrm{LN}(x))

    The up projection begins at zero, so a fresh adapter adds nothing. There
    is no residual inside: the caller adds the result to its own stream.

    Args:
        width (int): Width ``d`` of the stream.
        bottleneck (int): Width ``b`` inside. Defaults to 64, the paper's.

    Example:
        >>> adapter = BottleneckAdapter(width=8, bottleneck=2)
        >>> adapter(torch.randn(3, 5, 8)).abs().max().item()
        0.0
    """

    def __init__(self, width: int, bottleneck: int = 64) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.down = nn.Linear(width, bottleneck)
        self.up = nn.Linear(bottleneck, width)
        self.scale = nn.Parameter(torch.ones(1))
        nn.init.kaiming_uniform_(self.down.weight, a=math.sqrt(5))
        for zero in (self.down.bias, self.up.weight, self.up.bias):
            nn.init.zeros_(zero)

    def forward(self, x: Tensor) -> Tensor:
        """``(..., width)`` -> what to add to the stream, same shape."""
        return self.scale * self.up(self.down(self.norm(x)).relu())
