"""Builds the open_clip model under the adapters."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import open_clip
import torch
from open_clip.model import CustomTextCLIP, convert_to_custom_text_state_dict
from open_clip.transform import PreprocessCfg, merge_preprocess_dict
from torch import nn

from .towers import check_towers
from .weights.shipped import OWN, SHIPPED
from .weights.transformers import from_transformers, is_of_transformers
from .weights.weight_check import name_faults, weight_faults
from .weights.weight_files import read_weights

_ARCHITECTURE = ('embed_dim', 'vision_cfg', 'text_cfg', 'quick_gelu')
# carried by OpenAI's own files beside the weights
_NO_WEIGHTS = ('input_resolution', 'context_length', 'vocab_size')


def backbone_config(backbone: str | dict[str, Any]) -> dict[str, Any]:
    """Look an architecture up.

    Args:
        backbone (str | dict): A name that open_clip knows (``'ViT-B-16'``),
            the path of a JSON file in open_clip's format (an
            ``open_clip_config.json``, too), or such a dict.

    Returns:
        dict: open_clip's ``embed_dim``, ``vision_cfg`` and ``text_cfg``, and
        ``preprocess_cfg`` where the file says how photos are prepared.

    Raises:
        FileNotFoundError: If there is no such JSON file.
        ValueError: If the name is unknown.
    """
    if not isinstance(backbone, str):
        return dict(backbone)
    if backbone.endswith('.json'):
        if not Path(backbone).is_file():
            raise FileNotFoundError(
                f'no backbone at {backbone!r}: expected the path of a JSON '
                "file in open_clip's format, from the folder the command "
                'runs in'
            )
        content = json.loads(Path(backbone).read_text())
        return content.get('model_cfg', {}) | content
    config = open_clip.get_model_config(backbone)
    if config is None:
        raise ValueError(
            f'unknown backbone {backbone!r}: expected a model name that '
            'open_clip knows (open_clip.list_models()), the path of a .json '
            'file in its format, or a dict with embed_dim, vision_cfg and '
            'text_cfg'
        )
    return config


def preprocessing_of(
    backbone: str | dict[str, Any], pretrained: str | None = None
) -> PreprocessCfg:
    """Preparation of photos for a backbone, as open_clip has it.

    Args:
        backbone (str | dict): See :func:`backbone_config`.
        pretrained (str, optional): See :func:`build_backbone`; a tag may
            have statistics of its own.
    """
    config = backbone_config(backbone)
    found = asdict(PreprocessCfg())
    if isinstance(backbone, str) and pretrained:
        found = merge_preprocess_dict(
            found, open_clip.get_pretrained_cfg(backbone, pretrained)
        )
    found = merge_preprocess_dict(found, config.get('preprocess_cfg', {}))
    size = config.get('vision_cfg', {}).get('image_size', found['size'])
    return PreprocessCfg(**found | dict(size=size))


def build_backbone(
    backbone: str | dict[str, Any], pretrained: str | None = None
) -> nn.Module:
    """Build a CLIP whose two towers look alike.

    Args:
        backbone (str | dict): See :func:`backbone_config`.
        pretrained (str, optional): ``'small_clip'``, which ships with the
            package; a local file (a state dict, safetensors, or OpenAI's
            archive; of transformers' ``CLIPModel``, too); or an open_clip
            tag such as ``'openai'``. Defaults to random weights.

    Returns:
        nn.Module: An open_clip ``CustomTextCLIP``.

    Raises:
        ValueError: If open_clip cannot build it, or its towers cannot be
            walked in half layers.
    """
    config = backbone_config(backbone)
    _check_own_towers(config)
    # what is missing is said before anything is built
    weights = None if pretrained is None else _read_weights(backbone, pretrained)
    try:
        clip = CustomTextCLIP(
            **{key: config[key] for key in _ARCHITECTURE if key in config}
        )
    except (AssertionError, TypeError) as error:  # wrong widths, wrong keys
        raise ValueError(
            f'open_clip cannot build the backbone ({error}): compare its '
            "vision_cfg and text_cfg with open_clip's model_configs"
        ) from None
    check_towers(clip)
    if weights is None:
        _strengthen_positions(clip)
    else:
        _load_weights(clip, weights, pretrained)
    return clip


def _load_weights(
    clip: CustomTextCLIP, weights: dict[str, torch.Tensor], source: str | None
) -> None:
    wanted = clip.state_dict()
    weights = (
        from_transformers(weights, wanted)
        if is_of_transformers(weights)
        else convert_to_custom_text_state_dict(weights)
    )
    faults = weight_faults(wanted, weights)
    if faults:
        raise ValueError(
            f'the weights {source!r} are of another backbone: '
            f'{name_faults(faults)}. Choose the backbone that they were '
            'trained with'
        )
    clip.load_state_dict(weights)


def _strengthen_positions(clip: CustomTextCLIP) -> None:
    """Begin with positions as large as the patches beside them.

    open_clip draws them a tenth of that, so a tower that learns from nothing
    sees colours long before it sees where they are, that is, shapes.
    """
    positions = clip.visual.positional_embedding
    if positions.requires_grad:  # fixed sines have that size already
        nn.init.normal_(positions)


def _check_own_towers(config: dict[str, Any]) -> None:
    """Refuse towers of other libraries before they are built or fetched."""
    missing = [key for key in _ARCHITECTURE[:3] if key not in config]
    if missing:
        raise ValueError(
            f'the backbone lacks {", ".join(missing)}: expected '
            f'{", ".join(_ARCHITECTURE[:3])}, got {", ".join(config)}'
        )
    for tower, key in (
        ('vision_cfg', 'timm_model_name'),
        ('text_cfg', 'hf_model_name'),
    ):
        if config[tower].get(key):
            raise ValueError(
                f'{tower}.{key} of the backbone must be unset, got '
                f'{config[tower][key]!r}: adapters stand inside the layers of '
                "open_clip's own transformers; choose a backbone such as "
                "'ViT-B-16-quickgelu'"
            )


def _read_weights(
    backbone: str | dict[str, Any], pretrained: str
) -> dict[str, torch.Tensor]:
    return read_state_dict(find_weights(backbone, pretrained))


def find_weights(backbone: str | dict[str, Any], pretrained: str) -> Path:
    """The file of a model's first weights.

    Args:
        backbone (str | dict): See :func:`backbone_config`.
        pretrained (str): ``'small_clip'``, which ships with the package; a
            local file; or an open_clip tag to look up in its cache and on
            the network.

    Raises:
        FileNotFoundError: If there is neither such a file nor such a tag.
        ValueError: If the weights are of another activation function.
    """
    if pretrained in SHIPPED:
        return SHIPPED[pretrained]
    if Path(pretrained).exists():
        return Path(pretrained)
    return _fetch(backbone, pretrained)


def _fetch(backbone: str | dict[str, Any], tag: str) -> Path:
    tags = (
        open_clip.list_pretrained_tags_by_model(backbone)
        if isinstance(backbone, str)
        else []
    )
    if tag not in tags:
        raise FileNotFoundError(
            f'no weights at {tag!r}: expected a local file, weights that ship '
            f'with the package ({", ".join(SHIPPED)}), or a tag that open_clip '
            f'has for the backbone ({", ".join(tags) or "none"}). '
            'Set `pretrained` to one of them, or to None for random weights'
        )
    source = open_clip.get_pretrained_cfg(backbone, tag)
    if source.get('quick_gelu') and not backbone_config(backbone).get('quick_gelu'):
        raise ValueError(
            f'the weights {tag!r} were trained with QuickGELU, which the '
            f"backbone {backbone!r} has not: choose '{backbone}-quickgelu'"
        )
    try:
        return Path(open_clip.download_pretrained(source))
    except (OSError, RuntimeError) as error:
        raise FileNotFoundError(
            f'the weights {tag!r} of {backbone} cannot be downloaded '
            f'({error}): fetch {source.get("url") or source["hf_hub"]} where '
            'there is a network, and set `pretrained` to the path of the '
            'file'
        ) from None


def read_state_dict(path: Path) -> dict[str, torch.Tensor]:
    """Read open_clip's or OpenAI's weights, in whatever file they are.

    Of a checkpoint that ``tools/train.py`` wrote, CLIP's part is read.

    Args:
        path (Path): See :func:`~famevil_plugin.models.weights.weight_files
            .read_weights`.

    Returns:
        dict[str, Tensor]: fp32 weights by name.
    """
    weights = read_weights(path).weights
    if any(key.startswith(OWN) for key in weights):
        return {
            key.removeprefix(OWN): value.float()
            for key, value in weights.items()
            if key.startswith(OWN)
        }
    return {
        key.removeprefix('module.'): value.float()
        for key, value in weights.items()
        if key not in _NO_WEIGHTS
    }
