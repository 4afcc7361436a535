"""Reads files of weights as data: nothing in them is ever run."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from mmengine.logging import HistoryBuffer
from safetensors import safe_open
from torch import Tensor

# where a checkpoint keeps its weights beside other things: MMEngine, MMF
_INNER = ('state_dict', 'model')


class WeightFile(NamedTuple):
    """The content of a file.

    Attributes:
        weights (dict[str, Tensor]): By name, as they are in the file.
        notes (dict[str, Any]): What was written beside them.
    """

    weights: dict[str, Tensor]
    notes: dict[str, Any]


def read_weights(path: Path) -> WeightFile:
    """Read ``.safetensors``, a state dict, or a checkpoint that holds one.

    Args:
        path (Path): MMEngine's checkpoints (``state_dict``) and MMF's
            (``model``) are read as well as bare state dicts, and so are
            TorchScript archives such as OpenAI's.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is none of these, or holds more than data.
    """
    if not path.is_file():
        raise FileNotFoundError(f'no weights at {path}: expected a file')
    try:
        held = _load(path)
    except Exception as error:
        # torch's own words, without its advice to read the file unsafely
        reason = str(error).rpartition('WeightsUnpickler error: ')[2]
        reason = reason.partition('. Please use')[0].strip().split('\n')[0]
        raise ValueError(
            f'{path} cannot be read as plain weights: expected a state dict, '
            'a checkpoint with one, safetensors or a TorchScript archive, '
            f'got: {reason or type(error).__name__}'
        ) from None
    notes = held.get('meta', {})
    weights = next((held[key] for key in _INNER if key in held), held)
    for name, value in weights.items():
        if not isinstance(value, Tensor):
            raise ValueError(
                f'{path} holds no plain weights: expected tensors by name, '
                f'alone or under "state_dict" or "model", got {name!r}: '
                f'{type(value).__name__}'
            )
    return WeightFile(dict(weights), notes)


def _load(path: Path) -> dict[str, Any]:
    if path.suffix == '.safetensors':
        with safe_open(path, 'pt') as file:
            weights = {key: file.get_tensor(key) for key in file.keys()}
            return dict(state_dict=weights, meta=file.metadata() or {})
    try:
        with torch.serialization.safe_globals(_log_history()):
            held = torch.load(path, map_location='cpu', weights_only=True)
        if not isinstance(held, dict):
            raise TypeError(f'a {type(held).__name__}')
        return held
    except RuntimeError as error:
        if 'TorchScript' not in str(error):
            raise
        return torch.jit.load(path, map_location='cpu').state_dict()


def _log_history() -> list[Any]:
    """Types in MMEngine's log, which is part of its checkpoints."""
    array, number = np.zeros(0).__reduce__(), np.float64().__reduce__()
    return [
        HistoryBuffer,
        array[0],
        number[0],
        np.ndarray,
        np.dtype,
        *(type(np.dtype(kind)) for kind in ('float64', 'int64')),
        (_statistic, 'builtins.getattr'),
    ]


def _statistic(owner: type, name: str) -> Any:
    """Replaces ``getattr``, which would give access to anything."""
    if owner is not HistoryBuffer:
        raise ValueError(f'{name!r} of {owner} is no part of a log history')
    return getattr(HistoryBuffer, name)
