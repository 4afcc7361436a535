"""Writes captions token by token over a key/value cache.

Both searches ask ``step`` for the logits of the next token and know nothing
else of the model, so they serve any decoder whose cache can be reordered.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor


class DecodingCache:
    """Keys and values of the tokens so far, and of the image's memory.

    Attributes:
        text (dict): By text layer, keys and values of the tokens so far,
            each ``(B, heads, length, T / heads)``.
        memory (dict): By exchange, keys and values of the image's memory,
            each ``(B, heads, P, T / heads)``; computed once.
    """

    def __init__(self) -> None:
        self.text: dict[int, tuple[Tensor, Tensor]] = {}
        self.memory: dict[int, tuple[Tensor, Tensor]] = {}

    @property
    def length(self) -> int:
        """Number of tokens so far."""
        for keys, _ in self.text.values():
            return keys.size(2)
        return 0

    def select(self, rows: Tensor) -> None:
        """Keep the given rows of the batch, in the given order."""
        for part in (self.text, self.memory):
            for key, pair in part.items():
                part[key] = tuple(x.index_select(0, rows) for x in pair)


class SpecialTokens(NamedTuple):
    """The ids that begin a text and end it (and fill what follows)."""

    start: int
    end: int


Step = Callable[[Tensor], Tensor]


def greedy_search(
    step: Step,
    batch: int,
    special: SpecialTokens,
    max_length: int,
    device: torch.device,
) -> Tensor:
    """Take the most probable token each time.

    Args:
        step (Callable): ``(B, 1)`` newest ids -> next token's logits
            ``(B, vocabulary)``.
        batch (int): ``B``.
        special (SpecialTokens): Ids that begin and end a text.
        max_length (int): Tokens of a text at most, both ends included.
        device (torch.device): Where the ids live.

    Returns:
        Tensor: Ids ``(B, length)``; each row begins with the start token and
        is filled with end tokens once it has ended.
    """
    tokens = torch.full((batch, 1), special.start, device=device)
    ended = torch.zeros(batch, dtype=torch.bool, device=device)
    while tokens.size(1) < max_length and not ended.all():
        best = step(tokens[:, -1:]).argmax(dim=-1)
        best = best.masked_fill(ended, special.end)
        ended = ended | (best == special.end)
        tokens = torch.cat([tokens, best[:, None]], dim=1)
    return tokens


def beam_search(
    step: Step,
    select: Callable[[Tensor], None],
    batch: int,
    special: SpecialTokens,
    max_length: int,
    device: torch.device,
    beams: int = 5,
    length_penalty: float = 1.0,
) -> Tensor:
    """Keep the ``beams`` most probable beginnings each time.

    A finished text scores its log-probability over ``length **
    length_penalty``, the start token counted and the end token not; a batch
    item is done when no unfinished beginning can still beat its worst kept
    text. These are the rules of the authors' code (the ``BeamSearchScorer``
    of transformers 4.20 without early stopping).

    Args:
        step (Callable): ``(B * beams, 1)`` newest ids -> next token's logits
            ``(B * beams, vocabulary)``. Rows of one item are neighbours.
        select (Callable): Reorders the rows of the decoder's cache.
        batch (int): ``B``.
        special (SpecialTokens): Ids that begin and end a text.
        max_length (int): Tokens of a text at most, both ends included.
        device (torch.device): Where the ids live.
        beams (int): Beginnings kept. Defaults to 5.
        length_penalty (float): Above 0 favours long texts. Defaults to 1.

    Returns:
        Tensor: Ids ``(B, length)`` of each item's best text, as
        :func:`greedy_search` gives them.
    """
    tokens = torch.full((batch * beams, 1), special.start, device=device)
    scores = torch.full((batch, beams), -1e9, device=device)
    scores[:, 0] = 0.0  # all beams are equal at first: only the first counts
    kept: list[list[tuple[float, list[int]]]] = [[] for _ in range(batch)]
    done = [False] * batch
    first = torch.arange(batch, device=device)[:, None] * beams

    while tokens.size(1) < max_length and not all(done):
        log_probabilities = step(tokens[:, -1:]).float().log_softmax(-1)
        vocabulary = log_probabilities.size(-1)
        totals = scores.view(-1, 1) + log_probabilities
        # twice as many as beams: at most half of them end here
        best, where = totals.view(batch, -1).topk(2 * beams, dim=1)
        parents, words = where // vocabulary, where % vocabulary
        ends = words == special.end
        length = tokens.size(1)
        for item in range(batch):
            if done[item]:
                continue
            for rank in range(beams):
                if ends[item, rank]:
                    row = tokens[item * beams + int(parents[item, rank])]
                    _keep(
                        kept[item],
                        best[item, rank].item() / length**length_penalty,
                        row.tolist(),
                        beams,
                    )
            done[item] = (
                len(kept[item]) == beams
                and kept[item][-1][0] >= best[item, 0].item() / length**length_penalty
            )
        # the first `beams` candidates that go on, best first
        going = (~ends).int()
        order = torch.argsort(going, dim=1, descending=True, stable=True)
        order = order[:, :beams]
        scores = best.gather(1, order)
        rows = (parents.gather(1, order) + first).flatten()
        select(rows)
        tokens = torch.cat([tokens[rows], words.gather(1, order).view(-1, 1)], dim=1)

    for item in range(batch):
        if not done[item]:
            for beam in range(beams):
                row = tokens[item * beams + beam]
                _keep(
                    kept[item],
                    scores[item, beam].item() / len(row) ** length_penalty,
                    row.tolist(),
                    beams,
                )
    texts = [texts[0][1] for texts in kept]
    longest = max(map(len, texts))
    if longest < max_length:
        longest += 1  # room for one end token
    return torch.tensor(
        [text + [special.end] * (longest - len(text)) for text in texts], device=device
    )


def _keep(
    kept: list[tuple[float, list[int]]], score: float, text: list[int], beams: int
) -> None:
    """Insert a finished text, best first, and drop the worst beyond beams."""
    kept.append((score, text))
    kept.sort(key=lambda pair: pair[0], reverse=True)
    del kept[beams:]
