"""Write ``golden.safetensors``: what the tiny model of the tests computes.

``python -m tests.test_models.make_golden``. The model's weights are waves, so
the file holds no weights and no random numbers matter; all is computed in
fp64, so no machine's rounding matters either. It is to be written anew only
when the model is meant to compute something else, and only while the parity
tests hold.
"""

from collections.abc import Iterator
from pathlib import Path

import open_clip
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from famevil_plugin.models import FAMEViL, FICHead, SCRHead, TGIRHead, XMRHead
from famevil_plugin.tokenizer import build_tokenizer
from tests.conftest import BACKBONE, TASKS, TOKENIZER

from .conftest import TEXTS, make_samples

GOLDEN = Path(__file__).with_name('golden.safetensors')
# whose gradients are kept: one of each kind of weight
WATCHED = (
    'class_embedding',
    'ln_final.weight',
    '0.attn.in_proj_bias',
    '1.scale',
    '1.adapter.scale',
    'normalise.scale',
    'classifier.bias',
)
LOUD = ('conv1', 'token_embedding', 'cross_adapters')
WORD, END = 386, 1.3


def wave(shape: torch.Size | tuple[int, ...], phase: float) -> Tensor:
    """Numbers in -1 to 1 that look unordered and are the same everywhere."""
    count = torch.Size(shape).numel()
    steps = torch.arange(count, dtype=torch.float64)
    return torch.sin(steps**2 * 0.37 + steps + phase).view(shape)


def build_model(count_padding: bool = False) -> FAMEViL:
    """The four heads over towers of unequal depth, all weights waves."""
    model = FAMEViL(
        dict(backbone=BACKBONE, task_bottleneck=4, cross_bottleneck=4),
        dict(
            xmr=dict(type=XMRHead),
            tgir=dict(type=TGIRHead),
            scr=dict(type=SCRHead, num_classes=7),
            fic=dict(type=FICHead, tokenizer=TOKENIZER, count_padding=count_padding),
        ),
    )
    for phase, (name, weight) in enumerate(sorted(model.named_parameters())):
        # scales and weights of norms stay near one; what reads the input and
        # what looks across is loud, so that the items of a batch differ
        centre = 1.0 if weight.dim() == 1 and 'bias' not in name else 0.0
        loud = weight.dim() > 1 and any(part in name for part in LOUD)
        weight.data = centre + (2.0 if loud else 0.3) * wave(weight.shape, phase)
    words = model.heads['fic'].to_vocabulary.weight.data
    words[-1] += END * words[WORD]  # so that some captions end early
    return model.eval().double()


def build_inputs() -> dict[str, Tensor]:
    """Three images and three texts of unequal length."""
    return dict(
        image=wave((3, 3, 32, 32), 0),
        target_image=wave((3, 3, 32, 32), 1),
        tokens=build_tokenizer(**TOKENIZER)(TEXTS),
    )


def compute() -> dict[str, Tensor]:
    """Everything that is compared, by ``group/what``; in fp64."""
    return {
        name: tensor.detach().contiguous()
        for part in (_contrastive, _fusion, _generative, _losses)
        for name, tensor in part(build_model(), build_inputs())
    }


Named = Iterator[tuple[str, Tensor]]


def _contrastive(model: FAMEViL, inputs: dict[str, Tensor]) -> Named:
    for task in TASKS:
        yield (
            f'contrastive/image_{task}',
            model.encoder.encode_image(inputs['image'], task),
        )
        yield (
            f'contrastive/text_{task}',
            model.encoder.encode_text(inputs['tokens'], task),
        )


def _fusion(model: FAMEViL, inputs: dict[str, Tensor]) -> Named:
    seen: dict[str, Tensor] = {}

    def watch(name: str, module: nn.Module) -> None:
        module.register_forward_hook(
            lambda _, __, output: seen.__setitem__(name, output)
        )

    for side, adapters in model.encoder.cross_adapters.items():
        for exchange, adapter in enumerate(adapters):
            watch(f'{side}_{exchange}', adapter)
    for task in ('tgir', 'scr'):
        yield (
            f'fusion/{task}',
            model.encoder.fuse(inputs['image'], inputs['tokens'], task),
        )
        for name, output in seen.items():
            yield f'xaa/{task}_{name}', output


def _generative(model: FAMEViL, inputs: dict[str, Tensor]) -> Named:
    head, tokens = model.heads['fic'], inputs['tokens']
    memory = model.encoder.encode_memory(inputs['image'], 'fic')
    for exchange, states in enumerate(memory):
        yield f'captioning/memory_{exchange}', states
    hidden = model.encoder.decode(memory, tokens, 'fic')
    yield 'captioning/hidden', hidden
    yield 'captioning/logits', head.to_vocabulary(hidden)[..., ::40]
    for beams in (1, 3, 5):
        head.beams = beams
        with torch.no_grad():
            yield (
                f'captioning/ids_{beams}',
                head.generate(model.encoder, inputs['image']),
            )


def _losses(model: FAMEViL, inputs: dict[str, Tensor]) -> Named:
    for task in TASKS:
        yield from _loss(model, inputs, task, task)
    yield from _loss(build_model(count_padding=True), inputs, 'fic', 'fic_with_padding')


def _loss(model: FAMEViL, inputs: dict[str, Tensor], task: str, label: str) -> Named:
    loss = model(inputs, make_samples(task), 'loss')[f'{task}/loss']
    yield f'losses/{label}', loss
    for name, weight in model.named_parameters():
        if name.endswith(WATCHED):
            (gradient,) = torch.autograd.grad(
                loss, weight, retain_graph=True, allow_unused=True
            )
            if gradient is not None:
                yield f'gradients/{label}/{name}', gradient


if __name__ == '__main__':
    save_file(
        {
            name: tensor.float() if tensor.is_floating_point() else tensor
            for name, tensor in compute().items()
        },
        GOLDEN,
        dict(torch=torch.__version__, open_clip=open_clip.__version__),
    )
    GOLDEN.chmod(0o644)
