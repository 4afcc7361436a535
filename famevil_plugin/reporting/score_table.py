"""Scores as text, laid out like the paper's tables."""

from collections.abc import Iterator
from typing import Any

from .summary import Summary, TaskSummary


def score_table(summary: Summary) -> str:
    """Lay a summary out: a block a metric, then the paper's one-line view.

    Beside the model's scores stand chance and, where the metric knows it, what
    the true texts score themselves.

    Args:
        summary (Summary): The results.

    Returns:
        str: Lines of text; scores are percentages.
    """
    lines: list[str] = []
    for name, task in summary.tasks.items():
        for prefix, scores, facts in _protocols(task):
            title = f'{name.upper()}  {task.title or name}{prefix and f", {prefix}"}'
            lines += [
                f'{title} (protocol {facts.get("protocol", "")})',
                _row('', list(scores)),
                _row('model', [f'{value:.2f}' for value in scores.values()]),
            ]
            for what, label in (('references', 'texts'), ('chance', 'chance')):
                if found := facts.get(what):
                    cells = [f'{found[k]:.2f}' if k in found else '-' for k in scores]
                    lines.append(_row(label, cells))
            lines.append('')
        lines.pop()
        missing = task.facts.get('missing')
        if missing:
            taken = '; '.join(
                f'{what} {_spell(missing[what])}'
                for what in ('queries', 'gallery')
                if what in missing
            )
            state = 'missing or not readable' if 'unreadable' in missing else 'missing'
            lines.append(
                f'  left out, as {missing["photos"]} photos are {state}: {taken}'
            )
        lines.append('')
    means = [f'{task.score:.2f}' for task in summary.tasks.values()]
    lines += [
        _row('', [name.upper() for name in summary.tasks] + ['mean']),
        _row('model', means + [f'{summary.mean:.2f}']),
    ]
    for name, reason in (summary.run.left_out if summary.run else {}).items():
        lines.append(f'  left out: {name}, as {reason}')
    return '\n'.join(line.rstrip() for line in lines)


def _protocols(
    task: TaskSummary,
) -> Iterator[tuple[str, dict[str, float], dict[str, Any]]]:
    """The scores of each metric: its prefix, its scores and its facts."""
    prefixes = [key for key, fact in task.facts.items() if _is_protocol(fact)]
    inside = {
        prefix: {
            key.removeprefix(f'{prefix}/'): value
            for key, value in task.scores.items()
            if key.startswith(f'{prefix}/')
        }
        for prefix in prefixes
    }
    outside = {
        key: value
        for key, value in task.scores.items()
        if key.partition('/')[0] not in prefixes
    }
    yield '', outside, task.facts
    for prefix, scores in inside.items():
        yield prefix, scores, task.facts[prefix]


def _is_protocol(fact: Any) -> bool:
    """Whether a fact is all the facts of a further metric."""
    return isinstance(fact, dict) and 'protocol' in fact


def _row(name: str, cells: list[str]) -> str:
    return f'  {name:<8}' + ''.join(f'{cell:>13}' for cell in cells)


def _spell(counts: Any) -> str:
    """A count, or named ones, as words."""
    if not isinstance(counts, dict):
        return str(counts)
    return ', '.join(
        f'{name} ({_spell(count)})' if isinstance(count, dict) else f'{name} {count}'
        for name, count in counts.items()
    )
