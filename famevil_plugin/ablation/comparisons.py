"""The paper's conclusions from its table, as differences between rows."""

from collections.abc import Mapping
from typing import NamedTuple

from .results import Results
from .rows import PAPER_TASKS, ROWS
from .scores import Spread, spread

# figures by row: tasks' scores, mean and delta
Figures = Mapping[int, Mapping[str, float]]


class Comparison(NamedTuple):
    """A claim: one row is better than another.

    Attributes:
        claim (str): In words.
        figure (str): What is compared: a task, or ``delta``.
        better (int): The better row.
        worse (int): The worse row.
        than_others (bool): Whether the claim is that the difference exceeds
            those of all other tasks.
    """

    claim: str
    figure: str
    better: int
    worse: int
    than_others: bool = False

    def margin(self, figures: Figures) -> float:
        """By how much the claim holds, in points; negative if it does not."""
        better, worse = figures[self.better], figures[self.worse]
        gain = better[self.figure] - worse[self.figure]
        if not self.than_others:
            return gain
        return gain - max(
            better[task] - worse[task]
            for task in PAPER_TASKS
            if task != self.figure and task in worse
        )


COMPARISONS = (
    Comparison('TSA helps XMR in single-task learning', 'xmr', 2, 1),
    Comparison('TSA helps XMR in multi-task learning', 'xmr', 6, 5),
    Comparison('XAA helps TGIR in single-task learning', 'tgir', 3, 1),
    Comparison('XAA helps TGIR in multi-task learning', 'tgir', 7, 5),
    Comparison(
        'without adapters multi-task learning loses to single-task learning',
        'delta',
        1,
        5,
    ),
    Comparison('TSA and XAA are better than TSA alone', 'delta', 8, 6),
    Comparison('TSA and XAA are better than XAA alone', 'delta', 8, 7),
    Comparison(
        'with both, multi-task learning beats single-task learning', 'delta', 8, 4
    ),
    Comparison('distillation helps', 'delta', 9, 8),
    Comparison('distillation helps TGIR', 'tgir', 9, 8),
    Comparison('distillation helps TGIR more than any other task', 'tgir', 9, 8, True),
    Comparison('FAME-ViL beats its teachers', 'delta', 9, 4),
    Comparison('size-proportional beats uniform sampling', 'delta', 9, 10),
    Comparison('size-proportional beats round-robin sampling', 'delta', 9, 11),
    Comparison('distillation is better than IAS', 'delta', 9, 12),
    Comparison('IAS adds nothing to distillation', 'delta', 9, 13),
    Comparison('distillation is better than IMTL-G', 'delta', 9, 14),
    Comparison('IMTL-G adds nothing to distillation', 'delta', 9, 15),
    Comparison('a bottleneck of 128 helps XMR', 'xmr', 16, 9),
    Comparison('a bottleneck of 256 helps XMR more', 'xmr', 17, 16),
    Comparison('a bottleneck of 512 helps XMR more', 'xmr', 18, 17),
    Comparison('the widest bottleneck is the best model', 'delta', 18, 9),
)

#: What is said of a claim.
WORDS = ('holds', 'within the noise', 'does not hold')

PRINTED: Figures = {
    number: row.printed.scores | dict(delta=row.printed.delta)
    for number, row in ROWS.items()
}


class Verdict(NamedTuple):
    """A claim, compared with the figures found here.

    Attributes:
        comparison (Comparison): The claim.
        printed (float): The paper's margin.
        found (Spread | None): Ours over the seeds, or None if a row is
            missing.
    """

    comparison: Comparison
    printed: float
    found: Spread | None

    @property
    def word(self) -> str:
        """One of :data:`WORDS`, or a dash where a row is missing.

        A margin of at most its standard deviation over the seeds is noise;
        of a single seed that is not known.
        """
        if self.found is None or self.found.mean != self.found.mean:
            return '-'
        holds, noise, fails = WORDS
        if abs(self.found.mean) <= (self.found.deviation or 0):
            return noise
        return holds if self.found.mean > 0 else fails


def compare(results: Results) -> list[Verdict]:
    """Evaluate every claim by the rows that are there."""
    seeds = results.by_seed().values()
    verdicts = []
    for comparison in COMPARISONS:
        margins = [
            comparison.margin(figures)
            for figures in seeds
            if {comparison.better, comparison.worse} <= set(figures)
        ]
        verdicts.append(
            Verdict(
                comparison,
                comparison.margin(PRINTED),
                spread(margins) if margins else None,
            )
        )
    return verdicts
