"""A digest of weights, by which files name the weights that belong to them."""

import hashlib
from collections.abc import Mapping

from torch import Tensor


def weights_digest(weights: Mapping[str, Tensor]) -> str:
    """SHA-256 over names, shapes and fp32 values, in the order of names."""
    digest = hashlib.sha256()
    for name in sorted(weights):
        weight = weights[name].detach().cpu().float().contiguous()
        digest.update(f'{name}{tuple(weight.shape)}'.encode())
        digest.update(weight.numpy().tobytes())
    return digest.hexdigest()
