"""transformers' names for the weights of open_clip's CLIP.

The one table of them: transformers' own ``CLIPModel`` has these names
(:mod:`~famevil_plugin.models.weights.transformers`), and so has the CLIP in
the authors' checkpoints (:mod:`~famevil_plugin.models.weights.authors`).
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from .name_table import NameTable

# where a checkpoint of this package holds its CLIP
CLIP_PREFIX = 'encoder.clip.'
TOWERS = dict(image='vision_model', text='text_model')
# every CLIP has it, and no other layout of weights
TOKEN_EMBEDDING = 'text_model.embeddings.token_embedding.weight'

_BLOCK = {
    'ln_1.{kind}': 'layer_norm1.{kind}',
    'attn.in_proj_{kind}': 'self_attn.{qkv}_proj.{kind}',
    'attn.out_proj.{kind}': 'self_attn.out_proj.{kind}',
    'ln_2.{kind}': 'layer_norm2.{kind}',
    'mlp.c_fc.{kind}': 'mlp.fc1.{kind}',
    'mlp.c_proj.{kind}': 'mlp.fc2.{kind}',
}
_IMAGE = {
    'class_embedding': 'embeddings.class_embedding',
    'conv1.weight': 'embeddings.patch_embedding.weight',
    'positional_embedding': 'embeddings.position_embedding.weight',
    'ln_pre.{kind}': 'pre_layrnorm.{kind}',
    'ln_post.{kind}': 'post_layernorm.{kind}',
}
_TEXT = {
    'token_embedding.weight': 'embeddings.token_embedding.weight',
    'positional_embedding': 'embeddings.position_embedding.weight',
    'ln_final.{kind}': 'final_layer_norm.{kind}',
}
# linear layers there, bare matrices that multiply from the right here
_PROJECTIONS = {
    'visual.proj': 'visual_projection.weight',
    'text.text_projection': 'text_projection.weight',
}


def _tower(module: str, tower: str, parts: dict[str, str]) -> dict[str, str]:
    block, layer = 'transformer.resblocks.{layer}.', 'encoder.layers.{layer}.'
    return {f'{module}.{here}': f'{tower}.{there}' for here, there in parts.items()} | {
        f'{module}.{block}{here}': f'{tower}.{layer}{there}'
        for here, there in _BLOCK.items()
    }


_TABLE = NameTable(
    {'logit_scale': 'logit_scale'}
    | _PROJECTIONS
    | _tower('visual', TOWERS['image'], _IMAGE)
    | _tower('text', TOWERS['text'], _TEXT),
    kind='weight|bias',
    layer=r'\d+',
)


def transformers_names(name: str) -> list[str]:
    """transformers' names for one of open_clip's weights.

    Args:
        name (str): A key of a ``CustomTextCLIP``'s ``state_dict``.

    Returns:
        list[str]: One name; three where open_clip holds query, key and value
        in one; none if transformers has no such weight.

    Example:
        >>> transformers_names('text.ln_final.bias')
        ['text_model.final_layer_norm.bias']
    """
    found = _TABLE.find(name)
    if found is None:
        return []
    template, fields = found
    parts = 'qkv' if '{qkv}' in template else '-'
    return [template.format(**fields, qkv=part) for part in parts]


def split_weight(name: str, weight: Tensor) -> list[Tensor]:
    """Turn a weight of open_clip's into those of transformers'.

    Args:
        name (str): open_clip's name.
        weight (Tensor): The weight.

    Returns:
        list[Tensor]: Views of it, in the order of :func:`transformers_names`.
    """
    if name in _PROJECTIONS:
        return [weight.T]
    return list(weight.chunk(3)) if 'attn.in_proj_' in name else [weight]


def join_weights(name: str, parts: Sequence[Tensor]) -> Tensor:
    """The inverse of :func:`split_weight`."""
    whole = torch.cat(list(parts)) if len(parts) > 1 else parts[0]
    return whole.T if name in _PROJECTIONS else whole
