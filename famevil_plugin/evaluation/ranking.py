"""Where the right answers of a query stand in its gallery.

Ties are broken at random, in expectation: a query whose answer shares its
score with others counts with the probability of a hit. So equal items are
no matter of luck, and an embedding that is the same for everything scores
exactly chance.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from famevil_plugin.structures import RetrievalExample

# queries scored at once: bounds the memory at CHUNK x gallery scores
CHUNK = 256
# candidates of an example
SHOWN = 5


class Places(NamedTuple):
    """The candidates around the best right one; ``(Q, )`` counts.

    Attributes:
        above (Tensor): Wrong candidates that score higher than it.
        beside (Tensor): Wrong candidates that score the same.
        level (Tensor): Right candidates that score the same, itself too.
        wrong (Tensor): All wrong candidates.
        right (Tensor): All right candidates.
    """

    above: Tensor
    beside: Tensor
    level: Tensor
    wrong: Tensor
    right: Tensor

    def recall(self, k: int) -> float:
        r"""Percentage of queries with a right candidate in the first ``k``.

        With :math:`a` above, :math:`b` beside and :math:`l` level, a query
        misses with the probability that the :math:`k - a` places left go to
        wrong candidates,
        :math:`\prod_{i < k - a} \frac{b - i}{b - i + l}`.
        """
        missed = torch.ones(len(self.above), dtype=torch.float64)
        for place in range(k):
            wrong = (self.beside - place).clamp(min=0).double()
            chance = wrong / (wrong + self.level)
            missed *= torch.where(place < k - self.above, chance, 1.0)
        return 100 * float(1 - missed.mean())

    def blind(self) -> 'Places':
        """The places if all candidates scored the same."""
        return self._replace(
            above=torch.zeros_like(self.above), beside=self.wrong, level=self.right
        )


def place(scores: Tensor, right: Tensor) -> Places:
    """Find the places.

    Args:
        scores (Tensor): ``(Q, N)``, of each candidate.
        right (Tensor): ``(Q, N)``, bool, at least one a query.
    """
    best = torch.where(right, scores, -torch.inf).amax(1, keepdim=True)
    same = scores == best
    level, answers = (same & right).sum(1), right.sum(1)
    return Places(
        above=(scores > best).sum(1),
        beside=same.sum(1) - level,
        level=level,
        wrong=scores.size(1) - answers,
        right=answers,
    )


def join_places(parts: Sequence[Places]) -> Places:
    """The places of all queries."""
    return Places(*map(torch.cat, zip(*parts)))


def rank_gallery(
    queries: Tensor,
    gallery: Tensor,
    query_ids: Tensor,
    gallery_ids: Tensor,
    chunk: int = CHUNK,
) -> Places:
    """Place every query in the whole gallery, some queries at a time.

    Args:
        queries (Tensor): ``(Q, E)``; the score is the dot product.
        gallery (Tensor): ``(N, E)``.
        query_ids (Tensor): ``(Q, )``; a candidate of the same id is right.
        gallery_ids (Tensor): ``(N, )``.
        chunk (int): Queries at a time. Defaults to 256.
    """
    columns = gallery.double().T
    return join_places(
        [
            place(score(rows, columns), ids[:, None] == gallery_ids)
            for rows, ids in zip(queries.split(chunk), query_ids.split(chunk))
        ]
    )


def score(rows: Tensor, columns: Tensor) -> Tensor:
    """Dot products, summed in double and rounded to single precision, so
    that equal candidates tie however the product was cut into blocks."""
    return (rows.double() @ columns.double()).float()


def show(
    query: Tensor,
    gallery: Tensor,
    right: Tensor,
    candidates: Sequence[str],
    image: str | None,
    text: str | None,
    of_images: bool,
) -> RetrievalExample:
    """One query's first candidates, see :class:`RetrievalExample`."""
    order = score(gallery, query).argsort(descending=True, stable=True)
    first = order[:SHOWN]
    return RetrievalExample(
        image=image,
        text=text,
        candidates=[candidates[row] for row in first.tolist()],
        correct=right[first].tolist(),
        rank=int(right[order].nonzero()[0]) + 1,
        of_images=of_images,
    )
