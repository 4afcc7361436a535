#!/usr/bin/env python3
"""Check a data set before training on it.

    python tools/misc/verify_dataset.py ROOT

says what is there and how many, beside the counts of the published data sets,
and which tasks it serves; names annotations that cannot be read, photos that
are missing or cannot be decoded, sides without a product, ids given twice,
products and photos on both sides of the split; and notes empty texts, blank
captions, texts that a model cuts and how much of them, and photos that are the
same. Texts are counted with CLIP's tokenizer and its 77 tokens, or by --config
with a model's own. A data set that agrees with the published one in some count
is taken for it, and other counts are faults. Exits with 1 if there is a fault,
or nothing for any task, else with 0.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from famevil_plugin.command_line import (
    add_config_options,
    add_jobs,
    read_config,
    run_tool,
    tool_parser,
)
from famevil_plugin.datasets.data_root import LAYOUT
from famevil_plugin.datasets.verification import (
    Report,
    find_tokenizers,
    sort_tasks,
    verify,
)


def lay_out(reports: Sequence[Report]) -> str:
    """The reports as lines of text."""
    lines = []
    for report in reports:
        lines.append(report.name)
        for name, count in report.counts.items():
            official = report.official.get(name)
            beside = (
                ''
                if official is None
                else ('as official' if official == count else f'official {official:,}')
            )
            lines.append(f'  {name:<28}{count:>9,}  {beside}'.rstrip())
        lines += [f'  FAULT {finding.spell()}' for finding in report.faults]
        lines += [f'  note  {finding.spell()}' for finding in report.notes]
    served, left_out = sort_tasks(reports)
    lines.append(
        f'serves {", ".join(served)}'
        if served
        else f'FAULT serves no task: expected some of\n{LAYOUT}'
    )
    lines += [f'  not {task}: {lack}' for task, lack in left_out.items()]
    return '\n'.join(lines)


def to_json(reports: Sequence[Report]) -> str:
    """The reports with every case by name."""
    served, left_out = sort_tasks(reports)
    return json.dumps(
        dict(
            ok=bool(served) and not any(report.faults for report in reports),
            tasks=served,
            left_out=left_out,
            data_sets=[
                asdict(report)
                | {
                    kind: [finding._asdict() for finding in getattr(report, kind)]
                    for kind in ('faults', 'notes')
                }
                for report in reports
            ],
        ),
        indent=1,
    )


def parse_args(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = tool_parser(__doc__)
    parser.add_argument('root', metavar='ROOT', type=Path, help='data root')
    parser.add_argument(
        '--json', action='store_true', help='print a JSON object that names every case'
    )
    parser.add_argument('--config', help='the config of the model that shall read it')
    add_config_options(parser)
    parser.add_argument(
        '--quick',
        action='store_true',
        help='see that the photos are there, but do not open them',
    )
    add_jobs(parser, 'open photos')
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> None:
    """Check and report; exit with 1 if there is a fault."""
    args = parse_args(arguments)
    tokenizers = find_tokenizers(read_config(args)) if args.config else [{}]
    reports = verify(args.root, args.quick, args.jobs, tokenizers)
    print(to_json(reports) if args.json else lay_out(reports))
    served, _ = sort_tasks(reports)
    raise SystemExit(int(not served or any(report.faults for report in reports)))


if __name__ == '__main__':
    run_tool(main)
