"""Generates captions token by token over a key/value cache.

Both searches ask ``step`` for the logits of the next token and know nothing
else of the model, so they serve any decoder whose cache can be reordered.
Texts that have ended leave the batch, so a step costs what is still written.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from .decoding_cache import DecodingCache, SearchCache

__all__ = [
    'DecodingCache',
    'FinishedTexts',
    'SearchCache',
    'SpecialTokens',
    'beam_search',
    'greedy_search',
]

# Ended texts leave once they are this share of the rows: each time the rest
# is copied, which many rows would otherwise do at every step.
_LEAVING = 1 / 8


class SpecialTokens(NamedTuple):
    """The ids that begin a text and end it (and fill what follows)."""

    start: int
    end: int


Step = Callable[[Tensor], Tensor]
Select = Callable[[Tensor], None]


def greedy_search(
    step: Step,
    batch: int,
    special: SpecialTokens,
    max_length: int,
    device: torch.device,
    select: Select | None = None,
) -> Tensor:
    """Take the most probable token each time.

    Args:
        step (Callable): ``(B, 1)`` newest ids -> next token's logits
            ``(B, vocabulary)``.
        batch (int): ``B``.
        special (SpecialTokens): Ids that begin and end a text.
        max_length (int): Tokens of a text at most, both ends included.
        device (torch.device): Of the ids.
        select (Callable, optional): Keeps the given rows of the decoder's
            cache. Without it ended texts stay in the batch.

    Returns:
        Tensor: Ids ``(B, length)``; each row begins with the start token and
        is filled with end tokens once it has ended.
    """
    texts = torch.full((batch, max_length), special.end, device=device)
    texts[:, 0] = special.start
    items = torch.arange(batch, device=device)  # those in the batch
    ended = torch.zeros_like(items, dtype=torch.bool)
    newest = texts[:, 0]
    length = 1
    while length < max_length and (going := int((~ended).sum())):
        if select and _is_worth_leaving(len(items) - going, len(items)):
            rows = (~ended).nonzero()[:, 0]
            select(rows)
            items, ended, newest = items[rows], ended[rows], newest[rows]
        newest = step(newest[:, None]).argmax(dim=-1)
        newest = newest.masked_fill(ended, special.end)
        ended = newest == special.end
        texts[items, length] = newest
        length += 1
    return texts[:, :length]


def _is_worth_leaving(ended: int, rows: int) -> bool:
    return ended > 0 and ended >= _LEAVING * rows


def beam_search(
    step: Step,
    select: Select,
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
        select (Callable): Keeps the given rows of the decoder's cache, in the
            given order. Rows stay with their item, and items in their order.
        batch (int): ``B``.
        special (SpecialTokens): Ids that begin and end a text.
        max_length (int): Tokens of a text at most, both ends included.
        device (torch.device): Of the ids.
        beams (int): Beginnings kept. Defaults to 5.
        length_penalty (float): Above 0 favours long texts. Defaults to 1.

    Returns:
        Tensor: Ids ``(B, length)`` of each item's best text, as
        :func:`greedy_search` gives them.
    """
    tokens = torch.full((batch * beams, 1), special.start, device=device)
    scores = torch.full((batch, beams), -1e9, device=device)
    scores[:, 0] = 0.0  # all beams are equal at first: only the first counts
    items = torch.arange(batch, device=device)  # those in the batch
    done = torch.zeros_like(items, dtype=torch.bool)
    finished = FinishedTexts(
        batch, beams, max_length, special.end, length_penalty, device
    )
    while tokens.size(1) < max_length and (going := int((~done).sum())):
        if _is_worth_leaving(len(items) - going, len(items)):
            staying = ~done
            rows = staying.repeat_interleave(beams).nonzero()[:, 0]
            select(rows)
            tokens, scores = tokens[rows], scores[staying]
            items, done = items[staying], done[staying]
        best, rows, words = _extend(scores, step(tokens[:, -1:]))
        ends = words == special.end
        finished.add(
            items,
            best[:, :beams],
            tokens[rows[:, :beams]],
            ends[:, :beams] & ~done[:, None],
        )
        done |= finished.outdo(items, best[:, 0], tokens.size(1))
        # the first `beams` candidates that go on, best first
        going_on = torch.argsort((~ends).int(), dim=1, descending=True, stable=True)
        going_on = going_on[:, :beams]
        scores = best.gather(1, going_on)
        chosen = rows.gather(1, going_on).flatten()
        select(chosen)
        words = words.gather(1, going_on).view(-1, 1)
        tokens = torch.cat([tokens[chosen], words], dim=1)
    unfinished = ~done[:, None].expand(-1, beams)
    finished.add(items, scores, tokens.view(len(items), beams, -1), unfinished)
    return finished.best()


def _extend(scores: Tensor, logits: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Find the most probable continuations, twice as many as beams.

    At most half of them end their text, so the beams never run out.

    Args:
        scores (Tensor): Log-probabilities of the beginnings, ``(B, beams)``.
        logits (Tensor): Of the next token, ``(B * beams, vocabulary)``.

    Returns:
        tuple: Log-probability, row of the beginning among ``B * beams`` and
        next id of each, ``(B, 2 * beams)``, best first.
    """
    batch, beams = scores.shape
    # each beginning's best words are enough, and far fewer than all
    words_each = min(2 * beams, logits.size(-1))
    likely, words = logits.float().log_softmax(-1).topk(words_each, dim=1)
    totals = scores.view(-1, 1) + likely
    best, where = totals.view(batch, -1).topk(2 * beams, dim=1)
    first = torch.arange(batch, device=scores.device)[:, None] * beams
    return best, first + where // words_each, words.view(batch, -1).gather(1, where)


class FinishedTexts:
    """The best finished texts of each item, best first.

    Args:
        batch (int): ``B``.
        room (int): Texts kept of an item.
        max_length (int): Tokens of a text at most.
        end (int): The id that fills what follows a text.
        length_penalty (float): See :func:`beam_search`.
        device (torch.device): Of the tensors.
    """

    def __init__(
        self,
        batch: int,
        room: int,
        max_length: int,
        end: int,
        length_penalty: float,
        device: torch.device,
    ) -> None:
        self.end = end
        self.length_penalty = length_penalty
        # -inf where there is no text yet
        self.scores = torch.full(
            (batch, room), -math.inf, dtype=torch.float64, device=device
        )
        self.lengths = torch.zeros(batch, room, dtype=torch.long, device=device)
        self.texts = torch.full((batch, room, max_length), end, device=device)

    def add(
        self, items: Tensor, log_probabilities: Tensor, texts: Tensor, counted: Tensor
    ) -> None:
        """Take texts of one length in, and drop the worst beyond the room.

        Args:
            items (Tensor): The items of the texts, ``(I, )``.
            log_probabilities (Tensor): ``(I, N)``.
            texts (Tensor): Ids ``(I, N, length)``.
            counted (Tensor): ``(I, N)`` booleans, true for the texts to take.
        """
        _, room, max_length = self.texts.shape
        length = texts.size(2)
        scores = self._score(log_probabilities, length)
        scores = scores.masked_fill(~counted, -math.inf)
        scores = torch.cat([self.scores[items], scores], dim=1)
        lengths = torch.full_like(counted, length, dtype=torch.long)
        lengths = torch.cat([self.lengths[items], lengths], dim=1)
        texts = F.pad(texts, (0, max_length - length), value=self.end)
        texts = torch.cat([self.texts[items], texts], dim=1)
        # stable: of two equal scores the earlier text stays in front
        order = torch.argsort(scores, dim=1, descending=True, stable=True)[:, :room]
        self.scores[items] = scores.gather(1, order)
        self.lengths[items] = lengths.gather(1, order)
        order = order[..., None].expand(-1, -1, max_length)
        self.texts[items] = texts.gather(1, order)

    def outdo(self, items: Tensor, log_probabilities: Tensor, length: int) -> Tensor:
        """``(I, )`` booleans: whether an item's room is full of texts at least
        as good as one of such a log-probability ``(I, )`` and length."""
        return self.scores[items, -1] >= self._score(log_probabilities, length)

    def best(self) -> Tensor:
        """Ids ``(B, length)`` of each item's best text, up to the first end
        token of the longest."""
        return self.texts[:, 0, : int(self.lengths[:, 0].max()) + 1]

    def _score(self, log_probabilities: Tensor, length: int) -> Tensor:
        return log_probabilities.double() / length**self.length_penalty
