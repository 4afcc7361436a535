"""Writes the table: table.md, table.csv and table.png."""

import csv
import io
import math
import platform
import subprocess
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from famevil_plugin.cores import usable_cores
from famevil_plugin.engine import AtomicBackend

from .comparisons import WORDS, Verdict, compare
from .results import FIGURES, Results
from .rows import PAPER_TASKS, ROWS
from .scores import Spread

TITLES = {task: task.upper() for task in PAPER_TASKS} | dict(mean='mean', delta='Delta')


def write_report(
    results: Results, parameters: list[dict[str, Any]], notes: dict[str, str]
) -> Path:
    """Write all three files into the table's folder.

    Args:
        results (Results): The rows.
        parameters (list[dict]): Of :func:`~famevil_plugin.ablation
            .parameters.count_rows`, at the table's scale.
        notes (dict[str, str]): What stands above the table.

    Returns:
        Path: ``table.md``.
    """
    counted = {entry['row']: entry for entry in parameters}
    files = AtomicBackend()
    files.put(markdown(results, counted, notes).encode(), results.out / 'table.md')
    files.put(csv_table(results, counted).encode(), results.out / 'table.csv')
    files.put(picture(results), results.out / 'table.png')
    return results.out / 'table.md'


def markdown(
    results: Results, parameters: dict[int, dict[str, Any]], notes: dict[str, str]
) -> str:
    """The table with the paper's figures in brackets, and its claims."""
    lines = ['# The ablation of FAME-ViL', '']
    lines += [f'- {name}: {text}' for name, text in notes.items()]
    lines += [
        '',
        'Scores are percentages: of each task the mean of its metrics, mean '
        'over seeds ± standard deviation. In brackets what the paper printed, '
        'of its data and CLIP ViT-B/16. Delta is the mean relative change in '
        'percent to row 1 (of captions, to row 3). Parameters: true count, '
        'relative to row 1 in percent; then as the paper counts. A dash '
        'stands for what is not done, or relative to a score of 0.00.',
        '',
        _line(
            '#', 'model', 'parameters', '%', '% as the paper counts', *TITLES.values()
        ),
        _line(*['---:', '---', *['---:'] * (3 + len(TITLES))]),
    ]
    for row in results.rows:
        counts, printed = parameters[row], ROWS[row].printed
        lines.append(
            _line(
                row,
                ROWS[row].name,
                f'{counts["params"]:,}',
                f'{counts["percent"]:+.2f}',
                f'{counts["percent_as_counted_in_paper"]:+.2f} ({printed.params:+.2f})',
                *(
                    _cell(results.spread(row, figure), getattr(printed, figure))
                    for figure in FIGURES
                ),
            )
        )
    verdicts = compare(results)
    lines += [
        '',
        "## The paper's comparisons",
        '',
        'Points by which the claim holds; negative where it does not. Within the '
        'noise: by no more than the standard deviation over the seeds'
        f'{_seeds_note(results)}. {_tally(verdicts)}',
        '',
        _line('the paper finds', 'figure', 'rows', 'paper', 'here', 'verdict'),
        _line(*['---'] * 3, *['---:'] * 2, '---'),
        *(_verdict_line(verdict) for verdict in verdicts),
        '',
    ]
    return '\n'.join(lines)


def _line(*cells: Any) -> str:
    return f'| {" | ".join(map(str, cells))} |'


def _cell(found: Spread | None, printed: float | None) -> str:
    if printed is None:  # a task that the row does not do
        return '-'
    return f'{_text(found)} ({printed:.2f})'


def _text(found: Spread | None) -> str:
    return '-' if found is None or math.isnan(found.mean) else str(found)


def _seeds_note(results: Results) -> str:
    return '' if len(results.by_seed()) > 1 else ', which one seed does not tell'


def _tally(verdicts: Sequence[Verdict]) -> str:
    counts = Counter(verdict.word for verdict in verdicts)
    said = ', '.join(f'{counts[word]} {word}' for word in WORDS)
    return f'Of {len(verdicts)} claims: {said}.'


def _verdict_line(verdict: Verdict) -> str:
    claim, figure, better, worse, _ = verdict.comparison
    return _line(
        claim,
        TITLES[figure],
        f'{better} - {worse}',
        f'{verdict.printed:+.2f}',
        _text(verdict.found),
        verdict.word,
    )


def csv_table(results: Results, parameters: dict[int, dict[str, Any]]) -> str:
    """A line a row and seed, with the files that tell its scores."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator='\n')
    writer.writerow(
        [
            'row',
            'model',
            'seed',
            'params',
            'params_percent',
            *FIGURES,
            *(f'paper_{figure}' for figure in ('params', *FIGURES)),
            *(f'{task}_summary' for task in PAPER_TASKS),
        ]
    )
    for result in results.found:
        row, counts = ROWS[result.row], parameters[result.row]
        writer.writerow(
            [
                result.row,
                row.name,
                result.seed,
                counts['params'],
                counts['percent'],
                *(result.figures.get(figure, '') for figure in FIGURES),
                *(getattr(row.printed, figure) for figure in ('params', *FIGURES)),
                *(
                    result.summaries[task].relative_to(results.out)
                    if task in result.summaries
                    else ''
                    for task in PAPER_TASKS
                ),
            ]
        )
    return text.getvalue()


def picture(results: Results) -> bytes:
    """PNG: a panel a figure, a point a row, the paper's hollow beside it."""
    from matplotlib.figure import Figure

    drawing = Figure(figsize=(16, 1.6 + 0.3 * len(results.rows)))
    panels = drawing.subplots(1, len(FIGURES), sharey=True)
    for panel, figure in zip(panels, FIGURES):
        for place, row in enumerate(results.rows):
            found = results.spread(row, figure)
            printed = getattr(ROWS[row].printed, figure)
            if found is not None:
                panel.errorbar(
                    found.mean,
                    place,
                    xerr=found.deviation,
                    fmt='o',
                    color='tab:blue',
                    capsize=3,
                )
            if printed is not None:
                panel.plot(printed, place, 'o', color='tab:grey', fillstyle='none')
        panel.set_title(TITLES[figure])
        panel.grid(axis='x', alpha=0.3)
    panels[0].set_yticks(
        range(len(results.rows)), [f'{row}  {ROWS[row].name}' for row in results.rows]
    )
    panels[0].invert_yaxis()
    drawing.supxlabel("percent; filled: here, hollow: the paper's")
    drawing.tight_layout()
    file = io.BytesIO()
    drawing.savefig(file, format='png', dpi=100)
    return file.getvalue()


def circumstances(results: Results) -> dict[str, str]:
    """Origin of the figures: hours, versions, machine, commit."""
    runs = [summary.run for summary in results.summaries() if summary.run]
    hours = sum(run.duration_s for run in runs) / 3600
    versions = {
        f'{name} {number}' for run in runs for name, number in run.versions.items()
    }
    machine = (
        torch.cuda.get_device_name()
        if torch.cuda.is_available()
        else f'{usable_cores()} cores, {platform.machine()}, no GPU'
    )
    return dict(
        trainings=f'{len(runs)}, {hours:.2f} hours of them together',
        commit=_commit(),
        machine=machine,
        versions=', '.join(sorted(versions)),
    )


def _commit() -> str:
    """The commit of the code, marked where files differ from it."""
    command = ['git', 'describe', '--always', '--dirty', '--exclude=*']
    said = subprocess.run(
        command, cwd=Path(__file__).parent, capture_output=True, text=True
    )
    return said.stdout.strip() or 'not in a git repository'
