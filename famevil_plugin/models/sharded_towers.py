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

from .decoding_cache import DecodingCache
from .towers import ImageTower, TextTower, Tower


def run_halves_in(block: Any) -> None:
    """Let a sharded block have its weights while a half layer runs.

    Args:
        block (nn.Module): A residual block, after ``fully_shard``.
    """
    block.run_half = _run_half
    register_fsdp_forward_method(block, 'run_half')


def _run_half(half: Callable[..., Tensor], *args: Any) -> Tensor:
    return half(*args)


class _ShardedTower(Tower):
    """Each half layer as a method of its block."""

    def attend(self, layer: int, x: Tensor) -> Tensor:
        return self.blocks[layer].run_half(super().attend, layer, x)

    def attend_from(
        self,
        layer: int,
        x: Tensor,
        read: Callable[[Tensor], Tensor],
        mask: Tensor | None = None,
    ) -> Tensor:
        return self.blocks[layer].run_half(super().attend_from, layer, x, read, mask)

    def transform(self, layer: int, x: Tensor) -> Tensor:
        return self.blocks[layer].run_half(super().transform, layer, x)


class ShardedImageTower(_ShardedTower, ImageTower):
    """The vision transformer, its blocks sharded."""


class ShardedTextTower(_ShardedTower, TextTower):
    """The text transformer, its blocks sharded."""

    def attend_causally(
        self,
        layer: int,
        x: Tensor,
        cache: DecodingCache,
        visible: Tensor | None = None,
        first: bool = False,
    ) -> Tensor:
        """One half layer more, see :class:`TextTower`."""
        return self.blocks[layer].run_half(
            super().attend_causally, layer, x, cache, visible, first
        )
