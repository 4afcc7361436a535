"""The towers of an open_clip model as steps: embed, attend, transform, pool.

This is the only file that uses open_clip's internals
(``tests/test_models/test_towers.py`` names them all). A tower is a view: it
owns nothing, so the model under it stays as open_clip built it, and walking
a tower without adapters gives ``clip.encode_image`` and ``clip.encode_text``
to the last bit.

One residual block is walked in two half layers,

    attend:     z' = x  + attention(ln_1(x))
    transform:  z  = z' + mlp(ln_2(z'))

and FAME-ViL's adapters work between them, on z' (paper section 3.2).

Shape letters: ``B`` batch, ``P`` patches + 1, ``L`` tokens, ``V`` vision
width, ``T`` text width, ``E`` embedding.
"""

from collections.abc import Sequence

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

from .text_lengths import text_lengths


class Tower:
    """Base of both towers: a stack of pre-norm residual blocks."""

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

    def attend(self, layer: int, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Self-attention with its residual: ``(B, N, width)`` -> same."""
        query, key, value = self.project(layer, x)
        if mask is not None:
            mask = mask.to(query.dtype)
        return x + self._mix(
            layer, F.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        )

    def project(self, layer: int, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Project to queries, keys and values of self-attention.

        The arithmetic of ``nn.MultiheadAttention``, without the copies that
        it makes.

        Returns:
            tuple: Query, key and value, each ``(B, heads, N, width /
            heads)``.
        """
        block = self.blocks[layer]
        return tuple(
            part.unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for part in F.linear(
                block.ln_1(x), block.attn.in_proj_weight, block.attn.in_proj_bias
            ).chunk(3, dim=-1)
        )

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

    def pool(self, x: Tensor) -> Tensor:
        """``(B, P, V)`` -> projected CLS ``(B, E)``."""
        pooled, _ = self.module._pool(x)
        return pooled @ self.module.proj


class TextTower(Tower):
    """The causal text transformer of an open_clip model."""

    @property
    def context_length(self) -> int:
        """Tokens of a text at most."""
        return self.module.positional_embedding.size(0)

    @property
    def vocabulary_size(self) -> int:
        """Number of token ids."""
        return self.module.token_embedding.num_embeddings

    def embed(self, tokens: Tensor, start: int = 0) -> Tensor:
        """Ids ``(B, L)`` at positions ``start`` onwards -> ``(B, L, T)``."""
        positions = self.module.positional_embedding
        end = start + tokens.size(1)
        if end > self.context_length:
            raise ValueError(
                f'the text tower reads at most {self.context_length} tokens, '
                f'got {end}: lower context_length or max_length in the '
                'config, or build the backbone with a larger context_length'
            )
        return self.module.token_embedding(tokens) + positions[start:end]

    def causal_mask(self, length: int) -> Tensor:
        """Additive mask ``(L, L)``: no token sees a later one."""
        return self.module.attn_mask[:length, :length]

    def attend_causally(
        self,
        layer: int,
        x: Tensor,
        past: Sequence[Tensor] | None = None,
        padding: Tensor | None = None,
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """:meth:`attend` that goes on from what earlier calls left.

        Args:
            layer (int): The layer.
            x (Tensor): ``(B, L, T)``; L is 1 if there is a past.
            past (Sequence[Tensor], optional): Keys and values of the
                tokens before, each ``(B, heads, past, T / heads)``.
            padding (Tensor, optional): ``(B, past + L)`` booleans, true at
                tokens that none may attend to.

        Returns:
            tuple: The state ``(B, L, T)``, and the keys and values of all
            tokens so far.
        """
        query, key, value = self.project(layer, x)
        if past is not None:
            key = torch.cat([past[0], key], dim=2)
            value = torch.cat([past[1], value], dim=2)
        visible = None
        if padding is not None:
            visible = ~padding[:, None, None].expand(-1, -1, x.size(1), -1)
            visible = visible.tril(key.size(2) - x.size(1))
        # is_causal counts from the first key, so it fits an empty past only
        attended = F.scaled_dot_product_attention(
            query,
            key,
            value,
            attn_mask=visible,
            is_causal=past is None and visible is None,
        )
        return x + self._mix(layer, attended), (key, value)

    @staticmethod
    def padding(tokens: Tensor) -> Tensor:
        """``(B, L)`` booleans: true behind the first end-of-text token."""
        positions = torch.arange(tokens.size(1), device=tokens.device)
        return positions >= text_lengths(tokens)[:, None]

    def normalise(self, x: Tensor) -> Tensor:
        """The last LayerNorm: ``(B, L, T)`` -> same."""
        return self.module.ln_final(x)

    def pool(self, x: Tensor, tokens: Tensor) -> Tensor:
        """``(B, L, T)`` -> projected end-of-text token ``(B, E)``."""
        rows = torch.arange(x.size(0), device=x.device)
        pooled = self.normalise(x)[rows, text_lengths(tokens) - 1]
        projection = self.module.text_projection
        return (
            projection(pooled)
            if isinstance(projection, nn.Linear)
            else pooled @ projection
        )


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
