"""Reads files of weights as data: nothing in them is ever run."""

import zipfile
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from mmengine.logging import HistoryBuffer
from safetensors import safe_open
from torch import Tensor

from .blocked_names import blocked_names
from .checkpoint_seal import check_seal

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
    held = read_data(path)
    weights = next((held[key] for key in _INNER if key in held), held)
    fault = _find_fault(weights)
    if fault is not None:
        raise ValueError(
            f'{path} holds no plain weights: expected tensors by name, alone '
            f'or under "state_dict" or "model", got {fault}'
        )
    notes = held.get('meta')
    return WeightFile(dict(weights), notes if isinstance(notes, dict) else {})


def read_data(path: Path, map_location: Any = 'cpu') -> dict[str, Any]:
    """Read all that a file of weights holds.

    Args:
        path (Path): The file.
        map_location (Any): As ``torch.load`` takes it. Defaults to ``cpu``.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is damaged, or holds more than data.
    """
    if not path.is_file():
        raise FileNotFoundError(f'no weights at {path}: expected a file')
    try:
        check_seal(path)
        return _load(path, map_location)
    except Exception as error:
        raise ValueError(
            f'{path} cannot be read as plain weights: expected a state dict, '
            'a checkpoint with one, safetensors or a TorchScript archive, '
            f'got: {_reason(path, error)}'
        ) from None


def _reason(path: Path, error: Exception) -> str:
    names = blocked_names(path)
    if names:
        return f'a file that asks to run {", ".join(names)}, which is refused'
    # torch's own words, without its advice to read the file unsafely
    reason = str(error).rpartition('WeightsUnpickler error: ')[2]
    reason = reason.partition('. Please use')[0].strip().split('\n')[0]
    if 'weights_only' in reason or not reason:
        return f'something else ({type(error).__name__})'
    return reason


def _find_fault(weights: Any) -> str | None:
    """The reason why something is no tensors by name."""
    if not isinstance(weights, dict):
        return f'a {type(weights).__name__}'
    if not weights:
        return 'an empty dict'
    for name, value in weights.items():
        if not isinstance(name, str):
            return f'the name {name!r}: {type(name).__name__}'
        if not isinstance(value, Tensor):
            return f'{name!r}: {type(value).__name__}'
    return None


def _load(path: Path, map_location: Any) -> dict[str, Any]:
    if path.suffix == '.safetensors':
        with safe_open(path, 'pt') as file:
            weights = {key: file.get_tensor(key) for key in file.keys()}
            return dict(state_dict=weights, meta=file.metadata() or {})
    try:
        with torch.serialization.safe_globals(_plain_types()):
            held = torch.load(path, map_location=map_location, weights_only=True)
        if not isinstance(held, dict):
            raise TypeError(f'a {type(held).__name__}')
        return held
    except RuntimeError as error:
        if 'TorchScript' not in str(error):
            raise
        _check_script(path)
        return torch.jit.load(path, map_location='cpu').state_dict()


def _check_script(path: Path) -> None:
    """Refuse a TorchScript archive of which a method runs while it loads."""
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            name = member.filename
            if name.endswith('.py') and b'__setstate__' in archive.read(member):
                raise ValueError(
                    f'a TorchScript archive whose {name} has a __setstate__, '
                    'which is refused'
                )


def _plain_types() -> list[Any]:
    """Types that may accompany weights: NumPy's numbers and arrays, and
    MMEngine's log, which is part of its checkpoints."""
    rebuild_array, rebuild_number = (
        value.__reduce__()[0] for value in (np.zeros(0), np.float64())
    )
    return [
        HistoryBuffer,
        np.ndarray,
        np.dtype,
        *{type(np.dtype(kind)) for kind in (*np.typecodes['All'],) if kind != 'O'},
        rebuild_array,
        rebuild_number,
        # as NumPy 1 wrote them
        (rebuild_array, 'numpy.core.multiarray._reconstruct'),
        (rebuild_number, 'numpy.core.multiarray.scalar'),
        (_statistic, 'builtins.getattr'),
    ]


def _statistic(owner: type, name: str) -> Any:
    """Replaces ``getattr``, which would give access to anything."""
    if owner is not HistoryBuffer:
        raise ValueError(f'{name!r} of {owner} is no part of a log history')
    return getattr(HistoryBuffer, name)
