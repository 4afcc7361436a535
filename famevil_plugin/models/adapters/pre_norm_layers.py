"""Find the layers of a foreign transformer, and the norm and the MLP of each."""

import re
from collections import Counter
from typing import NamedTuple

from torch import nn


class PreNormLayer(NamedTuple):
    """A layer that computes ``z' + mlp(norm(z'))`` after its attention.

    Attributes:
        name (str): Its name in the transformer.
        module (nn.Module): The layer.
        norm (nn.Module): The norm before the MLP.
        mlp (nn.Module): The MLP.
        width (int): The width of ``z'``.
    """

    name: str
    module: nn.Module
    norm: nn.Module
    mlp: nn.Module
    width: int


def find_layers(
    host: nn.Module, pattern: str, norm: str | None = None, mlp: str | None = None
) -> list[PreNormLayer]:
    """The layers whose whole name a regular expression matches.

    Args:
        host (nn.Module): The transformer.
        pattern (str): The regular expression.
        norm (str, optional): The name, within a layer, of the norm before the
            MLP. Defaults to the layer's last norm.
        mlp (str, optional): The name of the MLP. Defaults to the one part
            behind the norm that has a matrix of weights.

    Raises:
        ValueError: If there are none, or norm and MLP of one do not pair.
    """
    layers = [
        (name, module)
        for name, module in host.named_modules()
        if re.fullmatch(pattern, name)
    ]
    if not layers:
        raise ValueError(
            f'layers={pattern!r} matches no module of {type(host).__name__}: '
            f'{_candidates(host)}'
        )
    return [_pair(name, module, norm, mlp) for name, module in layers]


def _pair(
    name: str, module: nn.Module, norm: str | None, mlp: str | None
) -> PreNormLayer:
    pair = _find_pair(module, norm, mlp)
    if pair is None:
        parts = ', '.join(
            f'{part} ({type(child).__name__})'
            for part, child in module.named_children()
        )
        raise ValueError(
            f'no norm of {name} ({type(module).__name__}) pairs with an MLP behind '
            f'it: its parts are {parts or "(none)"}. Name them by norm=... and '
            'mlp=..., or let layers match pre-norm layers alone'
        )
    return PreNormLayer(name, module, *pair, _width(pair[0]))


def _find_pair(
    module: nn.Module, norm: str | None = None, mlp: str | None = None
) -> tuple[nn.Module, nn.Module] | None:
    parts = dict(module.named_children())
    names = list(parts)
    norms = [n for n in names if n == norm or norm is None and _is_norm(parts[n])]
    if not norms:
        return None
    behind = names[names.index(norms[-1]) + 1 :] if mlp is None else names
    mlps = [n for n in behind if n == mlp or mlp is None and _has_matrix(parts[n])]
    return (parts[norms[-1]], parts[mlps[0]]) if len(mlps) == 1 else None


def _is_norm(module: nn.Module) -> bool:
    return 'norm' in type(module).__name__.lower()


def _has_matrix(module: nn.Module) -> bool:
    return any(weight.ndim > 1 for weight in module.parameters())


def _width(norm: nn.Module) -> int:
    shape = getattr(norm, 'normalized_shape', None)
    if shape is None:
        shape = next(norm.parameters()).shape
    return shape if isinstance(shape, int) else int(shape[-1])


def _candidates(host: nn.Module) -> str:
    """What a pattern could have matched."""
    found = Counter(
        (re.sub(r'\d+', lambda _: r'\d+', re.escape(name)), type(module).__name__)
        for name, module in host.named_modules()
        if name and _find_pair(module)
    )
    if not found:
        parts = ', '.join(name for name, _ in host.named_children())
        return f'it has no layer with a norm and an MLP behind it, only {parts}'
    layers = (f"r'{name}' ({n} {kind})" for (name, kind), n in found.items())
    return f'it has {", ".join(layers)}'
