"""Scores as text, laid out like the paper's tables."""

from typing import Any


def score_table(summary: dict[str, Any]) -> str:
    """Lay a summary out: a block a task, then the paper's one-line view.

    Args:
        summary (dict): As ``summary.json`` holds it.

    Returns:
        str: Lines of text; scores are percentages.
    """
    lines: list[str] = []
    tasks = [
        task
        for task, scores in summary.items()
        if isinstance(scores, dict) and 'mean' in scores
    ]
    for task in tasks:
        scores = {
            key: value
            for key, value in summary[task].items()
            if isinstance(value, float)
        }
        chance = summary[task].get('chance', {})
        protocol = summary[task].get('protocol', '')
        lines += [
            f'{task.upper()}  {summary[task].get("title", task)} (protocol {protocol})',
            _row('', list(scores)),
            _row('model', [f'{value:.2f}' for value in scores.values()]),
        ]
        if chance:
            lines.append(
                _row(
                    'chance',
                    [f'{chance[key]:.2f}' if key in chance else '-' for key in scores],
                )
            )
        missing = summary[task].get('missing')
        if missing:
            taken = '; '.join(
                f'{name} {_spell(missing[name])}'
                for name in ('queries', 'gallery')
                if name in missing
            )
            lines.append(
                f'  left out, as {missing["photos"]} photos are missing: {taken}'
            )
        lines.append('')
    means = [f'{summary[task]["mean"]:.2f}' for task in tasks]
    lines += [
        _row('', [task.upper() for task in tasks] + ['mean']),
        _row('model', means + [f'{summary["mean"]:.2f}']),
    ]
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
