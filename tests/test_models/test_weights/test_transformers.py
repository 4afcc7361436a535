"""transformers' CLIP weights mean the same under open_clip's names."""

import json
from pathlib import Path

import pytest
import torch
from open_clip.model import CLIP
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F

from famevil_plugin.models import AdaptedCLIP
from tests.conftest import BACKBONE

V, T, E = 24, 20, 16
VISION, TEXT = BACKBONE['vision_cfg'], BACKBONE['text_cfg']


class Layer(nn.Module):
    """``CLIPEncoderLayer``, written from transformers' documentation."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.self_attn = nn.ModuleDict(
            {f'{name}_proj': nn.Linear(width, width) for name in ('q', 'k', 'v', 'out')}
        )
        self.layer_norm1 = nn.LayerNorm(width)
        self.layer_norm2 = nn.LayerNorm(width)
        self.mlp = nn.ModuleDict(
            dict(fc1=nn.Linear(width, 4 * width), fc2=nn.Linear(4 * width, width))
        )

    def forward(self, x: torch.Tensor, causal: bool) -> torch.Tensor:
        normed = self.layer_norm1(x)
        q, k, v = (
            self.self_attn[f'{name}_proj'](normed)
            .unflatten(-1, (self.heads, -1))
            .transpose(1, 2)
            for name in 'qkv'
        )
        seen = F.scaled_dot_product_attention(q, k, v, is_causal=causal)
        x = x + self.self_attn['out_proj'](seen.transpose(1, 2).flatten(2))
        hidden = self.mlp['fc1'](self.layer_norm2(x))
        return x + self.mlp['fc2'](F.gelu(hidden))


class CLIPModel(nn.Module):
    """transformers' ``CLIPModel`` with its names."""

    def __init__(self) -> None:
        super().__init__()
        self.vision_model, self.text_model = nn.Module(), nn.Module()
        patches = (VISION['image_size'] // VISION['patch_size']) ** 2
        for tower, width, layers, heads in (
            (self.vision_model, V, VISION['layers'], V // 8),
            (self.text_model, T, TEXT['layers'], TEXT['heads']),
        ):
            tower.encoder = nn.Module()
            tower.encoder.layers = nn.ModuleList(
                Layer(width, heads) for _ in range(layers)
            )
            tower.embeddings = nn.Module()
        vision, text = self.vision_model, self.text_model
        vision.embeddings.class_embedding = nn.Parameter(torch.randn(V))
        vision.embeddings.patch_embedding = nn.Conv2d(
            3, V, VISION['patch_size'], VISION['patch_size'], bias=False
        )
        vision.embeddings.position_embedding = nn.Embedding(patches + 1, V)
        vision.pre_layrnorm, vision.post_layernorm = (nn.LayerNorm(V), nn.LayerNorm(V))
        text.embeddings.token_embedding = nn.Embedding(TEXT['vocab_size'], T)
        text.embeddings.position_embedding = nn.Embedding(TEXT['context_length'], T)
        text.embeddings.register_buffer(
            'position_ids', torch.arange(TEXT['context_length'])[None]
        )
        text.final_layer_norm = nn.LayerNorm(T)
        self.visual_projection = nn.Linear(V, E, bias=False)
        self.text_projection = nn.Linear(T, E, bias=False)
        self.logit_scale = nn.Parameter(torch.tensor(2.6592))

    def get_image_features(self, images: torch.Tensor) -> torch.Tensor:
        tower = self.vision_model
        x = tower.embeddings.patch_embedding(images).flatten(2).transpose(1, 2)
        first = tower.embeddings.class_embedding.expand(len(x), 1, -1)
        x = torch.cat([first, x], 1) + (tower.embeddings.position_embedding.weight)
        x = tower.pre_layrnorm(x)
        for layer in tower.encoder.layers:
            x = layer(x, causal=False)
        return self.visual_projection(tower.post_layernorm(x[:, 0]))

    def get_text_features(self, tokens: torch.Tensor) -> torch.Tensor:
        tower = self.text_model
        x = tower.embeddings.token_embedding(tokens)
        x = x + tower.embeddings.position_embedding.weight[: tokens.size(1)]
        for layer in tower.encoder.layers:
            x = layer(x, causal=True)
        x = tower.final_layer_norm(x)[range(len(x)), tokens.argmax(1)]
        return self.text_projection(x)


@pytest.fixture
def theirs() -> CLIPModel:
    """A model whose every weight matters."""
    model = CLIPModel()
    for parameter in model.parameters():
        nn.init.normal_(parameter, std=0.3)
    return model


@pytest.fixture
def folder(tmp_path) -> Path:
    """The folder of a published model, with the activation that it has."""
    acts = {f'{tower}_config': dict(hidden_act='gelu') for tower in ('text', 'vision')}
    (tmp_path / 'config.json').write_text(json.dumps(acts))
    return tmp_path


@torch.no_grad()
def test_embeddings_are_the_same(theirs, images, tokens, folder):
    path = folder / 'model.safetensors'
    save_file(theirs.state_dict(), path)
    encoder = AdaptedCLIP(BACKBONE, ['xmr'], str(path))
    torch.testing.assert_close(
        encoder.encode_image(images, 'xmr'), theirs.get_image_features(images)
    )
    torch.testing.assert_close(
        encoder.encode_text(tokens, 'xmr'), theirs.get_text_features(tokens)
    )


def test_weights_of_another_backbone(theirs, folder):
    path = str(folder / 'model.safetensors')
    save_file(theirs.state_dict(), path)
    deeper = BACKBONE | dict(vision_cfg=VISION | dict(layers=4))
    with pytest.raises(
        ValueError,
        match='are of another backbone: 12 missing:'
        r' visual.transformer.resblocks.3.ln_1.weight',
    ):
        AdaptedCLIP(deeper, ['xmr'], path)
    shallower = BACKBONE | dict(vision_cfg=VISION | dict(layers=2))
    with pytest.raises(ValueError, match='16 unexpected: vision_model.encod'):
        AdaptedCLIP(shallower, ['xmr'], path)
    save_file(CLIP(**BACKBONE).state_dict(), path)
    with pytest.raises(ValueError, match='12 missing: .* the backbone that'):
        AdaptedCLIP(deeper, ['xmr'], path)
