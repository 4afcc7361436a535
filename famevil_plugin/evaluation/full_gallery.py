"""Ranks of positives in a whole gallery: exact, fast, in bounded memory.

A score is a dot product in double, rounded to single precision
(:func:`~famevil_plugin.evaluation.ranking.score`). Few of them are needed: a
product in the embeddings' own precision tells of nearly every candidate
whether it stands above the best positive, and only those that lie nearer to
it than that product can be wrong are scored.
"""

import torch
from torch import Tensor

from .ranking import RankCounts, score

#: Queries and candidates at a time: the scores of a block fit into a cache.
BLOCK = (256, 4096)
#: Pairs that are scored one by one, at a time.
PAIRS = 8192
#: A block with a larger share of doubtful candidates is scored as a whole.
DOUBTFUL = 1 / 64


def rank_gallery(
    queries: Tensor, gallery: Tensor, query_ids: Tensor, gallery_ids: Tensor
) -> RankCounts:
    """Rank the whole gallery for every query.

    Beyond its arguments it holds a block of scores and some numbers a query,
    a candidate and a positive.

    Args:
        queries (Tensor): ``(Q, E)``, finite; the score is the dot product.
        gallery (Tensor): ``(N, E)``, finite.
        query_ids (Tensor): ``(Q, )``; a candidate of the same id is a positive.
        gallery_ids (Tensor): ``(N, )``.
    """
    count = len(queries)
    rows, columns = _positives(query_ids, gallery_ids)
    scores = _score_pairs(queries, gallery, rows, columns)
    best = scores.new_full((count,), -torch.inf).scatter_reduce(0, rows, scores, 'amax')
    longest = max(float(some.norm(dim=1).max()) for some in gallery.split(PAIRS))
    doubts = _error_bound(queries) * longest
    parts = [
        _count_against(some, gallery, bars, doubt)
        for some, bars, doubt in zip(
            *(x.split(BLOCK[0]) for x in (queries, best, doubts))
        )
    ]
    higher, tied = (torch.cat(counts) for counts in zip(*parts))
    positives = rows.bincount(minlength=count)
    tied_positives = rows[scores == best[rows]].bincount(minlength=count)
    return RankCounts(
        higher=higher,
        tied_negatives=tied - tied_positives,
        tied_positives=tied_positives,
        negatives=len(gallery) - positives,
        positives=positives,
    )


def _positives(query_ids: Tensor, gallery_ids: Tensor) -> tuple[Tensor, Tensor]:
    """Places of all pairs of one id, query by query."""
    ids, order = gallery_ids.sort(stable=True)
    first = torch.searchsorted(ids, query_ids)
    counts = torch.searchsorted(ids, query_ids, right=True) - first
    rows = torch.arange(len(query_ids)).repeat_interleave(counts)
    within = torch.arange(len(rows)) - (counts.cumsum(0) - counts)[rows]
    return rows, order[first[rows] + within]


def _score_pairs(
    queries: Tensor, gallery: Tensor, rows: Tensor, columns: Tensor
) -> Tensor:
    """Scores of single pairs, given by their places."""
    parts = zip(rows.split(PAIRS), columns.split(PAIRS))
    return torch.cat(
        [
            (queries[own].double() * gallery[other].double()).sum(1).float()
            for own, other in parts
        ]
        or [torch.zeros(0)]
    )


def _count_against(
    queries: Tensor, gallery: Tensor, bars: Tensor, doubt: Tensor
) -> tuple[Tensor, Tensor]:
    """Count the candidates whose score is above each query's bar, and at it;
    a product is wrong by ``doubt`` at most."""
    higher, tied = torch.zeros(2, len(queries), dtype=torch.long)
    low, high = bars - doubt, bars + doubt
    for block in gallery.split(BLOCK[1]):
        products = queries @ block.T
        above = products > high[:, None]
        near = (products >= low[:, None]) ^ above
        rows, columns = near.nonzero(as_tuple=True)
        if len(rows) > DOUBTFUL * near.numel():
            scores = score(queries, block.T)
            higher += (scores > bars[:, None]).sum(1)
            tied += (scores == bars[:, None]).sum(1)
            continue
        scores = _score_pairs(queries, block, rows, columns)
        higher += above.sum(1, dtype=torch.int32)  # as long takes five times as long
        higher += rows[scores > bars[rows]].bincount(minlength=len(queries))
        tied += rows[scores == bars[rows]].bincount(minlength=len(queries))
    return higher, tied


def _error_bound(queries: Tensor) -> Tensor:
    r"""How far a product may lie from its score, for candidates of length 1.

    A dot product of :math:`n` terms, summed in any order with a unit roundoff
    :math:`u`, is wrong by :math:`n u / (1 - n u)` of the product of the two
    lengths at most (Higham, *Accuracy and Stability of Numerical Algorithms*,
    section 3.1); a score is rounded to single precision, and so are the
    bounds. Twice that leaves room for the lengths' own rounding.
    """
    own, single = (torch.finfo(kind).eps for kind in (queries.dtype, torch.float32))
    share = (queries.size(1) + 8) * own + 2 * single
    return share * queries.norm(dim=1)
