#!/usr/bin/env python3
"""Draws MiniFashion, the embedded data set, into a folder.

python tools/dataset_converters/mini_fashion.py data/mini_fashion
"""

import argparse
import time

from famevil_plugin.command_line import run_tool
from famevil_plugin.datasets.mini_fashion import draw_mini_fashion


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description='Draw the embedded data set MiniFashion.'
    )
    parser.add_argument(
        'data_root',
        nargs='?',
        default='data/mini_fashion',
        help='folder to draw into (default: %(default)s)',
    )
    parser.add_argument(
        '--seed', type=int, default=0, help='another seed draws other products'
    )
    parser.add_argument(
        '--workers',
        type=int,
        default=None,
        help='processes that draw (default: one per core)',
    )
    return parser.parse_args()


def main() -> None:
    """Draw, and say what was made."""
    args = parse_args()
    start = time.perf_counter()
    root = draw_mini_fashion(args.data_root, args.seed, args.workers)
    for part in ('FashionGen', 'FashionIQ'):
        count = sum(1 for _ in (root / part / 'images').iterdir())
        print(f'{root / part}: {count} photos')
    print(f'{root} is complete, {time.perf_counter() - start:.0f} s')


if __name__ == '__main__':
    run_tool(main)
