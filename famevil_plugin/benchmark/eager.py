"""A plain baseline: the same model as the authors' code computes it.

Texts are padded to the context length, attention is spelt out, every state
goes through the last layer, the caption's head sees padding, a caption is
written without a cache, and each parameter is a group of the optimizer.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any
from unittest.mock import patch

import torch
import torch.nn.functional as F
from open_clip.transformer import QuickGELU
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from famevil_plugin.models import AdaptedCLIP, FAMEViL, FICHead
from famevil_plugin.models.backbone import FusedQuickGELU
from famevil_plugin.models.generation import beam_search, greedy_search
from famevil_plugin.models.heads.task_head import HeadOutput
from famevil_plugin.models.losses import mean_cross_entropy, mean_distillation
from famevil_plugin.structures import FashionSample

_IGNORED = -100


@contextmanager
def spelt_out() -> Iterator[None]:
    """Attention as two products and a softmax, which is kept, and CLIP's
    activation as open_clip writes it."""
    activation = patch.object(FusedQuickGELU, 'forward', QuickGELU.forward)
    with sdpa_kernel(SDPBackend.MATH), activation:
        yield


class EagerEncoder:
    """The modes of an encoder, with its weights and all states to the end."""

    def __init__(self, encoder: AdaptedCLIP) -> None:
        self.encoder = encoder
        self.encode_memory = encoder.encode_memory
        self.decode = encoder.decode

    def encode_image(self, images: Tensor, task: str) -> Tensor:
        """``(B, 3, H, W)`` -> ``(B, E)``."""
        tower = self.encoder.image_tower
        x = tower.embed(images)
        for layer in range(len(tower)):
            x = self.encoder.complete('image', task, layer, tower.attend(layer, x))
        return tower.pool(x)

    def encode_text(self, tokens: Tensor, task: str) -> Tensor:
        """``(B, L)`` -> ``(B, E)``."""
        tower = self.encoder.text_tower
        x = tower.embed(tokens)
        for layer in range(len(tower)):
            x = self.encoder.complete('text', task, layer, tower.attend(layer, x))
        return tower.pool(x, tokens)

    def fuse(self, images: Tensor, tokens: Tensor, task: str) -> Tensor:
        """``(B, 3, H, W)`` and ``(B, L)`` -> ``(B, E)``."""
        image, text = self.encoder.image_tower, self.encoder.text_tower
        x, y = image.embed(images), text.embed(tokens)
        padding = text.padding(tokens)
        for exchange, (image_layers, text_layers) in enumerate(self.encoder.exchanges):
            for layer in image_layers[:-1]:
                x = self.encoder.complete('image', task, layer, image.attend(layer, x))
            for layer in text_layers[:-1]:
                y = self.encoder.complete('text', task, layer, text.attend(layer, y))
            x, y = image.attend(image_layers[-1], x), text.attend(text_layers[-1], y)
            from_text = self.encoder.exchange('image', exchange, x, y, padding)
            from_image = self.encoder.exchange('text', exchange, y, x)
            x = self.encoder.complete('image', task, image_layers[-1], x, from_text)
            y = self.encoder.complete('text', task, text_layers[-1], y, from_image)
        return image.pool(x) + text.pool(y, tokens)


def eager_loss(
    model: FAMEViL,
    inputs: dict[str, Tensor],
    samples: Sequence[FashionSample],
    teacher: FAMEViL | None = None,
) -> Tensor:
    """The loss of a batch's task, a scalar, with that of a teacher if any."""
    output = _score(model, inputs, samples)
    loss = mean_cross_entropy(*output)
    if teacher is None:
        return loss
    with torch.no_grad():
        taught = _score(teacher, inputs, samples)
    counted = {name: ids != _IGNORED for name, ids in output.targets.items()}
    learned, taught_there = (
        {name: scores[counted[name]] for name, scores in side.logits.items()}
        for side in (output, taught)
    )
    return loss + mean_distillation(learned, taught_there)


def _score(
    model: FAMEViL, inputs: dict[str, Tensor], samples: Sequence[FashionSample]
) -> HeadOutput:
    head: Any = model.heads[samples[0].task]
    inputs = pad_texts(model, inputs)
    if isinstance(head, FICHead):
        return _score_captions(model, head, inputs)
    return head.tensor(EagerEncoder(model.encoder), inputs, samples)


def pad_texts(model: FAMEViL, inputs: dict[str, Tensor]) -> dict[str, Tensor]:
    """Inputs whose texts ``tokens``, if any, fill the context length."""
    if 'tokens' not in inputs:
        return inputs
    missing = model.encoder.text_tower.context_length - inputs['tokens'].size(1)
    return inputs | dict(tokens=F.pad(inputs['tokens'], (0, missing)))


def _score_captions(
    model: FAMEViL, head: FICHead, inputs: dict[str, Tensor]
) -> HeadOutput:
    """Over the whole context length, where padding is scored and not counted."""
    tokens, encoder = inputs['tokens'], model.encoder
    memory = encoder.encode_memory(inputs['image'], head.task)
    hidden = encoder.decode(memory, tokens[:, :-1], head.task)
    padding = encoder.text_tower.padding(tokens)[:, 1:]
    targets = tokens[:, 1:].masked_fill(padding, _IGNORED)
    return HeadOutput(
        logits=dict(next_token=head.to_vocabulary(hidden).flatten(0, 1)),
        targets=dict(next_token=targets.flatten()),
    )


def eager_optimizer(model: nn.Module, lr: float) -> torch.optim.Optimizer:
    """AdamW with a group for each parameter."""
    groups = [dict(params=[p]) for p in model.parameters() if p.requires_grad]
    return torch.optim.AdamW(groups, lr=lr, foreach=False, fused=False)


def eager_captions(model: FAMEViL, head: FICHead, images: Tensor) -> Tensor:
    """Caption ids ``(B, length)``; each step reads a text from its start."""
    encoder = model.encoder
    memory = encoder.encode_memory(images, head.task)
    memory = [part.repeat_interleave(head.beams, 0) for part in memory]
    texts = torch.zeros(len(images) * head.beams, 0, dtype=torch.long)
    texts = texts.to(images.device)

    def step(newest: Tensor) -> Tensor:
        nonlocal texts
        texts = torch.cat([texts, newest], dim=1)
        hidden = encoder.decode(memory, texts, head.task)
        return head.to_vocabulary(hidden[:, -1])

    def select(rows: Tensor) -> None:
        nonlocal texts, memory
        texts, memory = texts[rows], [part[rows] for part in memory]

    search = (
        greedy_search
        if head.beams == 1
        else partial(beam_search, select=select, beams=head.beams)
    )
    return search(
        step=step,
        batch=len(images),
        special=head.special,
        max_length=head.max_length,
        device=images.device,
    )
