#!/usr/bin/env python3
"""Prints how much of the transformer's weights a checkpoint of its adapters holds.

python examples/mmpretrain_adapters/share.py ADAPTERS.pth TRANSFORMER.pth
"""

import sys
from pathlib import Path

from famevil_plugin.models.weights import read_weights


def backbone_bytes(checkpoint: Path) -> int:
    """The size of a backbone's weights in a checkpoint."""
    weights = read_weights(checkpoint).weights
    return sum(w.nbytes for name, w in weights.items() if name.startswith('backbone.'))


def adapters_share(adapters: Path, transformer: Path) -> float:
    """The adapters' weights beside the transformer's."""
    return backbone_bytes(adapters) / backbone_bytes(transformer)


if __name__ == '__main__':
    share = adapters_share(*map(Path, sys.argv[1:]))
    print(f"the adapters have {share:.1%} of the transformer's bytes")
