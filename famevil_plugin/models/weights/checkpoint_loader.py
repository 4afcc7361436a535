"""MMEngine's checkpoint loaders, which read data alone.

MMEngine's own loaders fall back to an unrestricted ``torch.load``, which runs
whatever a file asks for, where the restricted one fails. Importing this
module puts other ones in their place, for the whole process, so that
``Runner``, ``load_checkpoint`` and hooks read safely whoever calls them. The
packages ``models`` and ``engine`` import it: no model or hook of this package,
and no run in its scope, is there without it.
"""

from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import torch
from mmengine.dist import barrier, is_main_process
from mmengine.runner.checkpoint import CheckpointLoader

from .adapter_files import CLIP_NOTE, complete
from .share_files import SHARES, add_shares
from .weight_files import WeightFile, read_data

_WEB = ('http://', 'https://')
# MMEngine's other schemes
_STORES = (
    'pavi://',
    r'(\S+\:)?s3://',
    r'(\S+\:)?petrel://',
    'modelzoo://',
    'torchvision://',
    'open-mmlab://',
    'openmmlab://',
    'mmcls://',
)


@CheckpointLoader.register_scheme(prefixes='', force=True)
def load_from_local(filename: str, map_location: Any = None) -> dict[str, Any]:
    """Read a checkpoint file of this package's, of MMEngine or of weights.

    To adapters that are published alone their CLIP is added, and to a
    checkpoint in shares its tensors.

    Args:
        filename (str): The file.
        map_location (Any): As ``torch.load`` takes it.

    Returns:
        dict[str, Any]: Its content.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is damaged, or holds more than data.
    """
    path = Path(filename).expanduser()
    checkpoint = read_data(path, map_location)
    meta = checkpoint.get('meta')
    if isinstance(meta, dict):
        if CLIP_NOTE in meta:
            file = complete(WeightFile(checkpoint['state_dict'], meta), path)
            checkpoint['state_dict'] = file.weights
        if SHARES in meta:
            add_shares(checkpoint, path)
        # MMEngine would run this text when it resumes; it writes "cfg" itself
        meta.pop('config', None)
    return checkpoint


@CheckpointLoader.register_scheme(prefixes=_WEB, force=True)
def load_from_web(filename: str, map_location: Any = None) -> dict[str, Any]:
    """Download a checkpoint to PyTorch's hub folder, and read it there.

    Args:
        filename (str): The address.
        map_location (Any): As ``torch.load`` takes it.
    """
    name = PurePosixPath(urlsplit(filename).path).name
    path = Path(torch.hub.get_dir()) / 'checkpoints' / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if is_main_process() and not path.is_file():
        torch.hub.download_url_to_file(filename, str(path), progress=False)
    barrier()
    if not path.is_file():  # on another machine
        torch.hub.download_url_to_file(filename, str(path), progress=False)
    return load_from_local(str(path), map_location)


@CheckpointLoader.register_scheme(prefixes=_STORES, force=True)
def load_from_store(filename: str, map_location: Any = None) -> dict[str, Any]:
    """Refuse MMEngine's other addresses, whose files it would run.

    Raises:
        ValueError: Always.
    """
    raise ValueError(
        f'checkpoints are read from files and over http(s), got {filename}: '
        'download it, and give the path of the file'
    )
