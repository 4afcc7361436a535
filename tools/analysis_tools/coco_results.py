#!/usr/bin/env python3
"""Write dumped captions as COCO results.

``python tools/analysis_tools/coco_results.py PREDICTIONS OUT`` reads what
``tools/test.py CONFIG CHECKPOINT --dump PREDICTIONS`` wrote and writes
``[{image_id, caption}]``, which pycocotools' ``loadRes`` and COCO's
evaluation server read.
"""

import argparse
from pathlib import Path

from famevil_plugin.command_line import run_tool, tool_parser
from famevil_plugin.evaluation.coco_results import write_coco_results
from famevil_plugin.evaluation.predictions import read_predictions


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = tool_parser(__doc__)
    parser.add_argument('predictions', type=Path, help='a file of predictions')
    parser.add_argument('out', type=Path, help='the JSON file to write')
    parser.add_argument(
        '--task', default='fic', help='the captioning task (default: %(default)s)'
    )
    return parser.parse_args()


def main() -> None:
    """Read, write, count."""
    args = parse_args()
    found = read_predictions(args.predictions)
    if args.task not in found:
        raise ValueError(
            f'{args.predictions} has no task {args.task!r}, it has '
            f'{", ".join(found)}: name one with --task'
        )
    count = write_coco_results(args.out, found[args.task])
    print(f'{args.out}: {count} captions')


if __name__ == '__main__':
    run_tool(main)
