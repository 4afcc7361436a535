"""The summary of an evaluation: scores and facts by task, and of the run."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from mmengine.evaluator import Evaluator

from famevil_plugin.atomic_files import write_whole
from famevil_plugin.evaluation import RowMetric


@dataclass(frozen=True)
class TaskSummary:
    """A task's results.

    Attributes:
        scores (dict[str, float]): By metric, in percent.
        facts (dict[str, Any]): What the metrics say of them:
            ``RowMetric.facts``, of a further metric with a prefix under it.
        title (str, optional): The task's name in reports.
    """

    scores: dict[str, float]
    facts: dict[str, Any] = field(default_factory=dict)
    title: str | None = None

    @property
    def score(self) -> float:
        """The score that stands for the task.

        The one that the metric names, else ``mean``, else the first.

        Raises:
            ValueError: If there is no score.
        """
        if not self.scores:
            raise ValueError('no metric of the task gave a score')
        named = [self.facts.get('score'), 'mean', *self.scores]
        return next(self.scores[name] for name in named if name in self.scores)

    def to_dict(self) -> dict[str, Any]:
        """Scores, facts and title beside each other."""
        title = {} if self.title is None else dict(title=self.title)
        return self.scores | self.facts | title

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> 'TaskSummary':
        """Read what :meth:`to_dict` gives: scores are the floats."""
        rest = dict(content)
        title = rest.pop('title', None)
        scores = {k: v for k, v in rest.items() if isinstance(v, float)}
        return cls(scores, {k: v for k, v in rest.items() if k not in scores}, title)


@dataclass(frozen=True)
class RunFacts:
    """The run in which the evaluation was made.

    Attributes:
        iterations (int): Of the training so far, 0 in a test.
        duration_s (float): Seconds since the start of the command. Defaults to
            0.
        versions (dict[str, str]): By package. Defaults to none.
        seed (int, optional): The run's.
        processes (int): How many there were. Defaults to 1.
        left_out (dict[str, str]): By task that the config has and the data do
            not serve, the reason. Defaults to none.
        training_s (float): Of a training the seconds in iterations, also
            before it was resumed. Defaults to 0.
        validation_s (float): The seconds in validations, likewise, the
            present one up to its scores. Defaults to 0.
    """

    iterations: int
    duration_s: float = 0.0
    versions: dict[str, str] = field(default_factory=dict)
    seed: int | None = None
    processes: int = 1
    left_out: dict[str, str] = field(default_factory=dict)
    training_s: float = 0.0
    validation_s: float = 0.0


_RUN_KEYS = [fact.name for fact in fields(RunFacts)]


@dataclass(frozen=True)
class Summary:
    """All results of an evaluation; ``summary.json`` in memory.

    Attributes:
        tasks (dict[str, TaskSummary]): By task.
        run (RunFacts, optional): None where predictions were scored again.

    Raises:
        ValueError: If a task has the name of another entry of the file.
    """

    tasks: dict[str, TaskSummary]
    run: RunFacts | None = None

    def __post_init__(self) -> None:
        taken = [task for task in self.tasks if task in ('mean', *_RUN_KEYS)]
        if taken:
            raise ValueError(
                f'a task cannot be named {", ".join(taken)}: the summary has an '
                'entry of that name; rename it in model.heads'
            )

    @property
    def mean(self) -> float:
        """The mean of the scores that stand for the tasks."""
        return sum(task.score for task in self.tasks.values()) / len(self.tasks)

    def to_dict(self) -> dict[str, Any]:
        """The layout of ``summary.json``."""
        tasks = {name: task.to_dict() for name, task in self.tasks.items()}
        run = {} if self.run is None else asdict(self.run)
        if not run.get('left_out'):
            run.pop('left_out', None)
        return tasks | dict(mean=self.mean) | run

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> 'Summary':
        """Read what :meth:`to_dict` gives."""
        run = {key: content[key] for key in _RUN_KEYS if key in content}
        tasks = {
            name: TaskSummary.from_dict(value)
            for name, value in content.items()
            if isinstance(value, Mapping) and name not in run
        }
        return cls(tasks, RunFacts(**run) if run else None)

    def write(self, path: Path) -> None:
        """Write the file, whole or not at all."""
        write_whole(path, f'{json.dumps(self.to_dict(), indent=2)}\n'.encode())

    @classmethod
    def read(cls, path: Path) -> 'Summary':
        """Read a file that :meth:`write` wrote."""
        return cls.from_dict(json.loads(path.read_text()))


def summarise(
    evaluators: Mapping[str, Evaluator],
    scores: Mapping[str, float],
    titles: Mapping[str, str] | None = None,
) -> Summary:
    """Collect what evaluators found.

    Args:
        evaluators (Mapping[str, Evaluator]): By task; they have evaluated.
        scores (Mapping[str, float]): By ``<task>/<metric>``.
        titles (Mapping[str, str], optional): By task its name in reports.
    """
    titles = titles or {}
    return Summary(
        {
            task: TaskSummary(
                _of_task(task, scores), _facts(evaluator), titles.get(task)
            )
            for task, evaluator in evaluators.items()
        }
    )


def _of_task(task: str, scores: Mapping[str, float]) -> dict[str, float]:
    prefix = f'{task}/'
    return {
        key.removeprefix(prefix): float(value)
        for key, value in scores.items()
        if key.startswith(prefix)
    }


def row_metrics(evaluator: Evaluator) -> list[RowMetric]:
    """The metrics that have facts and examples."""
    return [metric for metric in evaluator.metrics if isinstance(metric, RowMetric)]


def _facts(evaluator: Evaluator) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for number, metric in enumerate(row_metrics(evaluator)):
        if number and metric.prefix:
            facts |= {metric.prefix: metric.facts} if metric.facts else {}
        else:
            facts |= metric.facts
    return facts
