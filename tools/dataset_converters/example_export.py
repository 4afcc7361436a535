#!/usr/bin/env python3
"""Put the example export into a folder, and draw its photos.

``python tools/dataset_converters/example_export.py data/example_shop`` leaves
``example.csv``, an export as a shop may have it, and ``photos/``, ready for
``catalogue.py``. ``--csv FILE`` writes the export anew from MiniFashion's
drawn products, as the package's own was made.
"""

import argparse
from pathlib import Path

from famevil_plugin.atomic_files import write_whole
from famevil_plugin.command_line import run_tool, tool_parser
from famevil_plugin.datasets.catalogue.example import draw_example, example_csv


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = tool_parser(__doc__)
    parser.add_argument(
        'folder',
        nargs='?',
        type=Path,
        default=Path('data/example_shop'),
        help='folder to make (default: %(default)s)',
    )
    parser.add_argument('--csv', type=Path, help='write just the export, to this file')
    parser.add_argument(
        '--workers', type=int, help='processes that draw (default: one per core)'
    )
    return parser.parse_args()


def main() -> None:
    """Draw, and say where."""
    args = parse_args()
    if args.csv:
        write_whole(args.csv, example_csv().encode())
        print(f'{args.csv} is written')
        return
    print(f'{draw_example(args.folder, args.workers)} and its photos are there')


if __name__ == '__main__':
    run_tool(main)
