"""Ranks of the positives of a query in its gallery.

Ties are broken at random, in expectation: a query whose positive shares its
score with negatives counts with the probability of a hit. So scores do not
depend on the order of equal items, and an embedding that is the same for
everything scores exactly chance.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from famevil_plugin.structures import RetrievalExample

# candidates of an example
SHOWN = 5


class RankCounts(NamedTuple):
    """Counts of candidates around the best positive, each ``(Q, )``.

    Attributes:
        higher (Tensor): Negatives that score higher than it.
        tied_negatives (Tensor): Negatives that score the same.
        tied_positives (Tensor): Positives that score the same, itself too.
        negatives (Tensor): All negatives.
        positives (Tensor): All positives.
    """

    higher: Tensor
    tied_negatives: Tensor
    tied_positives: Tensor
    negatives: Tensor
    positives: Tensor

    def recall(self, k: int) -> float:
        r"""Percentage of queries with a positive among the first ``k``.

        With :math:`h` higher, :math:`n` tied negatives and :math:`p` tied
        positives, a query misses with the probability that the
        :math:`k - h` ranks left go to negatives,
        :math:`\prod_{i < k - h} \frac{n - i}{n - i + p}`.
        """
        missed = torch.ones(len(self.higher), dtype=torch.float64)
        for rank in range(k):
            negatives = (self.tied_negatives - rank).clamp(min=0).double()
            miss = negatives / (negatives + self.tied_positives)
            missed *= torch.where(rank < k - self.higher, miss, 1.0)
        return 100 * float(1 - missed.mean())

    def chance(self) -> 'RankCounts':
        """The counts if all candidates scored the same."""
        return self._replace(
            higher=torch.zeros_like(self.higher),
            tied_negatives=self.negatives,
            tied_positives=self.positives,
        )


def count_ranks(scores: Tensor, positive: Tensor) -> RankCounts:
    """Count the candidates around the best positive of each query.

    Args:
        scores (Tensor): ``(Q, N)``, of each candidate.
        positive (Tensor): ``(Q, N)``, bool, at least one a query.
    """
    best = torch.where(positive, scores, -torch.inf).amax(1, keepdim=True)
    tied = scores == best
    tied_positives, positives = (tied & positive).sum(1), positive.sum(1)
    return RankCounts(
        higher=(scores > best).sum(1),
        tied_negatives=tied.sum(1) - tied_positives,
        tied_positives=tied_positives,
        negatives=scores.size(1) - positives,
        positives=positives,
    )


def join_counts(parts: Sequence[RankCounts]) -> RankCounts:
    """The counts of all queries, in order."""
    return RankCounts(*map(torch.cat, zip(*parts)))


def score(rows: Tensor, columns: Tensor) -> Tensor:
    """Dot products, summed in double and rounded to single precision, so
    that equal candidates tie however the product was cut into blocks."""
    return (rows.double() @ columns.double()).float()


def show(
    query: Tensor,
    gallery: Tensor,
    positive: Tensor,
    candidates: Sequence[str],
    of_images: bool,
    image: str | None = None,
    text: str | None = None,
) -> RetrievalExample:
    """One query's first candidates, see :class:`RetrievalExample`."""
    order = score(gallery, query).argsort(descending=True, stable=True)
    first = order[:SHOWN]
    place = int(positive[order].nonzero()[0])
    return RetrievalExample(
        image=image,
        text=text,
        candidates=[candidates[row] for row in first.tolist()],
        correct=positive[first].tolist(),
        rank=place + 1,
        of_images=of_images,
        answer=candidates[int(order[place])],
    )
