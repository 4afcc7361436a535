"""Files that run a command where they are unpickled."""

import os
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch


class Command:
    """Makes a file when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> Any:
        return os.system, (f'touch {self.marker}',)


def _in_weights(path: Path, command: Command) -> Path:
    torch.save(dict(state_dict=dict(a=command), meta=dict(iter=4, epoch=0)), path)
    return path


def _in_log(path: Path, command: Command) -> Path:
    log = dict(log_scalars={}, runtime_info=dict(task=command), resumed_keys={})
    meta = dict(iter=4, epoch=0, dataset_meta=[command])
    torch.save(dict(state_dict={}, message_hub=log, meta=meta), path)
    return path


def _bare(path: Path, command: Command) -> Path:
    path.write_bytes(pickle.dumps(dict(state_dict=dict(a=command))))
    return path


def _old_layout(path: Path, command: Command) -> Path:
    content = dict(state_dict=dict(a=command))
    torch.save(content, path, _use_new_zipfile_serialization=False)
    return path


def _like_torchscript(path: Path, command: Command) -> Path:
    _in_weights(path, command)
    with zipfile.ZipFile(path, 'a') as archive:
        archive.writestr(f'{path.stem}/constants.pkl', pickle.dumps(command))
    return path


def _named_safetensors(path: Path, command: Command) -> Path:
    return _bare(path.with_suffix('.safetensors'), command)


#: Writers by kind; each gives the path of what it wrote.
HOSTILE: dict[str, Callable[[Path, Command], Path]] = dict(
    in_weights=_in_weights,
    in_log=_in_log,
    bare=_bare,
    old_layout=_old_layout,
    like_torchscript=_like_torchscript,
    named_safetensors=_named_safetensors,
)
