"""Large batches in little memory: a pass goes over pieces of the batch.

A contrastive loss compares a whole batch, so its gradient is not the mean of
those of small batches. What it compares are vectors, though: a pass over a
piece keeps these alone, and runs again in the backward pass, when the gradient
of its vectors is known. The result is the gradient of the whole batch, at the
price of a second forward pass (Gao et al., arXiv 2101.06983, cache the vectors
likewise).
"""

from collections.abc import Callable
from functools import partial, wraps
from typing import Any, TypeVar, cast

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from .decoding_cache import DecodingCache

Method = TypeVar('Method', bound=Callable[..., Any])


def in_chunks(method: Method) -> Method:
    """Let a method go over a batch in pieces, where its owner says so.

    The owner's ``chunk_size`` is the number of items of a piece, or None. It
    counts where gradients are taken. Tensors, and lists of them, have an item
    a row; other arguments are for all. A decoding cache rules it out.

    Args:
        method (Callable): Of a model; gives a tensor or a list of them.
    """

    @wraps(method)
    def run(self: Any, *args: Any, **kwargs: Any) -> Any:
        size = self.chunk_size
        given = (*args, *kwargs.values())
        decodes = any(isinstance(value, DecodingCache) for value in given)
        if size is None or decodes or not torch.is_grad_enabled():
            return method(self, *args, **kwargs)
        rows = next(value.size(0) for value in given if isinstance(value, Tensor))
        parts = [
            checkpoint(
                partial(method, self),
                *(_cut(value, start, size) for value in args),
                use_reentrant=False,
                **{name: _cut(value, start, size) for name, value in kwargs.items()},
            )
            for start in range(0, rows, size)
        ]
        return _join(parts)

    return cast(Method, run)


def _cut(value: Any, start: int, size: int) -> Any:
    if isinstance(value, Tensor):
        return value[start : start + size]
    if isinstance(value, list):
        return [_cut(one, start, size) for one in value]
    return value


def _join(parts: list[Any]) -> Tensor | list[Tensor]:
    if isinstance(parts[0], list):
        return [torch.cat(column) for column in zip(*parts)]
    return torch.cat(parts)
