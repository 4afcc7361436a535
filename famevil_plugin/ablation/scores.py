"""From the tasks' scores to the table's figures: mean and Delta.

Decoded from the paper's table 4, whose printed columns it reproduces.
"""

import math
import statistics
from collections.abc import Mapping, Sequence
from typing import NamedTuple

# by task the row that Delta is relative to: row 1 has no captions
BASE_ROWS: dict[str, int] = dict(xmr=1, tgir=1, scr=1, fic=3)


def mean_score(scores: Mapping[str, float]) -> float:
    """Mean over the four tasks, one that is not done counting 0."""
    return sum(scores.values()) / len(BASE_ROWS)


def delta(scores: Mapping[str, float], base: Mapping[str, float]) -> float:
    """Mean over the four tasks of the relative change, in percent.

    A task that is not done counts as unchanged.

    Args:
        scores (Mapping[str, float]): By task.
        base (Mapping[str, float]): By task, of its row in ``BASE_ROWS``.

    Returns:
        float: Not a number if there is no base, or it is 0.00.
    """
    if not all(round(base.get(task, 0.0), 2) for task in scores):
        return math.nan
    changes = (100 * (score / base[task] - 1) for task, score in scores.items())
    return sum(changes) / len(BASE_ROWS)


class Spread(NamedTuple):
    """A figure over some seeds.

    Attributes:
        mean (float): Its mean.
        deviation (float | None): Its standard deviation (of the sample), or
            None where there is a single seed.
    """

    mean: float
    deviation: float | None

    def __str__(self) -> str:
        if self.deviation is None:
            return f'{self.mean:.2f}'
        return f'{self.mean:.2f} ± {self.deviation:.2f}'


def spread(values: Sequence[float]) -> Spread:
    """Mean and standard deviation."""
    return Spread(
        statistics.fmean(values), statistics.stdev(values) if len(values) > 1 else None
    )
