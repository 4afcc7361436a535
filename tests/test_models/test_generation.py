"""Greedy and beam search over a decoder that is a table."""

import itertools

import torch

from famevil_plugin.models.generation import SpecialTokens, beam_search, greedy_search

SPECIAL = SpecialTokens(start=5, end=6)
VOCABULARY = 7
CPU = torch.device('cpu')


def table(seed: int) -> torch.Tensor:
    """Logits of the next token, by (place, newest token)."""
    generator = torch.Generator().manual_seed(seed)
    logits = 2 * torch.randn(9, VOCABULARY, VOCABULARY, generator=generator)
    logits[:, :, SPECIAL.start] = -30.0
    return logits


class Decoder:
    """Counts the places as a cache would."""

    def __init__(self, logits: torch.Tensor) -> None:
        self.logits, self.place = logits, 0

    def step(self, newest: torch.Tensor) -> torch.Tensor:
        self.place += 1
        return self.logits[self.place - 1, newest[:, 0]]


def score(logits: torch.Tensor, text: tuple[int, ...], ended: bool) -> float:
    """Log-probability over length, the start counted, the end not."""
    tokens = (SPECIAL.start, *text) + ((SPECIAL.end,) if ended else ())
    total = sum(
        logits[i, a].log_softmax(-1)[b].item()
        for i, (a, b) in enumerate(itertools.pairwise(tokens))
    )
    return total / (len(text) + 1)


def test_greedy_takes_the_best_and_stops():
    logits = table(0)
    logits[:2, :, SPECIAL.end] = -50.0
    logits[2, :, SPECIAL.end] = 50.0
    ids = greedy_search(Decoder(logits).step, 2, SPECIAL, 8, CPU)
    assert ids.shape == (2, 4)
    assert (ids[:, 0] == SPECIAL.start).all()
    assert (ids[:, 3] == SPECIAL.end).all()
    newest = SPECIAL.start
    for place, token in enumerate(ids[0, 1:].tolist()):
        assert token == logits[place, newest].argmax()
        newest = token


def test_greedy_is_cut_at_the_length():
    logits = table(1)
    logits[:, :, SPECIAL.end] = -50.0
    ids = greedy_search(Decoder(logits).step, 1, SPECIAL, 6, CPU)
    assert ids.shape == (1, 6)


def test_wide_beam_finds_the_best_text_of_all():
    """With a beam as wide as the tree the search is exhaustive."""
    words = [w for w in range(VOCABULARY) if w not in SPECIAL]
    for seed in range(5):
        logits, length = table(seed), 4
        texts = [
            (text, True)
            for n in range(length - 1)
            for text in itertools.product(words, repeat=n)
        ]
        texts += [(text, False) for text in itertools.product(words, repeat=length - 1)]
        best, _ = max(texts, key=lambda t: score(logits, *t))
        ids = beam_search(
            Decoder(logits).step, lambda rows: None, 1, SPECIAL, length, CPU, beams=150
        )
        found = [i for i in ids[0].tolist() if i not in SPECIAL]
        assert tuple(found) == best


def test_one_beam_is_greedy_until_the_first_end():
    logits = table(3)
    logits[:, :, SPECIAL.end] = -50.0
    greedy = greedy_search(Decoder(logits).step, 1, SPECIAL, 7, CPU)
    beam = beam_search(
        Decoder(logits).step, lambda rows: None, 1, SPECIAL, 7, CPU, beams=1
    )
    assert torch.equal(greedy, beam)


def test_beams_reorder_the_cache():
    logits, seen = table(4), []
    beam_search(Decoder(logits).step, seen.append, 2, SPECIAL, 5, CPU, beams=3)
    assert seen and all(len(rows) == 6 for rows in seen)
    # rows never leave their own item
    assert all((rows[:3] < 3).all() and (rows[3:] >= 3).all() for rows in seen)


def test_beams_of_an_item_that_is_done_leave():
    """Of two items the first ends its texts at once, the second never."""
    logits = table(5)[:, 0].repeat(2, 1, 1)  # by item, place and next token
    logits[0, :, SPECIAL.end], logits[1, :, SPECIAL.end] = 9.0, -50.0
    items, rows_of_step = torch.tensor([0, 0, 1, 1]), []

    def select(rows):
        nonlocal items
        items = items[rows]

    def step(newest):
        rows_of_step.append(items.tolist())
        return logits[items, len(rows_of_step) - 1]

    ids = beam_search(step, select, 2, SPECIAL, 7, CPU, beams=2)
    assert rows_of_step[0] == [0, 0, 1, 1] and rows_of_step[-1] == [1, 1]
    assert len(rows_of_step) == 6
    assert ids[0, 1:].tolist() == [SPECIAL.end] * 6
    assert ids[1, 1:].tolist() == logits[1, :6].argmax(-1).tolist()
