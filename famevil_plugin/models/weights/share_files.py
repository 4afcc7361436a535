"""Checkpoints of which each process writes its share.

Beside ``iter_10.pth``, which then holds everything but tensors, lie
``iter_10.0-of-2.safetensors`` and ``iter_10.1-of-2.safetensors``. A tensor's
shares are cut along its first dimension, in the order of the processes, as
FSDP2 cuts. The file names its shares with their digests, so it is whole or
none; and they are data alone, which PyTorch's distributed checkpoints, whose
index is a pickle, are not.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load, save
from torch import Tensor

from famevil_plugin.atomic_files import write_whole

#: Where a checkpoint's ``meta`` names its shares: their digests by name.
SHARES = 'shares'
_SHARE = re.compile(r'(.+)\.\d+-of-\d+\.safetensors')


def write_share(
    checkpoint: Path, number: int, count: int, tensors: Mapping[str, Tensor]
) -> tuple[str, str]:
    """Write one process's share of a checkpoint.

    Args:
        checkpoint (Path): The checkpoint's file.
        number (int): The process.
        count (int): How many there are.
        tensors (Mapping[str, Tensor]): Its shares of all tensors, by name;
            what is no share, on the first process alone.

    Returns:
        tuple[str, str]: The file's name and digest.
    """
    content = save({name: t.cpu().contiguous() for name, t in tensors.items()})
    name = f'{checkpoint.stem}.{number}-of-{count}.safetensors'
    write_whole(checkpoint.with_name(name), content)
    return name, hashlib.sha256(content).hexdigest()


def read_shares(folder: Path, digests: Mapping[str, str]) -> dict[str, Tensor]:
    """Put a checkpoint's tensors together.

    Args:
        folder (Path): Where its shares are.
        digests (Mapping[str, str]): By the shares' names, in their order.

    Raises:
        ValueError: If one is missing or was changed.
    """
    parts: dict[str, list[Tensor]] = {}
    for name, digest in digests.items():
        path = folder / Path(name).name
        content = path.read_bytes() if path.is_file() else b''
        if hashlib.sha256(content).hexdigest() != digest:
            raise ValueError(
                f'expected the whole share {path}, got '
                + ('another content' if content else 'no file')
            )
        for key, tensor in load(content).items():
            parts.setdefault(key, []).append(tensor)
    return {key: torch.cat(t) if len(t) > 1 else t[0] for key, t in parts.items()}


def add_shares(checkpoint: dict[str, Any], path: Path) -> None:
    """Give a checkpoint the tensors of its shares, in place.

    Args:
        checkpoint (dict): Of MMEngine.
        path (Path): Its file.

    Raises:
        ValueError: If a share is missing or was changed.
    """
    digests = checkpoint['meta'].pop(SHARES)
    for name, tensor in read_shares(path.parent, digests).items():
        part, _, key = name.partition('/')
        if part == 'state_dict':
            checkpoint['state_dict'][key] = tensor
        else:
            number, _, moment = key.partition('/')
            own = checkpoint['optimizer']['state'].setdefault(int(number), {})
            own[moment] = tensor


def shares_in(folder: Path) -> Iterator[tuple[Path, str]]:
    """All shares in a folder, each with its checkpoint's name without suffix."""
    for path in folder.glob('*.safetensors'):
        if match := _SHARE.fullmatch(path.name):
            yield path, match[1]
