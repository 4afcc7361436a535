"""Towers whose blocks fetch their weights from all processes to run.

PyTorch's FSDP2 brings a module's weights together before its ``forward`` and
lets them go after it. A residual block is walked in two half layers and its
``forward`` never called, so here each half layer runs as a method of its block
that FSDP2 is told of.
"""

from collections.abc import Callable
from typing import Any

from torch import Tensor
from torch.distributed.fsdp import register_fsdp_forward_method

from .towers import ImageTower, TextTower, Tower


def run_halves_in(block: Any) -> None:
    """Let a sharded block have its weights while a half layer runs.

    Args:
        block (nn.Module): A residual block, after ``fully_shard``.
    """
    block.run_half = _run_half
    register_fsdp_forward_method(block, 'run_half')


def _run_half(half: Callable[..., Tensor], *args: Any, **kwargs: Any) -> Tensor:
    return half(*args, **kwargs)


class _ShardedTower(Tower):
    """Each half layer as a method of its block."""

    def attend(self, layer: int, *args: Any, **kwargs: Any) -> Tensor:
        half = super().attend
        return self.blocks[layer].run_half(half, layer, *args, **kwargs)

    def attend_from(self, layer: int, *args: Any, **kwargs: Any) -> Tensor:
        half = super().attend_from
        return self.blocks[layer].run_half(half, layer, *args, **kwargs)

    def transform(self, layer: int, *args: Any, **kwargs: Any) -> Tensor:
        half = super().transform
        return self.blocks[layer].run_half(half, layer, *args, **kwargs)


class ShardedImageTower(_ShardedTower, ImageTower):
    """The vision transformer, its blocks sharded."""


class ShardedTextTower(_ShardedTower, TextTower):
    """The text transformer, its blocks sharded."""

    def attend_causally(self, layer: int, *args: Any, **kwargs: Any) -> Tensor:
        """One half layer more, see :class:`TextTower`."""
        half = super().attend_causally
        return self.blocks[layer].run_half(half, layer, *args, **kwargs)
