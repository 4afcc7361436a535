#!/usr/bin/env python3
"""Publish a trained model: weights alone, with the config inside.

    python tools/model_converters/publish_model.py WORK_DIR model.safetensors
    python tools/model_converters/publish_model.py WORK_DIR xmr.safetensors --tasks xmr
    python tools/model_converters/publish_model.py WORK_DIR clip.safetensors --part clip
    python tools/model_converters/publish_model.py WORK_DIR tgir.safetensors \\
        --tasks tgir --part adapters --clip clip.safetensors

``tools/test.py CONFIG FILE``, ``load_from``, teachers and ``load_published``
read what it writes, and ``pretrained`` the CLIP. Adapters and heads alone are a
small part of the model; they name the CLIP that belongs under them, which must
be the model's own: a file beside theirs, ``small_clip``, or a tag of open_clip.
"""

import argparse
from pathlib import Path

from famevil_plugin.atomic_files import write_whole
from famevil_plugin.command_line import run_tool, work_dir_parser
from famevil_plugin.deployment.publishing import PARTS, publish
from famevil_plugin.deployment.trained_model import load_trained


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = work_dir_parser(__doc__)
    parser.add_argument('dst', type=Path, help='the .safetensors file to write')
    parser.add_argument(
        '--part',
        choices=PARTS,
        default='model',
        help='all weights, CLIP alone, or adapters and heads alone',
    )
    parser.add_argument('--clip', help='the CLIP under adapters that go alone')
    parser.add_argument('--half', action='store_true', help='in half precision')
    args = parser.parse_args()
    if args.dst.suffix != '.safetensors':
        parser.error(f'DST must end in .safetensors, got {args.dst}')
    if args.clip and args.part != 'adapters':
        parser.error('--clip names the CLIP that --part adapters leaves out')
    return args


def main() -> None:
    """Publish."""
    args = parse_args()
    try:
        trained = load_trained(
            args.work_dir, args.checkpoint, args.tasks, args.cfg_options
        )
        content = publish(trained, args.dst.parent, args.part, args.clip, args.half)
    except (ValueError, FileNotFoundError) as error:
        raise SystemExit(f'nothing was published: {error}') from None
    write_whole(args.dst, content)
    print(
        f'{args.dst}: {args.part} for {", ".join(trained.model.heads)} of '
        f'{trained.checkpoint}, {len(content):,} bytes'
    )


if __name__ == '__main__':
    run_tool(main)
