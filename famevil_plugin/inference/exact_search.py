"""The rows of a matrix that are nearest to some queries, in bounded memory."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

# rows of 4 bytes a number that are looked at in one go: 32 MiB of them
_NUMBERS = 2**23
# queries that are looked up in one go
_QUERIES = 256


class Nearest(NamedTuple):
    """The best rows of each query, best first.

    Attributes:
        scores (np.ndarray): ``(Q, k)``, dot products.
        rows (np.ndarray): ``(Q, k)``, numbers of rows.
    """

    scores: np.ndarray
    rows: np.ndarray


def find_nearest(
    vectors: np.ndarray,
    queries: np.ndarray,
    top_k: int,
    chosen: np.ndarray | None = None,
    numbers: int = _NUMBERS,
) -> Nearest:
    """Compare each query with every row.

    At no time more than a few million numbers of the matrix are in memory, so
    it may lie in a file.

    Args:
        vectors (np.ndarray): ``(N, E)``, float32.
        queries (np.ndarray): ``(Q, E)``, float32.
        top_k (int): Rows of a query, at most as many as there are.
        chosen (np.ndarray, optional): Numbers of the rows to look at, rising.
            Defaults to all.
        numbers (int): Numbers of the matrix to look at in one go.

    Returns:
        Nearest: Of equal scores the earlier row is first.
    """
    count = len(vectors) if chosen is None else len(chosen)
    step = max(1, numbers // vectors.shape[1])
    parts = []
    for some in torch.from_numpy(queries).split(_QUERIES):
        scores = torch.empty(len(some), 0)
        rows = torch.empty(len(some), 0, dtype=torch.long)
        for start in range(0, count, step):
            place = slice(start, min(start + step, count))
            part = place if chosen is None else chosen[place]
            new = some @ torch.from_numpy(np.array(vectors[part])).T
            numbered = torch.arange(place.start, place.stop).expand(len(some), -1)
            scores, rows = _keep_best(
                torch.cat([scores, new], 1), torch.cat([rows, numbered], 1), top_k
            )
        parts.append((scores, rows))
    scores, rows = (torch.cat(some) for some in zip(*parts))
    found = rows.numpy() if chosen is None else chosen[rows.numpy()]
    return Nearest(scores.numpy(), found)


def _keep_best(scores: Tensor, rows: Tensor, top_k: int) -> tuple[Tensor, Tensor]:
    """The best of each query's candidates, which come in the order of rows
    among equals."""
    best, place = scores.topk(min(top_k, scores.size(1)), dim=1)
    # topk leaves equal scores in any order
    kept = rows.gather(1, place)
    kept, order = kept.sort(dim=1)
    best, again = best.gather(1, order).sort(dim=1, descending=True, stable=True)
    return best, kept.gather(1, again)
