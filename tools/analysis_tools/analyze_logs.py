#!/usr/bin/env python3
"""Draw a training's curves by task, or write them as CSV.

    python tools/analysis_tools/analyze_logs.py work_dirs/famevil_4task

Losses, scores, learning rates and scales of every step that a log tells of, of
a training that was resumed as one curve; several work dirs are drawn together.
"""

import argparse
import csv
import fnmatch
import io
from pathlib import Path

from famevil_plugin.atomic_files import write_whole
from famevil_plugin.command_line import run_tool, tool_parser
from famevil_plugin.reporting.curves import Curve, draw_curves, read_curves


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = tool_parser(__doc__)
    parser.add_argument('work_dirs', nargs='+', type=Path, metavar='WORK_DIR')
    parser.add_argument(
        '--keys',
        nargs='+',
        default=['*/loss', '*/mean', 'grad_norm', 'lr/*', 'mean'],
        help='curves by name, with * for any text (default: losses, mean scores, '
        'gradient norm, learning rates); fic/* for all of a task',
    )
    parser.add_argument(
        '--out',
        type=Path,
        help='a .png or .csv (default: curves.png in the first work dir)',
    )
    return parser.parse_args()


def choose(runs: dict[str, dict[str, Curve]], patterns: list[str]) -> list[str]:
    """Names of curves that some pattern fits.

    Raises:
        ValueError: If a curve is asked for that no run has.
    """
    there = list(dict.fromkeys(name for curves in runs.values() for name in curves))
    chosen = [n for n in there if any(fnmatch.fnmatch(n, p) for p in patterns)]
    if not chosen:
        raise ValueError(
            f'no curve is called {" or ".join(patterns)}: there are {", ".join(there)}'
        )
    return chosen


def as_csv(runs: dict[str, dict[str, Curve]], names: list[str]) -> bytes:
    """A line a value: run, name, step, value."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator='\n')
    writer.writerow(['run', 'name', 'step', 'value'])
    for run, curves in runs.items():
        for name in names:
            writer.writerows(
                [run, name, step, value] for step, value in curves.get(name, {}).items()
            )
    return text.getvalue().encode()


def main() -> None:
    """Draw or write."""
    args = parse_args()
    out = args.out or args.work_dirs[0] / 'curves.png'
    if out.suffix not in ('.png', '.csv'):
        raise ValueError(f'--out {out}: expected a .png or .csv')
    runs = {str(folder): read_curves(folder) for folder in args.work_dirs}
    names = choose(runs, args.keys)
    make = draw_curves if out.suffix == '.png' else as_csv
    write_whole(out, make(runs, names))
    print(f'{len(names)} curves are in {out}')


if __name__ == '__main__':
    run_tool(main)
