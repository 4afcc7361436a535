"""The contract with open_clip: all that ``towers.py`` borrows from inside it.

Where this fails with another version of open_clip, ``towers.py`` is the one
file to change, and then the bound in ``setup.cfg``.
"""

import inspect
import re
from functools import reduce

import open_clip
import pytest
from open_clip.model import CustomTextCLIP
from open_clip.transformer import Attention, TextTransformer, VisionTransformer
from torch import Tensor, nn

from famevil_plugin.models.towers import check_towers
from tests.conftest import BACKBONE, ROOT

BLOCK = dict(
    attn=nn.MultiheadAttention,
    ln_1=nn.LayerNorm,
    ls_1=nn.Module,
    ln_2=nn.LayerNorm,
    mlp=nn.Module,
    ls_2=nn.Module,
) | {
    'attn.in_proj_weight': Tensor,
    'attn.in_proj_bias': Tensor,
    'attn.out_proj': nn.Linear,
    'attn.num_heads': int,
}
STACK = {'transformer.width': int, 'transformer.resblocks': nn.ModuleList} | {
    f'transformer.resblocks.0.{name}': kind for name, kind in BLOCK.items()
}
BORROWED = dict(
    visual=STACK
    | dict(
        image_size=tuple, positional_embedding=nn.Parameter, proj=Tensor, pool_type=str
    ),
    text=STACK
    | dict(
        token_embedding=nn.Embedding,
        positional_embedding=nn.Parameter,
        attn_mask=Tensor,
        ln_final=nn.LayerNorm,
        text_projection=Tensor,
        cls_emb=type(None),
        pool_type=str,
    ),
)


@pytest.fixture
def clip() -> CustomTextCLIP:
    return CustomTextCLIP(**BACKBONE)


def test_the_version_is_one_that_was_tried():
    assert re.match(r'3\.[3-9]', open_clip.__version__)
    assert 'open_clip_torch>=3.3,<4\n' in (ROOT / 'setup.cfg').read_text()


@pytest.mark.parametrize(
    ('tower', 'name'), [(tower, name) for tower in BORROWED for name in BORROWED[tower]]
)
def test_borrowed_attribute(clip, tower, name):
    value = reduce(getattr, name.split('.'), getattr(clip, tower))
    assert isinstance(value, BORROWED[tower][name])


def test_borrowed_methods(clip, images):
    assert type(clip.visual) is VisionTransformer
    assert type(clip.text) is TextTransformer
    for method in (VisionTransformer._embeds, VisionTransformer._pool):
        assert list(inspect.signature(method).parameters) == ['self', 'x']
    x = clip.visual._embeds(images)
    assert x.shape == (3, 17, 24)
    pooled, _ = clip.visual._pool(x)
    assert pooled.shape == (3, 24)


def test_nothing_private_is_borrowed_elsewhere():
    private = {
        name
        for tower in (VisionTransformer, TextTransformer)
        for name in vars(tower)
        if name.startswith('_') and not name.startswith('__')
    }
    assert {'_embeds', '_pool'} <= private
    found = {
        path.name: names
        for path in (ROOT / 'famevil_plugin').rglob('*.py')
        if (names := private & set(re.findall(r'\.(_\w+)', path.read_text())))
    }
    assert found == {'towers.py': {'_embeds', '_pool'}}


def test_an_attention_of_open_clips_own_is_refused(clip):
    block = clip.text.transformer.resblocks[0]
    block.attn = Attention(20, 2)
    assert hasattr(block.attn, 'in_proj_weight')
    with pytest.raises(
        ValueError,
        match=r'self-attention of the text tower must be torch.nn.Multihead'
        r'.*got Attention: install open_clip_torch>=3.3,<4 \(found: 3',
    ):
        check_towers(clip)
