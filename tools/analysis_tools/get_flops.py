"""Count the FLOPs of what a model does, task by task.

    python tools/analysis_tools/get_flops.py configs/famevil_4task.py

One item at a time, traced on the CPU with random weights. Counted are the
multiply-adds of linear layers, convolutions and attention (masked pairs
too); one is two FLOPs. Norms, activations and softmax are left out.
"""

import argparse
import json
import math
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from fvcore.nn import FlopCountAnalysis
from fvcore.nn.jit_handles import get_shape
from mmengine.registry import init_default_scope
from torch import Tensor, nn

from famevil_plugin.command_line import add_config_options, read_config
from famevil_plugin.models import AdaptedCLIP, FAMEViL, TaskHead
from famevil_plugin.models.generation import DecodingCache
from famevil_plugin.registry import MODELS
from famevil_plugin.structures import FashionSample

# head, encoder, photo (1, 3, H, W), ids (1, L) -> a result that all the work leads to
Work = Callable[[TaskHead, AdaptedCLIP, Tensor, Tensor], Tensor]


def learn(
    head: TaskHead, encoder: AdaptedCLIP, image: Tensor, tokens: Tensor
) -> Tensor:
    """The loss of one item."""
    inputs = dict(image=image, target_image=image, tokens=tokens)
    sample = FashionSample(metainfo=dict(task=head.task), gt_label=0)
    return head.loss(head.tensor(encoder, inputs, [sample]))


def write(
    head: TaskHead, encoder: AdaptedCLIP, image: Tensor, tokens: Tensor, cached: bool
) -> Tensor:
    """A caption of as many tokens, greedily, without an early end."""
    memory = encoder.encode_memory(image, head.task)
    cache = DecodingCache() if cached else None
    logits = []
    for end in range(1, tokens.size(1)):
        given = tokens[:, end - 1 : end] if cached else tokens[:, :end]
        hidden = encoder.decode(memory, given, head.task, cache)
        logits.append(head.to_vocabulary(hidden[:, -1]))
    return torch.stack(logits)


ANSWERS: dict[str, dict[str, Work]] = dict(
    xmr={
        'a photo': lambda head, encoder, image, tokens: head.embed_image(
            encoder, image
        ),
        'a text': lambda head, encoder, image, tokens: head.embed_text(encoder, tokens),
    },
    tgir={
        'a query': lambda head, encoder, image, tokens: head.embed_query(
            encoder, image, tokens
        ),
        'a gallery photo': lambda head, encoder, image, tokens: head.embed_target(
            encoder, image
        ),
    },
    scr={
        'a sub-category': lambda head, encoder, image, tokens: head.classifier(
            encoder.fuse(image, tokens, head.task)
        )
    },
    fic={
        'a caption': partial(write, cached=True),
        'a caption, no cache': partial(write, cached=False),
    },
)


def attention(inputs: list[Any], outputs: list[Any]) -> int:
    """Multiply-adds of ``F.scaled_dot_product_attention``."""
    *batch, queries, width = get_shape(inputs[0])
    *_, keys, value_width = get_shape(inputs[2])
    return math.prod(batch) * queries * keys * (width + value_width)


class Traced(nn.Module):
    """Some work for a task as a forward, which is what fvcore traces."""

    def __init__(self, model: FAMEViL, task: str, work: Work) -> None:
        super().__init__()
        self.model, self.task, self.work = model, task, work

    def forward(self, image: Tensor, tokens: Tensor) -> Tensor:
        """The work."""
        return self.work(self.model.heads[self.task], self.model.encoder, image, tokens)


@torch.no_grad()
def count(model: FAMEViL, task: str, work: Work, tokens: int) -> dict[str, int]:
    """Multiply-adds of some work on one photo and one text.

    Args:
        model (FAMEViL): The model, on the CPU.
        task (str): The task.
        work (Callable): What to do for it.
        tokens (int): Length of the text, both ends included.

    Returns:
        dict[str, int]: By operator.
    """
    image = torch.zeros(1, 3, *model.encoder.image_tower.image_size)
    text = torch.zeros(1, tokens, dtype=torch.long)
    text[:, -1] = 1  # the largest id ends a text
    analysis = FlopCountAnalysis(Traced(model, task, work), (image, text))
    analysis.set_op_handle('aten::scaled_dot_product_attention', attention)
    analysis.unsupported_ops_warnings(False).uncalled_modules_warnings(False)
    counts = dict(analysis.by_operator())
    counts.pop('layer_norm', None)  # fvcore's estimate, no multiply-adds
    return counts


def count_training(model: FAMEViL, task: str, tokens: int) -> int:
    """Multiply-adds of one item's way through the model and back.

    The way back takes two products for each of the way through, for the
    gradients of both factors, but one for the patch embedding, whose photo
    needs none.
    """
    through = count(model.train(), task, learn, tokens)
    return 3 * sum(through.values()) - through['conv']


def count_all(model: FAMEViL, tokens: int) -> list[dict[str, Any]]:
    """The costs of each task of a model.

    Returns:
        list[dict]: ``task``, ``pass``, ``multiply_adds`` and ``flops``.
    """
    table = []
    for task in model.heads:
        costs = {'training step': count_training(model, task, tokens)}
        for name, work in ANSWERS.get(task, {}).items():
            costs[name] = sum(count(model.eval(), task, work, tokens).values())
        table += [
            {'task': task, 'pass': name, 'multiply_adds': cost, 'flops': 2 * cost}
            for name, cost in costs.items()
        ]
    return table


def lay_out(table: list[dict[str, Any]]) -> str:
    """The table as lines of text."""
    lines = [f'{"task":<6}{"pass":<20}{"M multiply-adds":>16}{"MFLOPs":>14}']
    lines += [
        f'{entry["task"]:<6}{entry["pass"]:<20}'
        f'{entry["multiply_adds"] / 1e6:>16,.1f}{entry["flops"] / 1e6:>14,.1f}'
        for entry in table
    ]
    return '\n'.join(lines)


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description='Count the FLOPs of what a model does, task by task.'
    )
    parser.add_argument('config', help='a config file')
    parser.add_argument(
        '--tokens',
        type=int,
        help='length of texts and captions, both ends included (default: '
        'what the text tower reads at most)',
    )
    parser.add_argument('--json', action='store_true', help='print a list of objects')
    add_config_options(parser)
    return parser.parse_args()


def main() -> None:
    """Build the model, count and print."""
    args = parse_args()
    config = read_config(args)
    config.model.encoder.pretrained = None
    init_default_scope('famevil_plugin')
    model = MODELS.build(config.model)
    limit = model.encoder.text_tower.context_length
    tokens = limit if args.tokens is None else args.tokens
    if not 2 <= tokens <= limit:
        raise SystemExit(
            f'--tokens must lie in 2 to {limit}, what the text '
            f'tower of {args.config} reads, got {tokens}'
        )
    table = count_all(model, tokens)
    if args.json:
        print(json.dumps(table, indent=2))
        return
    height, width = model.encoder.image_tower.image_size
    print(
        f'{args.config}, for one photo of {height} x {width} pixels and a '
        f'text of {tokens} tokens\n\n{lay_out(table)}'
    )


if __name__ == '__main__':
    main()
