"""The authors' checkpoints: their weights into our model, and back.

The names say all (:mod:`~famevil_plugin.models.weights.authors.names`); values are
moved, never computed with, so a round trip changes no bit.
"""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, NamedTuple

import torch
from torch import Tensor

from famevil_plugin.models.weights.weight_check import weight_faults
from famevil_plugin.registry import MODELS

from .config import authors_config
from .names import AUTHORS_TASKS, AUTHORS_TOWERS, authors_names

# linear layers there, bare matrices that multiply from the right here
_TRANSPOSED = ('encoder.clip.visual.proj', 'encoder.clip.text.text_projection')
_MARK = 'clip.text_model.embeddings.token_embedding.weight'


class AuthorsWeights(NamedTuple):
    """A checkpoint of the authors', taken apart.

    Attributes:
        prefix (str): What stood before every name, such as ``model.``.
        weights (dict[str, Tensor]): The model's own, without the prefix.
        extra_keys (list[str]): Names in a distilled student's checkpoint that
            are not the student's: its teachers and the losses' balances.
    """

    prefix: str
    weights: dict[str, Tensor]
    extra_keys: list[str]


def split_checkpoint(checkpoint: Mapping[str, Tensor]) -> AuthorsWeights:
    """Find the prefix, and tell the model's weights from its extra_keys'.

    Raises:
        ValueError: If this is no checkpoint of the authors'.
    """
    prefixes = [name.removesuffix(_MARK) for name in checkpoint if name.endswith(_MARK)]
    if not prefixes:
        raise ValueError(
            f"not in the authors' layout: expected a weight {_MARK}, got "
            f'{", ".join(list(checkpoint)[:3])}, ...'
        )
    prefix = min(prefixes, key=len)
    unexpected = [name for name in checkpoint if not name.startswith(prefix)]
    if unexpected:
        raise ValueError(
            f'expected every name to begin with {prefix!r}, got {", ".join(unexpected)}'
        )
    bare = {name.removeprefix(prefix): w for name, w in checkpoint.items()}
    extra_keys = [n for n in bare if n.startswith(('teachers.', 'balances.'))]
    own = {n: w for n, w in bare.items() if n not in set(extra_keys)}
    return AuthorsWeights(prefix, own, extra_keys)


def to_authors(
    weights: Mapping[str, Tensor], unnamed: bool | None = None
) -> dict[str, Tensor]:
    """Put weights, or gradients by the same names, into the authors' layout.

    Args:
        weights (Mapping[str, Tensor]): By our names; need not be all.
        unnamed (bool, optional): See :func:`authors_names`. By default true
            if the weights are of one task alone.

    Returns:
        dict[str, Tensor]: By their names, with the position ids that go with
        position embeddings there.

    Raises:
        ValueError: If the authors have no such weights, listing them.
    """
    if unnamed is None:
        unnamed = (
            sum(any(f'.{task}.' in name for name in weights) for task in AUTHORS_TASKS)
            == 1
        )
    names = {name: authors_names(name, unnamed) for name in weights}
    unmapped = [name for name in weights if not names[name]]
    if len(unmapped) == len(weights):
        raise ValueError(
            'not a model of this package: expected names such as '
            f'encoder.clip.logit_scale, got {", ".join(unmapped[:3])}, ...'
        )
    if unmapped:
        raise ValueError(
            "the authors' layout has no place for "
            f'{len(unmapped)} weights: {", ".join(unmapped)}'
        )
    theirs: dict[str, Tensor] = {}
    for name, weight in weights.items():
        weight = weight.T if name in _TRANSPOSED else weight
        parts = names[name]
        pieces = weight.chunk(len(parts)) if len(parts) > 1 else [weight]
        for part, piece in zip(parts, pieces):
            theirs[part] = piece.clone(memory_format=torch.contiguous_format)
    for tower in AUTHORS_TOWERS.values():
        embeddings = f'clip.{tower}.embeddings.'
        if embeddings + 'position_embedding.weight' in theirs:
            positions = theirs[embeddings + 'position_embedding.weight']
            theirs[embeddings + 'position_ids'] = torch.arange(len(positions))[None]
    return theirs


def from_authors(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Put a whole model's weights into our layout.

    Args:
        weights (Mapping[str, Tensor]): By their names, without prefix
            (:func:`split_checkpoint`); the TSA with or without a task's name.

    Returns:
        dict[str, Tensor]: The ``state_dict`` of the model that
        :func:`authors_config` describes.

    Raises:
        ValueError: If weights are missing, unexpected or misshapen, listing
            all of them.
    """
    config = authors_config(weights)
    ours = _empty_model(config)
    unnamed = any('.adapt_mlp.down_proj.' in name for name in weights)
    if unnamed and len(config['heads']) > 1:
        raise ValueError(
            'a model of this package holds TSA for each of '
            f'{", ".join(config["heads"])}, and this one has one for all'
        )
    theirs = to_authors(ours, unnamed)
    faults = weight_faults(theirs, weights)
    if not faults:
        faults = _odd_positions(theirs, weights)
    if faults:
        raise ValueError(
            "the weights are not those of a whole model of the authors': "
            + '; '.join(
                f'{len(names)} {fault}: {", ".join(names)}'
                for fault, names in faults.items()
            )
        )
    for name in ours:
        parts = [weights[part] for part in authors_names(name, unnamed)]
        whole = torch.cat(parts) if len(parts) > 1 else parts[0]
        whole = whole.T if name in _TRANSPOSED else whole
        ours[name] = whole.clone(memory_format=torch.contiguous_format)
    return ours


def _empty_model(config: dict[str, Any]) -> dict[str, Tensor]:
    """Names and shapes of the model's weights, without memory for them."""
    heads = dict(config['heads'])
    if 'fic' in heads:
        # the head asks for sizes alone; CLIP's last two ids end a text
        sizes = heads['fic']['tokenizer']
        heads['fic'] = heads['fic'] | dict(
            tokenizer=SimpleNamespace(
                **sizes,
                sot_token_id=sizes['vocab_size'] - 2,
                eot_token_id=sizes['vocab_size'] - 1,
            )
        )
    with torch.device('meta'):
        return MODELS.build(config | dict(heads=heads)).state_dict()


def _odd_positions(
    theirs: Mapping[str, Tensor], weights: Mapping[str, Tensor]
) -> dict[str, list[str]]:
    """Position ids, which ours has no place for, that do not just count."""
    odd = [
        name
        for name, counted in theirs.items()
        if name.endswith('position_ids') and not torch.equal(counted, weights[name])
    ]
    return dict(reordered=odd) if odd else {}
