"""The command: ``python -m tests.torture``."""

import argparse
import sys
import tempfile
from pathlib import Path

import torch

from .faults import KINDS, Row, Torture, rows
from .runs import write_teachers


def main() -> None:
    """Try all faults and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        '--only', nargs='+', choices=KINDS, default=KINDS, help='some kinds of fault'
    )
    parser.add_argument('--kills', type=int, default=50, help='random SIGKILLs')
    parser.add_argument('--each', type=int, default=3, help='of other faults')
    parser.add_argument(
        '--stride', type=int, default=1, help='every which boundary of a writing'
    )
    parser.add_argument('--soak', type=int, default=3000, help='steps of the soak')
    parser.add_argument('--seed', type=int, default=0, help='of the random times')
    args = parser.parse_args()
    torch.set_num_threads(1)
    print('| fault | times | held | what is promised | command |')
    print('| --- | --- | --- | --- | --- |', flush=True)
    broken = 0
    with tempfile.TemporaryDirectory() as folder:
        write_teachers(Path(folder))
        torture = Torture(Path(folder), args.seed)
        for kind in args.only:
            for row in rows(
                torture, kind, args.kills, args.each, args.stride, args.soak
            ):
                print(as_line(kind, row), flush=True)
                broken += row.held < row.tried
    sys.exit(broken > 0)


def as_line(kind: str, row: Row) -> str:
    """A row in markdown."""
    command = f'`python -m tests.torture --only {kind}`'
    return f'| {row.fault} | {row.tried} | {row.held} | {row.outcome} | {command} |'


if __name__ == '__main__':
    main()
