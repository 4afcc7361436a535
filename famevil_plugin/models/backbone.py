"""Builds the open_clip model under the adapters."""

import json
from pathlib import Path
from typing import Any

import open_clip
import torch
from open_clip.model import CustomTextCLIP, convert_to_custom_text_state_dict
from torch import nn

from .towers import check_towers
from .weight_files import read_weights

# carried by OpenAI's own files beside the weights
_NO_WEIGHTS = ('input_resolution', 'context_length', 'vocab_size')


def backbone_config(backbone: str | dict[str, Any]) -> dict[str, Any]:
    """Look an architecture up.

    Args:
        backbone (str | dict): A name that open_clip knows (``'ViT-B-16'``),
            the path of a JSON file in open_clip's format, or such a dict.

    Returns:
        dict: open_clip's ``embed_dim``, ``vision_cfg`` and ``text_cfg``.

    Raises:
        ValueError: If the name is unknown.
    """
    if not isinstance(backbone, str):
        return dict(backbone)
    if backbone.endswith('.json'):
        return json.loads(Path(backbone).read_text())
    config = open_clip.get_model_config(backbone)
    if config is None:
        raise ValueError(
            f'unknown backbone {backbone!r}: expected a model name that '
            'open_clip knows (open_clip.list_models()), the path of a .json '
            'file in its format, or a dict with embed_dim, vision_cfg and '
            'text_cfg')
    return config


def build_backbone(backbone: str | dict[str, Any],
                   pretrained: str | None = None) -> nn.Module:
    """Build a CLIP whose two towers look alike.

    Args:
        backbone (str | dict): See :func:`backbone_config`.
        pretrained (str, optional): A local file (a state dict, safetensors,
            or OpenAI's archive) or an open_clip tag such as ``'openai'``.
            Defaults to random weights.

    Returns:
        nn.Module: An open_clip ``CustomTextCLIP``.
    """
    config = backbone_config(backbone)
    clip = CustomTextCLIP(
        **{
            key: config[key]
            for key in ('embed_dim', 'vision_cfg', 'text_cfg', 'quick_gelu')
            if key in config
        })
    check_towers(clip)
    if pretrained is not None:
        clip.load_state_dict(_read_weights(backbone, pretrained))
    return clip


def _read_weights(backbone: str | dict[str, Any],
                  pretrained: str) -> dict[str, torch.Tensor]:
    path = Path(pretrained)
    if not path.exists() and isinstance(backbone, str):
        path = Path(
            open_clip.download_pretrained(
                _pretrained_tag(backbone, pretrained)))
    if not path.exists():
        raise FileNotFoundError(
            f'no weights at {pretrained!r}: expected a local file, or an '
            'open_clip tag beside the name of a backbone')
    return convert_to_custom_text_state_dict(read_state_dict(path))


def _pretrained_tag(backbone: str, tag: str) -> dict[str, Any]:
    tags = open_clip.list_pretrained_tags_by_model(backbone)
    if tag not in tags:
        raise FileNotFoundError(
            f'no weights {tag!r} for backbone {backbone!r}: expected a local '
            f'file or one of the tags {", ".join(tags) or "(none)"}')
    return open_clip.get_pretrained_cfg(backbone, tag)


def read_state_dict(path: Path) -> dict[str, torch.Tensor]:
    """Read open_clip's or OpenAI's weights, in whatever file they are.

    Args:
        path (Path): See :func:`~famevil_plugin.models.weight_files
            .read_weights`.

    Returns:
        dict[str, Tensor]: fp32 weights by name.
    """
    return {
        key.removeprefix('module.'): value.float()
        for key, value in read_weights(path).weights.items()
        if key not in _NO_WEIGHTS
    }
