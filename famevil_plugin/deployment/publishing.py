"""Files of weights to give away: a model, its CLIP, or its adapters alone."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from famevil_plugin.models.backbone import backbone_config
from famevil_plugin.models.weights.adapter_files import CLIP_NOTE, NamedClip, read_clip
from famevil_plugin.models.weights.clip_names import CLIP_PREFIX
from famevil_plugin.models.weights.digest import weights_digest
from famevil_plugin.models.weights.packing import pack_weights

from .trained_model import Trained

#: What can be published: all weights; CLIP alone, for others to start from;
#: or adapters and heads alone, beside a CLIP that is named.
PARTS = ('model', 'clip', 'adapters')
# of the config, what tells of this machine or of the training alone
_PRIVATE = ('work_dir', 'load_from', 'resume', 'launcher')


def publish(
    trained: Trained,
    beside: Path,
    part: str = 'model',
    clip: str | None = None,
    half: bool = False,
) -> bytes:
    """Make the content of a ``.safetensors`` file.

    Args:
        trained (Trained): The model, of the tasks to publish.
        beside (Path): The folder that the file is for.
        part (str): One of :data:`PARTS`. Defaults to all weights.
        clip (str, optional): For adapters, the CLIP that belongs under them,
            as ``pretrained`` takes it; a file must lie in ``beside``.
        half (bool): Whether to store half precision. Defaults to False.

    Returns:
        bytes: The weights; its metadata are texts by ``cfg`` (the config, as
        in a checkpoint), ``tasks``, ``part``, ``dataset_meta`` and, for
        adapters, ``clip``.

    Raises:
        ValueError: If the model's CLIP is not the named one, or a weight is
            not finite in half precision.
    """
    weights = trained.model.state_dict()
    notes: dict[str, Any] = dict(
        cfg=_public_config(trained),
        tasks=list(trained.model.heads),
        part=part,
        dataset_meta={
            task: known
            for task, known in (trained.notes.get('dataset_meta') or {}).items()
            if task in trained.model.heads
        },
    )
    under = {
        name.removeprefix(CLIP_PREFIX): weight
        for name, weight in weights.items()
        if name.startswith(CLIP_PREFIX)
    }
    if part == 'clip':
        weights = under
    elif part == 'adapters':
        weights = {k: v for k, v in weights.items() if not k.startswith(CLIP_PREFIX)}
        notes[CLIP_NOTE] = _name_clip(trained, under, clip, beside)._asdict()
    return pack_weights(weights, notes, half)


def _public_config(trained: Trained) -> str:
    """The config's text, without teachers and the training's places."""
    config = trained.config.copy()
    for key in _PRIVATE:
        config.pop(key, None)
    config.model.pop('teachers', None)
    return config.pretty_text


def _name_clip(
    trained: Trained, under: Mapping[str, Tensor], name: str | None, beside: Path
) -> NamedClip:
    """Name the CLIP, if the model's is that one."""
    if name is None:
        raise ValueError(
            '--part adapters leaves CLIP out, so it must be named: --clip '
            'small_clip, a tag of open_clip, or a file that lies beside the '
            'published one'
        )
    if Path(name).is_file() and not (beside / Path(name).name).is_file():
        raise ValueError(
            f'{name} must lie beside the published file, in {beside}, where it is '
            'looked for when that is loaded: copy it there'
        )
    backbone = trained.config.model.encoder.backbone
    backbone = backbone if isinstance(backbone, str) else backbone.to_dict()
    quick_gelu = bool(backbone_config(backbone).get('quick_gelu'))
    named = read_clip(backbone, name, quick_gelu, beside)
    differing = [
        key for key in under if key not in named or not _equal(under[key], named[key])
    ]
    if differing:
        raise ValueError(
            f'the CLIP in {trained.checkpoint} is not {name}: {len(differing)} of '
            f'{len(under)} weights differ, such as {differing[0]}, as it was trained '
            'on. Publish it first, by --part clip, and name that file by --clip'
        )
    return NamedClip(Path(name).name, backbone, quick_gelu, weights_digest(named))


def _equal(ours: Tensor, named: Tensor) -> bool:
    """Whether two weights are one, also where one was stored in half precision."""
    return ours.shape == named.shape and (
        torch.equal(ours, named) or torch.equal(ours.half().float(), named)
    )
