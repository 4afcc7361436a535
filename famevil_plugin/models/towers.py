"""The towers of an open_clip model as steps: embed, attend, transform, pool.

This is the only file that uses open_clip's internals
(``tests/test_models/test_towers.py`` names them all). A tower is a view: it
owns nothing, so the model under it stays as open_clip built it, and walking
a tower without adapters gives ``clip.encode_image`` and ``clip.encode_text``
but for the rounding of their last digits.

One residual block is walked in two half layers,

    attend:     z' = x  + attention(ln_1(x))
    transform:  z  = z' + mlp(ln_2(z'))

and FAME-ViL's adapters work between them, on z' (paper section 3.2). Only the
state that the embedding is read from (``read``) goes on after the last layer's
attention; where the others' end is of no use, ``attend_from`` spares it.

Shape letters: ``B`` batch, ``P`` patches + 1, ``L`` tokens, ``V`` vision
width, ``T`` text width, ``E`` embedding.
"""

from collections.abc import Callable, Sequence

import open_clip
import torch
import torch.nn.functional as F
from open_clip.model import CustomTextCLIP
from open_clip.transformer import (
    ResidualAttentionBlock,
    TextTransformer,
    VisionTransformer,
)
from torch import Tensor, nn

from .decoding_cache import DecodingCache
from .text_lengths import text_lengths


class Tower:
    """Base of both towers: a stack of pre-norm residual blocks."""

    #: whether a state attends to those before it alone
    causal = False

    def __init__(self, module: VisionTransformer | TextTransformer) -> None:
        self.module = module
        self.blocks: Sequence[ResidualAttentionBlock] = module.transformer.resblocks

    def __len__(self) -> int:
        """Number of layers."""
        return len(self.blocks)

    @property
    def width(self) -> int:
        """Width of the residual stream."""
        return self.module.transformer.width

    @property
    def heads(self) -> int:
        """Number of attention heads of a layer."""
        return self.blocks[0].attn.num_heads

    def attend(self, layer: int, x: Tensor) -> Tensor:
        """Self-attention with its residual: ``(B, N, width)`` -> same."""
        attended = F.scaled_dot_product_attention(
            *self.project(layer, x), is_causal=self.causal
        )
        return x + self._mix(layer, attended)

    def attend_from(
        self,
        layer: int,
        x: Tensor,
        read: Callable[[Tensor], Tensor],
        mask: Tensor | None = None,
    ) -> Tensor:
        """:meth:`attend` of some states to all.

        Args:
            layer (int): The layer.
            x (Tensor): All states, ``(B, N, width)``.
            read (Callable): Picks states from ``(B, N, width)``.
            mask (Tensor, optional): Booleans that broadcast to ``(B, heads,
                picked, N)``, true at states that may be attended to.

        Returns:
            Tensor: The picked states, ``(B, picked, width)``.
        """
        block = self.blocks[layer]
        normed = block.ln_1(x)
        weight, bias = block.attn.in_proj_weight, block.attn.in_proj_bias
        query = F.linear(read(normed), weight[: self.width], bias[: self.width])
        both = F.linear(normed, weight[self.width :], bias[self.width :])
        key, value = map(self._split, both.chunk(2, dim=-1))
        attended = F.scaled_dot_product_attention(
            self._split(query), key, value, attn_mask=mask
        )
        return read(x) + self._mix(layer, attended)

    def project(self, layer: int, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Project to queries, keys and values of self-attention.

        The arithmetic of ``nn.MultiheadAttention``, without the copies that
        it makes.

        Returns:
            tuple: Query, key and value, each ``(B, heads, N, width /
            heads)``.
        """
        block = self.blocks[layer]
        all_three = F.linear(
            block.ln_1(x), block.attn.in_proj_weight, block.attn.in_proj_bias
        )
        split = all_three.unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        query, key, value = split.unbind()
        return query, key, value

    def _split(self, x: Tensor) -> Tensor:
        """``(B, N, width)`` -> ``(B, heads, N, width / heads)``."""
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)

    def _mix(self, layer: int, attended: Tensor) -> Tensor:
        """``(B, heads, N, width / heads)`` -> ``(B, N, width)``."""
        block = self.blocks[layer]
        return block.ls_1(block.attn.out_proj(attended.transpose(1, 2).flatten(2)))

    def transform(self, layer: int, x: Tensor) -> Tensor:
        """MLP with its residual: ``(B, N, width)`` -> same."""
        block = self.blocks[layer]
        return x + block.ls_2(block.mlp(block.ln_2(x)))


class ImageTower(Tower):
    """The vision transformer of an open_clip model."""

    @property
    def image_size(self) -> tuple[int, int]:
        """Height and width of an image, in pixels."""
        return self.module.image_size

    @property
    def positions(self) -> nn.Parameter:
        """Position embeddings of CLS and patches, ``(P, V)``."""
        return self.module.positional_embedding

    @property
    def embedding_width(self) -> int:
        """``E``, the width of the projected CLS."""
        return self.module.proj.size(1)

    def embed(self, images: Tensor) -> Tensor:
        """``(B, 3, H, W)``, normalised -> patches and CLS ``(B, P, V)``."""
        return self.module._embeds(images)

    def read(self, x: Tensor) -> Tensor:
        """What the embedding is read from: ``(B, P, V)`` -> CLS ``(B, 1, V)``,
        or all of it where the tower pools by an average or by attention."""
        alone = self.module.pool_type == 'tok' and self.module.attn_pool is None
        return x[:, :1] if alone else x

    def project_read(self, x: Tensor) -> Tensor:
        """What :meth:`read` gave, at the end -> ``(B, E)``."""
        pooled, _ = self.module._pool(x)
        return pooled @ self.module.proj

    def pool(self, x: Tensor) -> Tensor:
        """``(B, P, V)`` -> projected CLS ``(B, E)``."""
        return self.project_read(self.read(x))


class TextTower(Tower):
    """The causal text transformer of an open_clip model."""

    causal = True

    @property
    def context_length(self) -> int:
        """Tokens of a text at most."""
        return self.module.positional_embedding.size(0)

    @property
    def vocabulary_size(self) -> int:
        """Number of token ids."""
        return self.module.token_embedding.num_embeddings

    def embed(self, tokens: Tensor, places: slice | None = None) -> Tensor:
        """Ids ``(B, L)`` at the given positions, by default the first L ->
        ``(B, L, T)``."""
        places = slice(0, tokens.size(1)) if places is None else places
        if places.stop > self.context_length:
            raise ValueError(
                f'the text tower reads at most {self.context_length} tokens, '
                f'got {places.stop}: lower context_length or max_length in the '
                'config, or build the backbone with a larger context_length'
            )
        return (
            self.module.token_embedding(tokens)
            + self.module.positional_embedding[places]
        )

    def attend_causally(
        self,
        layer: int,
        x: Tensor,
        cache: DecodingCache,
        visible: Tensor | None = None,
        first: bool = False,
    ) -> Tensor:
        """:meth:`attend` that goes on from what earlier calls left.

        Args:
            layer (int): The layer.
            x (Tensor): ``(B, L, T)``.
            cache (DecodingCache): Keys and values of the tokens before; those
                of this call are added.
            visible (Tensor, optional): Booleans, the keys that each token may
                attend to; see :meth:`DecodingCache.visible`.
            first (bool): Whether there are no tokens before. Defaults to
                False.

        Returns:
            Tensor: The state ``(B, L, T)``.
        """
        query, key, value = self.project(layer, x)
        key, value = cache.extend(layer, key, value)
        # is_causal counts from the first key, so it fits an empty past only
        attended = F.scaled_dot_product_attention(
            query, key, value, attn_mask=visible, is_causal=first and visible is None
        )
        return x + self._mix(layer, attended)

    @staticmethod
    def padding(tokens: Tensor) -> Tensor:
        """``(B, L)`` booleans: true behind the first end-of-text token."""
        positions = torch.arange(tokens.size(1), device=tokens.device)
        return positions >= text_lengths(tokens)[:, None]

    def normalise(self, x: Tensor) -> Tensor:
        """The last LayerNorm: ``(B, L, T)`` -> same."""
        return self.module.ln_final(x)

    @staticmethod
    def read(x: Tensor, tokens: Tensor) -> Tensor:
        """What the embedding is read from: ``(B, L, T)`` -> the end-of-text
        token's, ``(B, 1, T)``."""
        rows = torch.arange(x.size(0), device=x.device)
        return x[rows, text_lengths(tokens) - 1][:, None]

    def project_read(self, x: Tensor) -> Tensor:
        """What :meth:`read` gave, at the end -> ``(B, E)``."""
        pooled = self.normalise(x)[:, 0]
        projection = self.module.text_projection
        return (
            projection(pooled)
            if isinstance(projection, nn.Linear)
            else pooled @ projection
        )

    def pool(self, x: Tensor, tokens: Tensor) -> Tensor:
        """``(B, L, T)`` -> projected end-of-text token ``(B, E)``."""
        return self.project_read(self.read(x, tokens))


def check_towers(clip: CustomTextCLIP) -> None:
    """Refuse what cannot be walked in half layers.

    Raises:
        ValueError: If a tower is no plain open_clip transformer.
    """
    for name, tower, kind in (
        ('visual', clip.visual, VisionTransformer),
        ('text', getattr(clip, 'text', None), TextTransformer),
    ):
        if not isinstance(tower, kind):
            raise ValueError(
                f'the {name} tower must be an open_clip {kind.__name__}, got '
                f'{type(tower).__name__}: choose a ViT backbone such as '
                "'ViT-B-16-quickgelu'"
            )
        block = tower.transformer.resblocks[0]
        if type(block) is not ResidualAttentionBlock:
            raise ValueError(
                f'the blocks of the {name} tower must be open_clip '
                f'ResidualAttentionBlocks, got {type(block).__name__}: '
                "leave block_type and qk_norm unset in the backbone's config"
            )
        # an attention of open_clip's own has the same names for its weights,
        # and may compute something else with them
        if type(block.attn) is not nn.MultiheadAttention:
            raise ValueError(
                f'the self-attention of the {name} tower must be '
                f'torch.nn.MultiheadAttention, got {type(block.attn).__name__}:'
                f' install open_clip_torch>=3.3,<4 (found: {open_clip.__version__})'
            )
    visual, text = clip.visual, clip.text
    projected = 'none' if text.text_projection is None else 'linear'
    for setting, got, wanted, reason in (
        (
            'text_cfg.no_causal_mask',
            text.attn_mask is None,
            (False,),
            'a caption is written from left to right',
        ),
        (
            'text_cfg.embed_cls',
            text.cls_emb is not None,
            (False,),
            'the end-of-text token stands for a text',
        ),
        (
            'text_cfg.pool_type',
            text.pool_type,
            ('argmax',),
            'the end-of-text token stands for a text',
        ),
        (
            'text_cfg.proj_type',
            projected,
            ('linear',),
            'images and texts share one space',
        ),
        (
            'vision_cfg.pool_type',
            visual.pool_type,
            ('tok', 'avg'),
            "one vector stands for an image, so attentional_pool 'parallel'"
            " and 'cascade' are out, too",
        ),
    ):
        if got not in wanted:
            raise ValueError(
                f'{setting} of the backbone must be '
                f'{" or ".join(map(repr, wanted))}, got {got!r}: {reason}'
            )
