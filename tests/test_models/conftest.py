"""A tiny model of four tasks, and a batch for it."""

import pytest
import torch
from torch import nn

from famevil_plugin.models import (
    AdaptedCLIP,
    FAMEViL,
    FICHead,
    SCRHead,
    TGIRHead,
    XMRHead,
)
from famevil_plugin.structures import FashionSample
from famevil_plugin.tokenizer import build_tokenizer
from tests.conftest import BACKBONE, TASKS, TOKENIZER

TEXTS = ['a long red dress', 'boots.', 'navy shirt with dots']


def perturb_weights(module: nn.Module) -> None:
    """Make fresh adapters add something."""
    for name, parameter in module.named_parameters():
        if '.up.' in name or name.endswith('bias'):
            nn.init.normal_(parameter, std=0.5)


@pytest.fixture
def encoder() -> AdaptedCLIP:
    """Fresh adapters on towers of depth 3 and 2."""
    return AdaptedCLIP(
        BACKBONE, tasks=tuple(TASKS), task_bottleneck=4, cross_bottleneck=4
    )


@pytest.fixture
def model() -> FAMEViL:
    """The four heads."""
    return FAMEViL(
        encoder=dict(backbone=BACKBONE, task_bottleneck=4, cross_bottleneck=4),
        heads=dict(
            xmr=dict(type=XMRHead),
            tgir=dict(type=TGIRHead),
            scr=dict(type=SCRHead, num_classes=7),
            fic=dict(type=FICHead, tokenizer=TOKENIZER),
        ),
    )


@pytest.fixture
def images() -> torch.Tensor:
    """Three normalised images."""
    return torch.randn(3, 3, 32, 32)


@pytest.fixture
def tokens() -> torch.Tensor:
    """Three texts of unequal length."""
    return build_tokenizer(**TOKENIZER)(TEXTS)


@pytest.fixture
def inputs(images: torch.Tensor, tokens: torch.Tensor) -> dict[str, torch.Tensor]:
    """Inputs of all tasks."""
    return dict(image=images, tokens=tokens, target_image=images.flip(0))


def make_samples(task: str) -> list[FashionSample]:
    """Samples to go with ``inputs``."""
    return [
        FashionSample(
            metainfo=dict(
                task=task, sample_idx=i, inputs=('image', 'tokens', 'target_image')
            ),
            gt_label=i,
            text=text,
        )
        for i, text in enumerate(TEXTS)
    ]
