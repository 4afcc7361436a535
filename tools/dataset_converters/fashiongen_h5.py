#!/usr/bin/env python3
"""Turn FashionGen's two HDF5 files into the layout that FashionGen reads.

    python tools/dataset_converters/fashiongen_h5.py TRAIN_H5 VAL_H5 OUT

reads ``fashiongen_256_256_train.h5`` and ``fashiongen_256_256_validation.h5``
(a row an image, products as runs of rows, texts in latin-1) and writes::

    OUT/FashionGen/{train,val}_info.json      a list of products: images, id,
                                              title, description,
                                              attributes_id, category_id,
                                              subcategory_id
    OUT/FashionGen/subcategories.json         names in the order of their ids,
    OUT/FashionGen/categories.json            of both files together
    OUT/FashionGen/images/{train,val}/<product id>_<view>.jpg
    OUT/FashionGen/conversion.json            what was converted, and how

A conversion that was cut off goes on where it stopped. ``--quality`` is
JPEG's.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from famevil_plugin.command_line import add_jobs, run_tool, tool_parser
from famevil_plugin.datasets.fashion_gen_h5 import convert


def parse_args(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = tool_parser(__doc__)
    parser.add_argument('train', metavar='TRAIN_H5', type=Path, help='training file')
    parser.add_argument('val', metavar='VAL_H5', type=Path, help='validation file')
    parser.add_argument('out', metavar='OUT', type=Path, help='data root to write to')
    parser.add_argument(
        '--quality',
        type=int,
        default=95,
        choices=range(1, 101),
        metavar='1-100',
        help='of the JPEG files (default: %(default)s)',
    )
    add_jobs(parser, 'compress')
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> None:
    """Convert and say what there is."""
    args = parse_args(arguments)
    root = args.out / 'FashionGen'
    try:
        table = convert(args.train, args.val, root, args.quality, args.jobs)
    except OSError as error:
        raise OSError(
            f'{error}. Mend it and run the same command again: it goes on from here'
        ) from error
    print(f'{root} is complete\n{table}')


if __name__ == '__main__':
    run_tool(main)
