"""Approximate search by faiss, for galleries of millions.

A graph of neighbours (HNSW) is walked instead of comparing with every row.
"""

from pathlib import Path
from typing import Any

import numpy as np

from .exact_search import Nearest

# neighbours of a row, and candidates that a search keeps in view
_NEIGHBOURS = 32
_VIEW = 128


class FaissIndex:
    """An index of a task's vectors.

    Args:
        index (Any): faiss's own.
    """

    def __init__(self, index: Any) -> None:
        self.index = index

    @classmethod
    def build(cls, vectors: np.ndarray) -> 'FaissIndex':
        """Index vectors ``(N, E)``."""
        faiss = _faiss()
        index = faiss.IndexHNSWFlat(
            vectors.shape[1], _NEIGHBOURS, faiss.METRIC_INNER_PRODUCT
        )
        index.add(np.ascontiguousarray(vectors, np.float32))
        return cls(index)

    @classmethod
    def read(cls, path: Path) -> 'FaissIndex':
        """Read a file that :meth:`write` wrote."""
        return cls(_faiss().read_index(str(path)))

    def write(self, path: Path) -> None:
        """Write a file."""
        _faiss().write_index(self.index, str(path))

    def find_nearest(self, queries: np.ndarray, top_k: int) -> Nearest:
        """The best rows of queries ``(Q, E)`` that the graph leads to."""
        self.index.hnsw.efSearch = max(_VIEW, 2 * top_k)
        scores, rows = self.index.search(queries, min(top_k, self.index.ntotal))
        return Nearest(scores, rows)


def check_faiss() -> None:
    """Say how to get faiss where it is missing.

    Raises:
        ValueError: If it is.
    """
    _faiss()


def _faiss() -> Any:
    try:
        import faiss
    except ImportError:
        raise ValueError(
            "index='faiss' needs faiss: install the extra `index` (pip install "
            "'famevil_plugin[index]'), or search exactly by index='exact'"
        ) from None
    return faiss
