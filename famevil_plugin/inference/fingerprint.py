"""A digest of all that a vector depends on beside its photo."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import nn


def fingerprint(model: nn.Module, pipelines: Mapping[str, Sequence[Any]]) -> str:
    """The digest of a model's weights and of its preprocessing.

    Args:
        model (nn.Module): Weights and the buffers of its data preprocessor
            count, wherever they are; not the device.
        pipelines (Mapping[str, Sequence]): By task the built transforms,
            whose classes and settings count.

    Returns:
        str: 64 hexadecimal digits.
    """
    digest = hashlib.sha256()
    tensors = dict(model.named_parameters()) | dict(model.named_buffers())
    for name in sorted(tensors):
        value = tensors[name].detach().cpu().contiguous()
        digest.update(f'{name} {tuple(value.shape)} {value.dtype}\n'.encode())
        digest.update(value.reshape(-1).view(torch.uint8).numpy().tobytes())
    for task in sorted(pipelines):
        for step in pipelines[task]:
            kind = type(step)
            digest.update(f'{task} {kind.__module__}.{kind.__qualname__}\n'.encode())
            digest.update(repr(sorted(_settings(step).items())).encode())
    return digest.hexdigest()


def _settings(step: Any) -> dict[str, str]:
    """A transform's plain settings, and its inner transforms in words."""
    return {
        name: str(value)
        for name, value in vars(step).items()
        if isinstance(value, (str, int, float, tuple, list, nn.Module, type(None)))
    }
