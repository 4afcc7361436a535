#!/usr/bin/env python3
"""Count the FLOPs of what a model does, task by task.

    python tools/analysis_tools/get_flops.py configs/famevil_4task.py

One item at a time, traced on the CPU with random weights. Counted are the
multiply-adds of linear layers, convolutions and attention (masked pairs
too); one is two FLOPs. Norms, activations and softmax are left out.
"""

import argparse
import json
import math
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from mmengine.registry import init_default_scope
from torch import Tensor, nn

from famevil_plugin.command_line import (
    add_config_options,
    read_config,
    run_tool,
    tool_parser,
)
from famevil_plugin.models import AdaptedCLIP, FAMEViL, TaskHead
from famevil_plugin.registry import MODELS
from famevil_plugin.structures import FashionSample
from famevil_plugin.tasks import PHOTO, TEXT

with warnings.catch_warnings():  # of what its losses are made by
    warnings.simplefilter('ignore', FutureWarning)
    from fvcore.nn import FlopCountAnalysis
    from fvcore.nn.jit_handles import get_shape

# a task's head, the encoder and its inputs by name -> a result of all the work
Work = Callable[[TaskHead, AdaptedCLIP, dict[str, Tensor]], Tensor]


def learn(head: TaskHead, encoder: AdaptedCLIP, inputs: dict[str, Tensor]) -> Tensor:
    """The loss of one item."""
    sample = FashionSample(metainfo=dict(task=head.task), **head.example())
    return head.loss(head.tensor(encoder, inputs, [sample]))


def answer(
    head: TaskHead, encoder: AdaptedCLIP, inputs: dict[str, Tensor], name: str
) -> Tensor:
    """One of the head's answers."""
    found = head.answers()[name]
    return found.function(encoder, *(inputs[name] for name in found.inputs))


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

    def forward(self, inputs: dict[str, Tensor]) -> Tensor:
        """The work."""
        return self.work(self.model.heads[self.task], self.model.encoder, inputs)


def example_inputs(model: FAMEViL, task: str, tokens: int) -> dict[str, Tensor]:
    """One photo or text for each input of a task.

    Raises:
        ValueError: If the task reads something else.
    """
    photo = torch.zeros(1, 3, *model.encoder.image_tower.image_size)
    text = torch.zeros(1, tokens, dtype=torch.long)
    text[:, -1] = 1  # the largest id ends a text
    kinds = {PHOTO: photo, TEXT: text}
    inputs = model.heads[task].inputs
    other = [name for name, kind in inputs.items() if kind not in kinds]
    if other:
        raise ValueError(
            f'the size of the {task} inputs {", ".join(other)} is not known: FLOPs '
            'are counted of tasks that read photos and texts'
        )
    return {name: kinds[kind] for name, kind in inputs.items()}


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
    inputs = example_inputs(model, task, tokens)
    analysis = FlopCountAnalysis(Traced(model, task, work), (inputs,))
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
        for name in model.heads[task].answers():
            work = partial(answer, name=name)
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
    parser = tool_parser(__doc__)
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
    run_tool(main)
