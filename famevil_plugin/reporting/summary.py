"""The summary: scores and facts of an evaluation, by task."""

from typing import Any

from mmengine.evaluator import Evaluator

from famevil_plugin.evaluation import RowMetric


def summarise(
    evaluators: dict[str, Evaluator], scores: dict[str, float]
) -> dict[str, Any]:
    """The part of the summary that the predictions alone decide.

    Args:
        evaluators (dict[str, Evaluator]): By task; they have evaluated.
        scores (dict[str, float]): By ``<task>/<metric>``.

    Returns:
        dict: Scores and facts by task, and the ``mean``.
    """
    summary: dict[str, Any] = {
        task: _of_task(task, scores) | _facts(evaluator)
        for task, evaluator in evaluators.items()
    }
    means = [summary[task]['mean'] for task in evaluators]
    return summary | dict(mean=sum(means) / len(means))


def _of_task(task: str, scores: dict[str, float]) -> dict[str, float]:
    prefix = f'{task}/'
    return {
        key.removeprefix(prefix): value
        for key, value in scores.items()
        if key.startswith(prefix)
    }


def row_metrics(evaluators: dict[str, Evaluator]) -> list[tuple[str, RowMetric]]:
    return [
        (task, metric)
        for task, evaluator in evaluators.items()
        for metric in evaluator.metrics
        if isinstance(metric, RowMetric)
    ]


def _facts(evaluator: Evaluator) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for _, metric in row_metrics(dict(task=evaluator)):
        facts |= metric.facts
    return facts
