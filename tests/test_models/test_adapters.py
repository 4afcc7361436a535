"""Adapters by config: the paper's, and kinds of others."""

import pytest
import torch
from mmengine.registry import MODELS as ROOT_MODELS
from torch import Tensor, nn

from famevil_plugin.models import (
    AdaptedCLIP,
    CrossAttentionAdapter,
    FAMEViL,
    FICHead,
    TaskSpecificAdapter,
)
from famevil_plugin.registry import MODELS
from tests.conftest import BACKBONE, TOKENIZER

TASKS = ('xmr', 'fic')


class LowRankAdapter(nn.Module):
    """``B A x`` for each task and layer, as LoRA has it."""

    def __init__(
        self, tasks: tuple[str, ...], width: int, layers: int, rank: int
    ) -> None:
        super().__init__()
        self.downs, self.ups = (
            nn.ParameterDict(
                {
                    task: nn.Parameter(0.1 * torch.randn(layers, *shape))
                    for task in tasks
                }
            )
            for shape in ((rank, width), (width, rank))
        )

    def forward(self, task: str, layer: int, x: Tensor) -> Tensor:
        return x @ self.downs[task][layer].T @ self.ups[task][layer].T


class GatedMean(nn.Module):
    """``tanh(g) * W mean(context)``, whose context is one tensor."""

    def __init__(self, width: int, context_width: int, heads: int) -> None:
        super().__init__()
        self.project = nn.Linear(context_width, width)
        self.gate = nn.Parameter(torch.zeros(1))

    def project_context(self, context: Tensor) -> tuple[Tensor]:
        return (self.project(context),)

    def forward(
        self, x: Tensor, context: tuple[Tensor], padding: Tensor | None = None
    ) -> Tensor:
        (states,) = context
        seen = torch.ones_like(states[..., :1])
        if padding is not None:
            seen = (~padding[..., None]).to(states)
        mean = (states * seen).sum(1, keepdim=True) / seen.sum(1, keepdim=True)
        return (self.gate.tanh() * mean).expand_as(x)


@pytest.fixture(autouse=True)
def foreign_kinds():
    """Registered by another project."""
    for kind in (LowRankAdapter, GatedMean):
        ROOT_MODELS.register_module(module=kind)
    yield
    for kind in (LowRankAdapter, GatedMean):
        del ROOT_MODELS.module_dict[kind.__name__]


def build(**adapters) -> AdaptedCLIP:
    torch.manual_seed(0)
    return AdaptedCLIP(BACKBONE, tasks=TASKS, **adapters)


def test_the_papers_kinds_are_registered():
    for kind in (TaskSpecificAdapter, CrossAttentionAdapter):
        assert MODELS.get(f'famevil_plugin.{kind.__name__}') is kind


def test_short_and_long_forms_are_one():
    short = build(task_bottleneck=4, cross_bottleneck=8)
    long = build(
        task_adapter=dict(type='famevil_plugin.TaskSpecificAdapter', bottleneck=4),
        cross_adapter=dict(type=CrossAttentionAdapter, bottleneck=8),
    )
    assert short.state_dict().keys() == long.state_dict().keys()
    for name, weight in short.state_dict().items():
        assert torch.equal(long.state_dict()[name], weight), name
    default = build(task_bottleneck=64, cross_bottleneck=64).state_dict()
    for name, weight in build().state_dict().items():
        assert torch.equal(default[name], weight), name
    for none in (
        build(task_adapter=None, cross_adapter=None),
        build(task_bottleneck=None, cross_bottleneck=None),
    ):
        assert not none.task_adapters and not none.cross_adapters


def test_both_forms_at_once():
    with pytest.raises(
        ValueError,
        match=r"task_bottleneck is the short form.*4 and .*pop\('task_bottleneck'\)",
    ):
        build(task_bottleneck=4, task_adapter=dict(type=LowRankAdapter, rank=2))
    with pytest.raises(ValueError, match='cross_bottleneck is .* None and None'):
        build(cross_bottleneck=None, cross_adapter=None)


def test_a_foreign_task_adapter(images, tokens):
    config = dict(type='LowRankAdapter', rank=2)
    encoder = build(task_adapter=config, cross_adapter=None)
    assert config == dict(type='LowRankAdapter', rank=2)
    image, text = encoder.task_adapters['image'], encoder.task_adapters['text']
    assert image.downs['xmr'].shape == (3, 2, 24)
    assert text.ups['fic'].shape == (2, 20, 2)
    plain = encoder.clip.encode_image(images)
    features = encoder.encode_image(images, 'xmr')
    assert not torch.allclose(features, plain)
    assert not torch.allclose(features, encoder.encode_image(images, 'fic'))
    (features.sum() + encoder.encode_text(tokens, 'xmr').sum()).backward()
    for adapter in (image, text):
        assert adapter.downs['xmr'].grad.any() and adapter.downs['fic'].grad is None
    nn.init.zeros_(image.ups['xmr'])
    torch.testing.assert_close(
        encoder.encode_image(images, 'xmr'), plain, rtol=2e-6, atol=2e-6
    )


def test_a_foreign_cross_adapter(images, tokens):
    encoder = build(task_adapter=None, cross_adapter=dict(type=GatedMean))
    fused = encoder.fuse(images, tokens, 'xmr')
    apart = encoder.clip.encode_image(images) + encoder.clip.encode_text(tokens)
    torch.testing.assert_close(fused, apart, rtol=2e-6, atol=2e-6)
    for adapters in encoder.cross_adapters.values():
        for adapter in adapters:
            nn.init.constant_(adapter.gate, 2.0)
    fused = encoder.fuse(images, tokens, 'xmr')
    assert not torch.allclose(fused, apart)
    padding = encoder.text_tower.padding(tokens)
    torch.testing.assert_close(
        encoder.fuse(images, tokens.masked_fill(padding, 7), 'xmr'), fused
    )


def test_a_model_of_foreign_kinds_writes_captions(images):
    model = FAMEViL(
        dict(
            backbone=BACKBONE,
            task_adapter=dict(type='LowRankAdapter', rank=2),
            cross_adapter=dict(type='GatedMean'),
        ),
        dict(fic=dict(type=FICHead, tokenizer=TOKENIZER, max_length=5, beams=3)),
    ).eval()
    for adapter in model.encoder.cross_adapters['text']:
        nn.init.constant_(adapter.gate, 2.0)
    head, encoder = model.heads['fic'], model.encoder
    captions = head.generate(encoder, images)
    for row, image in zip(captions, images.split(1)):
        alone = head.generate(encoder, image)[0]
        assert torch.equal(row[: len(alone)], alone)
