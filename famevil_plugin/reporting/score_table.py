"""Scores as text, laid out like the paper's tables."""

from typing import Any

from .summary import Summary


def score_table(summary: Summary) -> str:
    """Lay a summary out: a block a task, then the paper's one-line view.

    Args:
        summary (Summary): The results.

    Returns:
        str: Lines of text; scores are percentages.
    """
    lines: list[str] = []
    for name, task in summary.tasks.items():
        protocol = task.facts.get('protocol', '')
        lines += [
            f'{name.upper()}  {task.title or name} (protocol {protocol})',
            _row('', list(task.scores)),
            _row('model', [f'{value:.2f}' for value in task.scores.values()]),
        ]
        chance = task.facts.get('chance')
        if chance:
            cells = [f'{chance[k]:.2f}' if k in chance else '-' for k in task.scores]
            lines.append(_row('chance', cells))
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
