"""A caption search in two programs: the photo's memory, and one step.

A runtime keeps the cache between the steps and chooses the words itself, so
greedy, beam and sampled searches all use the same two programs.
"""

from collections.abc import Callable
from itertools import islice

import torch
from torch import Tensor

from famevil_plugin.models.adapted_clip import AdaptedCLIP
from famevil_plugin.models.decoding_cache import DecodingCache

from .task_head import Program


def caption_programs(
    encoder: AdaptedCLIP,
    task: str,
    to_vocabulary: Callable[[Tensor], Tensor],
    start: int,
    max_length: int,
) -> dict[str, Program]:
    """Make the programs of a captioning task.

    Args:
        encoder (AdaptedCLIP): The encoder.
        task (str): The task whose TSA are used.
        to_vocabulary (Callable): Hidden states ``(B, T)`` -> logits ``(B,
            vocabulary)``.
        start (int): The id that begins a text.
        max_length (int): Tokens of a caption at most, both ends included.

    Returns:
        dict[str, Program]: ``memory`` reads ``image`` and gives, for each
        exchange, what the cross adapter made of it. ``step`` reads ``newest``,
        the ids ``(B, 1)`` chosen last, the memory, and keys and values of the
        tokens before, ``(B, heads, length, T / heads)`` each; it gives the
        next token's logits as ``answer``, and keys and values with the newest
        token's.
    """
    image = encoder.image_tower
    context = image.positions.new_zeros(1, 1, image.width)
    parts = [len(a.project_context(context)) for a in encoder.caption_adapters]
    memory = tuple(
        f'memory_{exchange}_{part}'
        for exchange, number in enumerate(parts)
        for part in range(number)
    )
    tower = encoder.text_tower
    layers = range(len(tower))
    states = [f'{layer}_{part}' for layer in layers for part in ('key', 'value')]
    empty = torch.zeros(tower.heads, 0, tower.width // tower.heads)

    def remember(encoder: AdaptedCLIP, image: Tensor) -> tuple[Tensor, ...]:
        outputs = encoder.encode_memory(image, task)
        return tuple(
            part
            for adapter, output in zip(encoder.caption_adapters, outputs)
            for part in adapter.project_context(output)
        )

    def go_on(
        encoder: AdaptedCLIP, newest: Tensor, *carried: Tensor
    ) -> tuple[Tensor, ...]:
        left = iter(carried)
        cache = DecodingCache()
        cache.memory = {e: tuple(islice(left, n)) for e, n in enumerate(parts)}
        cache.text = {layer: tuple(islice(left, 2)) for layer in layers}
        hidden = encoder.decode([], newest, task, cache)
        return (
            to_vocabulary(hidden[:, -1]),
            *(state for layer in layers for state in cache.text[layer]),
        )

    return dict(
        memory=Program(('image',), memory, remember),
        step=Program(
            ('newest', *memory, *(f'past_{state}' for state in states)),
            ('answer', *(f'present_{state}' for state in states)),
            go_on,
            first=dict(
                newest=torch.tensor([start]),
                **{f'past_{state}': empty for state in states},
            ),
            calls=max_length - 1,
        ),
    )
