"""Weights of transformers' ``CLIPModel`` under open_clip's names.

FashionCLIP and others are published so.
"""

from collections.abc import Iterable, Mapping

from torch import Tensor

from .clip_names import TOKEN_EMBEDDING, join_weights, transformers_names


def is_of_transformers(weights: Mapping[str, Tensor]) -> bool:
    """Whether weights have the names of transformers' ``CLIPModel``."""
    return TOKEN_EMBEDDING in weights


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
        parts = transformers_names(name)
        if parts and all(part in left for part in parts):
            found[name] = join_weights(name, [left.pop(part) for part in parts])
    return found | left
