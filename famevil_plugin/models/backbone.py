"""Builds the open_clip model under the adapters."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import open_clip
import torch.nn.functional as F
from open_clip.model import CustomTextCLIP
from open_clip.transform import PreprocessCfg, merge_preprocess_dict
from open_clip.transformer import QuickGELU
from torch import Tensor, nn

from .towers import ImageTower, check_towers
from .weights.pretrained import find_weights, load_pretrained, read_pretrained

_ARCHITECTURE = ('embed_dim', 'vision_cfg', 'text_cfg', 'quick_gelu')


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
    backbone: str | dict[str, Any],
    pretrained: str | None = None,
    position_std: float | None = None,
) -> CustomTextCLIP:
    """Build a CLIP whose towers are plain transformers of open_clip's.

    Args:
        backbone (str | dict): See :func:`backbone_config`.
        pretrained (str, optional): ``'small_clip'``, which ships with the
            package; a local file (a state dict, safetensors, or OpenAI's
            archive; of transformers' ``CLIPModel``, too); or an open_clip
            tag such as ``'openai'``. Defaults to random weights.
        position_std (float, optional): Standard deviation of the image
            tower's random position embeddings; no use with ``pretrained``.
            Defaults to open_clip's, ``width ** -0.5``, a tenth of the size of
            the patches beside them: with it a tower that learns from nothing
            sees colours long before it sees where they are, that is, shapes.
            1 makes them as large as patches.

    Returns:
        CustomTextCLIP: open_clip's model.

    Raises:
        ValueError: If open_clip cannot build it, its towers cannot be walked
            in half layers, its positions are not drawn, or the weights are
            of another backbone or activation function.
    """
    config = backbone_config(backbone)
    _check_own_towers(config)
    # what is missing is said before anything is built
    weights = None
    if pretrained is not None:
        weights = read_pretrained(
            find_weights(backbone, pretrained), bool(config.get('quick_gelu'))
        )
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
    _use_fused_activations(clip)
    if weights is not None:
        load_pretrained(clip, weights, str(pretrained))
    elif position_std is not None:
        _draw_positions(clip, position_std)
    return clip


class FusedQuickGELU(QuickGELU):
    """open_clip's ``x sigmoid(1.702 x)`` as one kernel, which keeps one tensor
    for the way back where the formula spelt out keeps two."""

    def forward(self, x: Tensor) -> Tensor:
        """Of any shape -> same."""
        return F.silu(1.702 * x) / 1.702


def _use_fused_activations(clip: CustomTextCLIP) -> None:
    for module in list(clip.modules()):
        for name, child in module.named_children():
            if type(child) is QuickGELU:
                setattr(module, name, FusedQuickGELU())


def _draw_positions(clip: CustomTextCLIP, std: float) -> None:
    positions = ImageTower(clip.visual).positions
    if not positions.requires_grad:
        raise ValueError(
            f'position_std of the encoder is {std}, but the positions of the '
            'backbone are fixed (vision_cfg.pos_embed_type): set it to None'
        )
    nn.init.normal_(positions, std=std)


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
