#!/usr/bin/env python3
"""Writes the image tower of the CLIP that ships as mmpretrain's VisionTransformer.

python examples/mmpretrain_adapters/small_clip.py work_dirs/small_clip_vit.pth
"""

import re
import sys
from pathlib import Path

import torch
from torch import Tensor

from famevil_plugin.models.weights.pretrained import find_weights, read_pretrained

# open_clip's names of a tower's weights, and mmpretrain's
NAMES = {
    r'class_embedding': 'cls_token',
    r'positional_embedding': 'pos_embed',
    r'conv1\.': 'patch_embed.projection.',
    r'ln_pre\.': 'pre_norm.',
    r'ln_post\.': 'ln1.',
    r'transformer\.resblocks\.': 'layers.',
    r'\.ln_(\d)': r'.ln\1',
    r'\.attn\.in_proj_': '.attn.qkv.',
    r'\.attn\.out_proj': '.attn.proj',
    r'\.mlp\.c_fc': '.ffn.layers.0.0',
    r'\.mlp\.c_proj': '.ffn.layers.1',
}


def vit_weights() -> dict[str, Tensor]:
    """The tower's, without the projection behind it."""
    clip = read_pretrained(find_weights('', 'small_clip'), quick_gelu=False)
    weights = {}
    for name, weight in clip.items():
        if not name.startswith('visual.') or name == 'visual.proj':
            continue
        name = name.removeprefix('visual.')
        for own, theirs in NAMES.items():
            name = re.sub(own, theirs, name)
        weights[name] = weight
    # of all photos alike
    for name in ('cls_token', 'pos_embed'):
        weights[name] = weights[name].view(1, -1, weights[name].size(-1))
    return weights


if __name__ == '__main__':
    path = Path(sys.argv[1])
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save(vit_weights(), path)
    print(f'{path}: {path.stat().st_size / 1e6:.2f} MB')
