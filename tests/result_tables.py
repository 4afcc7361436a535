"""The documents' tables of results, made of ``configs/metafile.yml``.

    python -m tests.result_tables                       prints them
    python -m tests.result_tables WORK_DIR 'COMMAND'    prints a run's entry

The metafile is OpenMMLab's, which ``mim`` reads through ``model-index.yml``; a
run's entry is made of its ``summary.json``.
"""

import sys
from pathlib import Path
from typing import Any

import yaml

from famevil_plugin.reporting import Summary

from .conftest import ROOT

METAFILE = ROOT / 'configs' / 'metafile.yml'
#: By task the scores that tables show, and a column's title.
COLUMNS = {
    ('xmr', 'mean'): 'XMR mean recall',
    ('tgir', 'mean'): 'TGIR mean of R@10, R@50',
    ('scr', 'accuracy'): 'SCR accuracy',
    ('fic', 'BLEU-4'): 'FIC BLEU-4',
    ('fic', 'METEOR'): 'METEOR',
    ('fic', 'ROUGE-L'): 'ROUGE-L',
    ('fic', 'CIDEr'): 'CIDEr',
    ('fic', 'attributes/kind'): 'right kind',
}


def models() -> list[dict[str, Any]]:
    """The metafile's runs."""
    return yaml.safe_load(METAFILE.read_text('utf-8'))['Models']


def tables() -> dict[str, str]:
    """By data set, the table of its runs in Markdown."""
    rows: dict[str, list[str]] = {}
    for model in models():
        results = {result['Task']: result for result in model['Results']}
        cells = [model['Name']]
        for task, score in COLUMNS:
            found = results.get(task, {}).get('Metrics', {}).get(score)
            cells.append('-' if found is None else f'{found:.2f}')
        rows.setdefault(model['Results'][0]['Dataset'], []).append(_line(cells))
    head = [_line(['run', *COLUMNS.values()]), _line(['---'] * (len(COLUMNS) + 1))]
    return {data: '\n'.join(head + lines) for data, lines in rows.items()}


def _line(cells: list[str]) -> str:
    return f'| {" | ".join(cells)} |'


def entry(work_dir: Path, command: str) -> dict[str, Any]:
    """A run as the metafile has it; name, data set and config are filled in by
    hand where they differ."""
    summary = Summary.read(work_dir / 'summary.json')
    run = summary.run
    assert run is not None, f'{work_dir} holds no training'
    return {
        'Name': f'{work_dir.name}, seed {run.seed}',
        'In Collection': 'FAME-ViL',
        'Config': f'configs/{work_dir.name}.py',
        'Metadata': {
            'Command': command,
            'Seed': run.seed,
            'Iterations': run.iterations,
            'Seconds': round(run.duration_s),
            'Versions': dict(run.versions),
        },
        'Results': [
            {
                'Task': task,
                'Dataset': 'MiniFashion',
                'Metrics': {
                    name: round(found.scores[name], 2)
                    for other, name in COLUMNS
                    if other == task and name in found.scores
                },
            }
            for task, found in summary.tasks.items()
        ],
    }


def main() -> None:
    """Print."""
    if len(sys.argv) > 1:
        made = entry(Path(sys.argv[1]), sys.argv[2])
        print(yaml.safe_dump([made], sort_keys=False, width=100))
    else:
        for data, table in tables().items():
            print(f'{data}\n\n{table}\n')


if __name__ == '__main__':
    main()
