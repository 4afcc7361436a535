"""Weights of another activation than the backbone's are refused."""

import json
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from open_clip.model import CLIP, CustomTextCLIP
from torch import Tensor, nn

from famevil_plugin.models import AdaptedCLIP
from famevil_plugin.models.weights.activations import find_activation
from famevil_plugin.models.weights.authors import to_authors
from famevil_plugin.models.weights.weight_files import read_weights
from tests.conftest import BACKBONE

QUICK = BACKBONE | dict(quick_gelu=True)


def transformers_weights() -> dict[str, Tensor]:
    """A backbone's by transformers' names."""
    clip = CustomTextCLIP(**BACKBONE).state_dict()
    theirs = to_authors({f'encoder.clip.{name}': w for name, w in clip.items()})
    return {name.removeprefix('clip.'): weight for name, weight in theirs.items()}


def write_config(folder: Path, vision: dict, text: dict) -> None:
    content = dict(vision_config=vision, text_config=text)
    (folder / 'config.json').write_text(json.dumps(content))


def find(path: Path) -> str | None:
    return find_activation(path, read_weights(path))


class Archive(nn.Module):
    """As OpenAI publishes its models: sizes beside the weights."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(2))
        for name in ('input_resolution', 'context_length', 'vocab_size'):
            self.register_buffer(name, torch.tensor(32))

    def forward(self) -> Tensor:
        return self.weight


def test_an_archive_of_openais(tmp_path):
    path = tmp_path / 'ViT-B-16.pt'
    torch.jit.script(Archive()).save(path)
    assert find(path) == 'quick_gelu'
    with pytest.raises(
        ValueError, match="ViT-B-16.pt' were trained with QuickGELU.*'ViT-B-16-quickg"
    ):
        AdaptedCLIP(BACKBONE, ['xmr'], str(path))


def test_openais_weights_unpacked(tmp_path):
    path = tmp_path / 'clip.pt'
    torch.save(CLIP(**QUICK).state_dict() | dict(vocab_size=torch.tensor(600)), path)
    with pytest.raises(ValueError, match='trained with QuickGELU.*quick_gelu=True in'):
        AdaptedCLIP(BACKBONE, ['xmr'], str(path))
    AdaptedCLIP(QUICK, ['xmr'], str(path))


def test_a_model_of_transformers(tmp_path):
    path = tmp_path / 'pytorch_model.bin'
    torch.save(transformers_weights(), path)
    assert find(path) == 'quick_gelu'
    AdaptedCLIP(QUICK, ['xmr'], str(path))
    with pytest.raises(ValueError, match=r'QuickGELU.*No .*config.json says otherwise'):
        AdaptedCLIP(BACKBONE, ['xmr'], str(path))

    gelu = dict(hidden_act='gelu')
    write_config(tmp_path, gelu, gelu)
    assert find(path) == 'gelu'
    AdaptedCLIP(BACKBONE, ['xmr'], str(path))
    with pytest.raises(ValueError, match="activation 'gelu', and .* has QuickGELU"):
        AdaptedCLIP(QUICK, ['xmr'], str(path))

    write_config(tmp_path, {}, {})
    assert find(path) == 'quick_gelu'
    write_config(tmp_path, gelu, dict(hidden_act='gelu_new'))
    for backbone in (BACKBONE, QUICK):
        with pytest.raises(ValueError, match="activation 'gelu and gelu_new', and"):
            AdaptedCLIP(backbone, ['xmr'], str(path))
    (tmp_path / 'config.json').write_text('[]')
    with pytest.raises(ValueError, match='config.json beside the weights is no config'):
        AdaptedCLIP(QUICK, ['xmr'], str(path))


@pytest.mark.parametrize(
    ('backbone', 'found'),
    [(BACKBONE, 'gelu'), (QUICK, 'quick_gelu'), ('ViT-B-16', 'gelu'), ('b.json', None)],
)
def test_a_checkpoint_of_this_package(tmp_path, backbone, found):
    config = Config(dict(model=dict(encoder=dict(backbone=backbone))))
    weights = {
        f'encoder.clip.{name}': weight
        for name, weight in CustomTextCLIP(**BACKBONE).state_dict().items()
    }
    path = tmp_path / 'iter_9.pth'
    torch.save(dict(state_dict=weights, meta=dict(cfg=config.pretty_text)), path)
    assert find(path) == found
    for other, own in ((BACKBONE, 'gelu'), (QUICK, 'quick_gelu')):
        if found in (own, None):
            AdaptedCLIP(other, ['xmr'], str(path))
        else:
            with pytest.raises(ValueError, match='were trained with'):
                AdaptedCLIP(other, ['xmr'], str(path))


def test_open_clips_weights_tell_nothing(tmp_path):
    torch.save(CustomTextCLIP(**QUICK).state_dict(), tmp_path / 'clip.pt')
    assert find(tmp_path / 'clip.pt') is None
