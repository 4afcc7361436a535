"""Finds what the authors' code would compute differently with our weights.

Their layout holds weights alone, and their code has one model for them:
QuickGELU, attention heads 64 wide, CLS pooling, TSA and XAA. A model of ours
with other settings may have the same names and shapes.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from open_clip.model import CLIPTextCfg, CLIPVisionCfg

from famevil_plugin.models.adapted_clip import AdaptedCLIP
from famevil_plugin.models.adapters import CrossAttentionAdapter, TaskSpecificAdapter
from famevil_plugin.models.backbone import backbone_config
from famevil_plugin.registry import MODELS

# settings that change no output, or none without a weight of their own
_WITHOUT_EFFECT = {
    'attn_pooler_heads',
    'attn_pooler_queries',
    'eos_id',
    'final_ln_after_pool',  # of one token
    'mlp_ratio',  # shapes tell it
    'output_tokens',
    'pad_id',
    'patch_dropout',
    'pos_embed_type',  # fixed positions are weights, too
}
_OF_OTHER_LIBRARIES = ('hf_', 'timm_', 'tokenizer_')


def authors_differences(
    model: Mapping[str, Any], authors_model: Mapping[str, Any]
) -> list[str]:
    """Compare a model's config with that of the authors' model.

    Args:
        model (Mapping[str, Any]): Config of ours, whose weights these are.
        authors_model (Mapping[str, Any]): What their code computes with the
            weights, from :func:`authors_config`.

    Returns:
        list[str]: What differs, in words; empty if their outputs are ours.
    """
    ours, theirs = (
        _settings(backbone_config(config['encoder']['backbone']))
        for config in (model, authors_model)
    )
    return [
        f'{name}={theirs.get(name)!r} there, {ours.get(name)!r} here'
        for name in sorted(ours.keys() | theirs.keys())
        if ours.get(name) != theirs.get(name)
    ] + _foreign_classes(model, authors_model)


def _settings(backbone: Mapping[str, Any]) -> dict[str, Any]:
    """All settings of a backbone that decide its outputs, by dotted name."""
    settings = dict(quick_gelu=bool(backbone.get('quick_gelu')))
    for part, kind in (('vision_cfg', CLIPVisionCfg), ('text_cfg', CLIPTextCfg)):
        tower = asdict(kind(**backbone[part]))
        # an epsilon is the same, said or unsaid
        tower['norm_kwargs'] = dict(eps=1e-5) | (tower['norm_kwargs'] or {})
        settings |= {
            f'{part}.{name}': _squared(value)
            for name, value in tower.items()
            if name not in _WITHOUT_EFFECT and not name.startswith(_OF_OTHER_LIBRARIES)
        }
    return settings


def _squared(value: Any) -> Any:
    """A size of two equal sides as one number."""
    match value:
        case [height, width] if height == width:
            return height
    return value


def _foreign_classes(
    model: Mapping[str, Any], authors_model: Mapping[str, Any]
) -> list[str]:
    """Parts of the model that are of another class than the paper's."""
    encoder = model['encoder']
    wanted: dict[str, tuple[Any, Any]] = dict(
        encoder=(encoder.get('type', AdaptedCLIP), AdaptedCLIP)
    )
    for name, kind in (
        ('task_adapter', TaskSpecificAdapter),
        ('cross_adapter', CrossAttentionAdapter),
    ):
        if encoder.get(name) is not None:
            wanted[f'encoder.{name}'] = (encoder[name]['type'], kind)
    for task, head in authors_model['heads'].items():
        ours = model['heads'].get(task, {}).get('type')
        wanted[f'heads.{task}'] = (ours, MODELS.get(head['type']))
    return [
        f'{part} is {kind.__name__} there, {got!r} here'
        for part, (got, kind) in wanted.items()
        if (MODELS.get(got) if isinstance(got, str) else got) is not kind
    ]
