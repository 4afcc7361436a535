"""Generates captions token by token over a key/value cache.

Both searches ask ``step`` for the logits of the next token and know nothing
else of the model, so they serve any decoder whose cache can be reordered.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor


class DecodingCache:
    """Keys and values of the tokens so far, and of the image's memory.

    Attributes:
        text (dict): By text layer, keys and values of the tokens so far,
            each ``(B, heads, length, T / heads)``.
        memory (dict): By exchange, what the cross adapter's
            ``project_context`` made of the image's memory: with XAA, keys and
            values, each ``(B, heads, P, T / heads)``; computed once.
    """

    def __init__(self) -> None:
        self.text: dict[int, tuple[Tensor, ...]] = {}
        self.memory: dict[int, tuple[Tensor, ...]] = {}

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
        device (torch.device): Of the ids.

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
    done = torch.zeros(batch, dtype=torch.bool, device=device)
    finished = FinishedTexts(
        batch, beams, max_length, special.end, length_penalty, device
    )
    while tokens.size(1) < max_length and not done.all():
        best, rows, words = _extend(scores, step(tokens[:, -1:]))
        ends = words == special.end
        finished.add(
            best[:, :beams], tokens[rows[:, :beams]], ends[:, :beams] & ~done[:, None]
        )
        done |= finished.outdo(best[:, 0], tokens.size(1))
        # the first `beams` candidates that go on, best first
        going = torch.argsort((~ends).int(), dim=1, descending=True, stable=True)
        going = going[:, :beams]
        scores = best.gather(1, going)
        chosen = rows.gather(1, going).flatten()
        select(chosen)
        tokens = torch.cat([tokens[chosen], words.gather(1, going).view(-1, 1)], dim=1)
    unfinished = ~done[:, None].expand(-1, beams)
    finished.add(scores, tokens.view(batch, beams, -1), unfinished)
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
    totals = scores.view(-1, 1) + logits.float().log_softmax(-1)
    best, where = totals.view(batch, -1).topk(2 * beams, dim=1)
    vocabulary = logits.size(-1)
    first = torch.arange(batch, device=scores.device)[:, None] * beams
    return best, first + where // vocabulary, where % vocabulary


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

    def add(self, log_probabilities: Tensor, texts: Tensor, counted: Tensor) -> None:
        """Take texts of one length in, and drop the worst beyond the room.

        Args:
            log_probabilities (Tensor): ``(B, N)``.
            texts (Tensor): Ids ``(B, N, length)``.
            counted (Tensor): ``(B, N)`` booleans, true for the texts to take.
        """
        _, room, max_length = self.texts.shape
        length = texts.size(2)
        scores = self._score(log_probabilities, length)
        scores = torch.cat([self.scores, scores.masked_fill(~counted, -math.inf)], 1)
        lengths = torch.full_like(counted, length, dtype=torch.long)
        lengths = torch.cat([self.lengths, lengths], dim=1)
        texts = F.pad(texts, (0, max_length - length), value=self.end)
        texts = torch.cat([self.texts, texts], dim=1)
        # stable: of two equal scores the earlier text stays in front
        order = torch.argsort(scores, dim=1, descending=True, stable=True)[:, :room]
        self.scores = scores.gather(1, order)
        self.lengths = lengths.gather(1, order)
        self.texts = texts.gather(1, order[..., None].expand(-1, -1, max_length))

    def outdo(self, log_probabilities: Tensor, length: int) -> Tensor:
        """``(B, )`` booleans: whether the room is full of texts at least as
        good as one of such a log-probability ``(B, )`` and length."""
        return self.scores[:, -1] >= self._score(log_probabilities, length)

    def best(self) -> Tensor:
        """Ids ``(B, length)`` of each item's best text, up to the first end
        token of the longest."""
        return self.texts[:, 0, : int(self.lengths[:, 0].max()) + 1]

    def _score(self, log_probabilities: Tensor, length: int) -> Tensor:
        return log_probabilities.double() / length**self.length_penalty
