#!/usr/bin/env python3
"""Train the rows of the paper's ablation (table 4) and write the table.

    python tools/reproduce_table.py --scale mini

Trains what is missing, the teachers first, and goes on where it was stopped.
The rows that Delta is relative to (row 1, and row 3's captions) are always
trained. Writes table.md, table.csv and table.png.
"""

import argparse
import json
import signal
import sys
from copy import deepcopy
from functools import partial
from pathlib import Path
from typing import Any

from famevil_plugin.ablation import ROWS, parse_rows
from famevil_plugin.ablation.parameters import count_rows
from famevil_plugin.ablation.planner import SCALES, Planner, Smoke, read_config
from famevil_plugin.ablation.report import circumstances, write_report
from famevil_plugin.ablation.results import Results
from famevil_plugin.ablation.training import Trainer
from famevil_plugin.command_line import (
    OptionsAction,
    apply_options,
    run_tool,
    tool_parser,
)
from famevil_plugin.datasets.mini_fashion import MiniFashionSizes, draw_mini_fashion
from famevil_plugin.models.weights.pretrained import find_weights

ROOT = Path(__file__).parents[1]


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = tool_parser(__doc__)
    parser.add_argument('--scale', choices=SCALES, default='mini')
    parser.add_argument(
        '--rows',
        type=_rows,
        default=list(ROWS),
        help='rows to train, as 5,8,9 or 1-4 (default: all 18)',
    )
    parser.add_argument('--seeds', type=int, nargs='+', default=[0])
    parser.add_argument('--jobs', type=int, default=1, help='trainings at a time')
    parser.add_argument(
        '--out',
        type=Path,
        help='folder of the table and its runs (default: work_dirs/table_'
        '<scale>, with --smoke work_dirs/table_<scale>_smoke)',
    )
    parser.add_argument(
        '--smoke',
        action='store_true',
        help='some iterations of each run on a few products, to try the '
        'command: the scores mean nothing',
    )
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=OptionsAction,
        default={},
        help='settings to change in all runs, as data_root=FOLDER',
    )
    return parser.parse_args()


def _rows(text: str) -> list[int]:
    try:
        return parse_rows(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def find_folder(args: argparse.Namespace) -> Path:
    """The table's folder, if it is of such a table.

    Raises:
        SystemExit: If it holds runs of other settings.
    """
    smoke = '_smoke' if args.smoke else ''
    out = args.out or Path('work_dirs') / f'table_{args.scale}{smoke}'
    settings: dict[str, Any] = dict(
        scale=args.scale, smoke=args.smoke, cfg_options=args.cfg_options
    )
    file = out.resolve() / 'settings.json'
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(settings, indent=2) + '\n')
    found = json.loads(file.read_text())
    if found != settings:
        raise SystemExit(
            f'{out} holds runs of the settings {found}, got '
            f'{settings}: give another folder with --out'
        )
    return file.parent


def draw_a_few(out: Path) -> Smoke:
    """The data of a smoke test."""
    return Smoke(
        draw_mini_fashion(
            out / 'few_products',
            workers=1,
            sizes=MiniFashionSizes(40, 40, 16, 16, 12, 6),
        )
    )


def check_first_weights(planner: Planner, args: argparse.Namespace) -> None:
    """Find, or fetch, the first weights before any run."""
    run = planner.run(8, 'xmr', args.seeds[0])
    config = deepcopy(read_config(run.config, run.tasks))
    apply_options(config, dict(run.options))
    encoder = config.model.encoder
    if encoder.pretrained is not None:
        try:
            find_weights(encoder.backbone, encoder.pretrained)
        except (FileNotFoundError, ValueError) as error:
            raise SystemExit(f'{error} (--cfg-options pretrained=...)') from None


def main() -> int:
    """Train and write."""
    args = parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    out = find_folder(args)
    planner = Planner(
        ROOT / 'configs',
        args.scale,
        args.cfg_options,
        draw_a_few(out) if args.smoke else None,
    )
    check_first_weights(planner, args)
    trainer = Trainer(
        ROOT / 'tools' / 'train.py', out, args.jobs, partial(print, flush=True)
    )
    lost = trainer.train(planner.plan(args.rows, args.seeds))
    results = Results(planner, args.rows, args.seeds, out)
    model = read_config(planner.run(8, 'xmr', 0).config, ()).model
    notes = dict(
        scale=f'{args.scale}, --smoke: the scores mean nothing'
        if args.smoke
        else args.scale,
        seeds=', '.join(map(str, args.seeds)),
    )
    if lost:
        notes['missing'] = ', '.join(run.name for run in lost)
    table = write_report(
        results, count_rows(model.encoder, model.heads), notes | circumstances(results)
    )
    print(f'\n{table.read_text()}\nWritten to {table}')
    if lost:
        print(
            f'{len(lost)} runs failed or were left out: '
            f'{notes["missing"]}. Give the command again to go on'
        )
    return 1 if lost else 0


if __name__ == '__main__':
    run_tool(main)
