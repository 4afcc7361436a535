"""Weights of transformers' ``CLIPModel`` under open_clip's names.

FashionCLIP and others are published so, and the authors' models hold CLIP
so, by whose table of names this goes.
"""

from collections.abc import Iterable, Mapping

import torch
from torch import Tensor

from .authors.names import authors_names

_MARK = 'text_model.embeddings.token_embedding.weight'
# linear layers there, bare matrices that multiply from the right here
_TURNED = ('visual.proj', 'text.text_projection')


def is_of_transformers(weights: Mapping[str, Tensor]) -> bool:
    """Whether weights have the names of transformers' ``CLIPModel``."""
    return _MARK in weights


def from_transformers(
    weights: Mapping[str, Tensor], wanted: Iterable[str]
) -> dict[str, Tensor]:
    """Rename, turn and join weights for an open_clip ``CustomTextCLIP``.

    Args:
        weights (Mapping[str, Tensor]): By transformers' names.
        wanted (Iterable[str]): Names of the open_clip model.

    Returns:
        dict[str, Tensor]: The wanted weights that are there; what nothing
        wants stays under its name.
    """
    left = {
        name: value
        for name, value in weights.items()
        if not name.endswith('.position_ids')
    }
    found: dict[str, Tensor] = {}
    for name in wanted:
        parts = [
            theirs.removeprefix('clip.')
            for theirs in authors_names(f'encoder.clip.{name}')
        ]
        if parts and all(part in left for part in parts):
            whole = (
                torch.cat([left.pop(part) for part in parts])
                if (len(parts) > 1)
                else left.pop(parts[0])
            )
            found[name] = whole.T if name in _TURNED else whole
    return found | left
