"""Weights and what is said of them -> the content of a safetensors file."""

import json
from collections.abc import Mapping
from typing import Any

from safetensors.torch import save
from torch import Tensor


def pack_weights(
    weights: Mapping[str, Tensor], notes: Mapping[str, Any], half: bool = False
) -> bytes:
    """Make the content of a ``.safetensors`` file.

    Args:
        weights (Mapping[str, Tensor]): By name.
        notes (Mapping[str, Any]): Its metadata; what is no text is written as
            JSON.
        half (bool): Whether to store half precision. Defaults to False.

    Raises:
        ValueError: If a weight is not finite in half precision.
    """
    if half:
        weights = {name: _halve(name, weight) for name, weight in weights.items()}
    return save(
        {name: weight.contiguous() for name, weight in weights.items()},
        metadata={
            key: value if isinstance(value, str) else json.dumps(value)
            for key, value in notes.items()
        },
    )


def _halve(name: str, weight: Tensor) -> Tensor:
    if not weight.is_floating_point():
        return weight
    if not weight.half().isfinite().all():
        raise ValueError(
            f'{name} is not finite in half precision: publish it in full precision'
        )
    return weight.half()
