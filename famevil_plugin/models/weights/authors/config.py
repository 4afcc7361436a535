"""Reads off a checkpoint of the authors' what model of ours it is."""

import math
import re
from collections.abc import Mapping
from typing import Any

import open_clip
from torch import Tensor

from .names import AUTHORS_TASKS, AUTHORS_TOWERS

# no shape tells how many heads there are: theirs are CLIP's, 64 wide
HEAD_WIDTH = 64

_WORDS = 'clip.text_model.embeddings.token_embedding.weight'
_TOKEN_POSITIONS = 'clip.text_model.embeddings.position_embedding.weight'
_PATCHES = 'clip.vision_model.embeddings.patch_embedding.weight'
_PATCH_POSITIONS = 'clip.vision_model.embeddings.position_embedding.weight'
_PROJECTION = 'clip.visual_projection.weight'
_MLP = 'clip.{}.encoder.layers.0.mlp.fc2.weight'
_SIZES = (
    _WORDS,
    _TOKEN_POSITIONS,
    _PATCHES,
    _PATCH_POSITIONS,
    _PROJECTION,
    *(_MLP.format(tower) for tower in AUTHORS_TOWERS.values()),
)


def authors_config(weights: Mapping[str, Tensor]) -> dict[str, Any]:
    """The config of the model that a checkpoint's names and shapes describe.

    Args:
        weights (Mapping[str, Tensor]): In the authors' layout, without what
            stands before ``clip.`` and ``heads.``.

    Returns:
        dict: ``type``, ``encoder`` and ``heads``, to build a
        :class:`~famevil_plugin.models.FAMEViL` from.

    Raises:
        ValueError: If a weight that tells a size is missing, or their code
            could not run the model: it walks the layers of both towers in
            pairs, and has heads 64 wide.
    """
    unknown = [name for name in _SIZES if name not in weights]
    if unknown:
        raise ValueError(
            "not a whole model of the authors': the weights that tell its "
            f'sizes are missing, {", ".join(unknown)}'
        )
    task_adapter = _find(weights, r'clip.*adapt_mlp\..*down_proj\.bias')
    cross_adapter = _find(weights, r'clip.*xattn_adapter\.down_proj\.bias')
    sides = tuple(
        side
        for side, tower in AUTHORS_TOWERS.items()
        if _find(weights, rf'clip\.{tower}\..*\.cross_attn\..*') is not None
    )
    return dict(
        type='famevil_plugin.FAMEViL',
        encoder=dict(
            backbone=_backbone(weights),
            task_bottleneck=None if task_adapter is None else len(task_adapter),
            cross_bottleneck=None if cross_adapter is None else len(cross_adapter),
            cross_sides=sides,
        ),
        heads=_heads(weights),
    )


def _heads(weights: Mapping[str, Tensor]) -> dict[str, dict[str, Any]]:
    heads: dict[str, dict[str, Any]] = {}
    for task, theirs in AUTHORS_TASKS.items():
        found = _find(weights, rf'heads\.{theirs}\..*')
        if found is None:
            continue
        heads[task] = dict(type=f'famevil_plugin.{task.upper()}Head')
        if task == 'scr':
            heads[task]['num_classes'] = len(found)
        if task == 'fic':
            heads[task]['tokenizer'] = _vocabulary(weights)
    return heads


def _vocabulary(weights: Mapping[str, Tensor]) -> dict[str, int]:
    return dict(
        vocab_size=len(weights[_WORDS]), context_length=len(weights[_TOKEN_POSITIONS])
    )


def _backbone(weights: Mapping[str, Tensor]) -> str | dict[str, Any]:
    """open_clip's name for it, if it has one."""
    patch_size = weights[_PATCHES].size(-1)
    grid = math.isqrt(len(weights[_PATCH_POSITIONS]) - 1)
    vision, text = (_tower(weights, tower) for tower in AUTHORS_TOWERS.values())
    if vision['layers'] != text['layers']:
        raise ValueError(
            "the authors' code walks the layers of both towers in pairs, got "
            f'{vision["layers"]} in the image tower and {text["layers"]} in '
            'the text tower'
        )
    config = dict(
        embed_dim=len(weights[_PROJECTION]),
        quick_gelu=True,
        vision_cfg=dict(image_size=grid * patch_size, patch_size=patch_size, **vision),
        text_cfg=dict(
            **_vocabulary(weights), heads=text['width'] // HEAD_WIDTH, **text
        ),
    )
    return next(
        (
            name
            for name in open_clip.list_models()
            if open_clip.get_model_config(name) == config
        ),
        config,
    )


def _tower(weights: Mapping[str, Tensor], tower: str) -> dict[str, Any]:
    width, inner = weights[_MLP.format(tower)].shape
    if width % HEAD_WIDTH:
        raise ValueError(
            f"the authors' attention heads are {HEAD_WIDTH} wide, got a tower "
            f'of width {width}'
        )
    layer = re.compile(rf'clip\.{tower}\.encoder\.layers\.(\d+)\.')
    last = max(int(match[1]) for match in map(layer.match, weights) if match)
    size = dict(width=width, layers=last + 1)
    return size if inner == 4 * width else size | dict(mlp_ratio=inner / width)


def _find(weights: Mapping[str, Tensor], pattern: str) -> Tensor | None:
    """The first weight of such a name, if there is one."""
    return next(
        (weight for name, weight in weights.items() if re.fullmatch(pattern, name)),
        None,
    )
