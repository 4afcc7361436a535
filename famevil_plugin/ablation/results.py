"""Results of a table's runs, by row and seed."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .planner import Planner
from .rows import PAPER_TASKS, ROWS
from .run import Run
from .scores import BASE_ROWS, Spread, delta, mean_score, spread

FIGURES = (*PAPER_TASKS, 'mean', 'delta')


@dataclass(frozen=True)
class Result:
    """A row with one seed.

    Attributes:
        row (int): Its number.
        seed (int): The seed.
        summaries (dict[str, Path]): By task the file that tells its score.
        figures (dict[str, float]): Of the row's tasks, ``mean`` and
            ``delta``; percentages.
    """

    row: int
    seed: int
    summaries: dict[str, Path]
    figures: dict[str, float]


class Results:
    """All finished rows.

    Args:
        planner (Planner): Tells the runs of a row.
        rows (Iterable[int]): The rows asked for.
        seeds (Sequence[int]): The seeds asked for.
        out (Path): The table's folder.
    """

    def __init__(
        self, planner: Planner, rows: Iterable[int], seeds: Sequence[int], out: Path
    ) -> None:
        self.rows = sorted(rows)
        self.out = out
        self.found = [
            result
            for row in self.rows
            for seed in seeds
            if (result := _read(planner, row, seed, out)) is not None
        ]

    def of(self, row: int) -> list[Result]:
        """A row's results, one a seed."""
        return [result for result in self.found if result.row == row]

    def spread(self, row: int, figure: str) -> Spread | None:
        """A figure of a row over the seeds, or None if it has none."""
        values = [
            result.figures[figure]
            for result in self.of(row)
            if figure in result.figures
        ]
        return spread(values) if values else None

    def by_seed(self) -> dict[int, dict[int, dict[str, float]]]:
        """By seed and row the figures."""
        table: dict[int, dict[int, dict[str, float]]] = {}
        for result in self.found:
            table.setdefault(result.seed, {})[result.row] = result.figures
        return table

    def summaries(self) -> list[dict[str, Any]]:
        """Summaries of all runs, also those that only serve others."""
        return [
            json.loads(path.read_text())
            for path in sorted(self.out.glob('runs/*/summary.json'))
        ]


def _read(planner: Planner, row: int, seed: int, out: Path) -> Result | None:
    """A row with a seed, if its runs are finished."""
    runs = {task: planner.run(row, task, seed) for task in ROWS[row].tasks}
    if not all(run.is_finished(out) for run in runs.values()):
        return None
    scores = {task: _score(run, task, out) for task, run in runs.items()}
    base_runs = {task: planner.run(BASE_ROWS[task], task, seed) for task in scores}
    base = {
        task: _score(run, task, out)
        for task, run in base_runs.items()
        if run.is_finished(out)
    }
    return Result(
        row,
        seed,
        {task: run.summary(out) for task, run in runs.items()},
        scores | dict(mean=mean_score(scores), delta=delta(scores, base)),
    )


def _score(run: Run, task: str, out: Path) -> float:
    return json.loads(run.summary(out).read_text())[task]['mean']
