#!/usr/bin/env python3
"""Make the shipped small CLIP of what its training leaves.

    python tools/train.py configs/pretrain_small_clip.py
    python tools/model_converters/publish_small_clip.py CHECKPOINT

Writes the CLIP in half precision, with how it was made beside it: config,
data, seed, steps, hours and commit. Without DST the file of the package is
replaced, which ``pretrained='small_clip'`` finds.
"""

import argparse
import json
import subprocess
from pathlib import Path
from typing import Any

from mmengine.config import Config

from famevil_plugin.command_line import run_tool, tool_parser
from famevil_plugin.datasets.mini_fashion import MARKER
from famevil_plugin.engine import AtomicBackend
from famevil_plugin.models.weights import read_weights
from famevil_plugin.models.weights.shipped import SHIPPED, publish_clip

ROOT = Path(__file__).parents[2]


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = tool_parser(__doc__)
    parser.add_argument('checkpoint', type=Path, help='iter_N.pth of the training')
    parser.add_argument(
        'dst',
        type=Path,
        nargs='?',
        default=SHIPPED['small_clip'],
        help='where to write, .safetensors (default: in the package)',
    )
    parser.add_argument(
        '--data',
        type=Path,
        help='the folder that it was trained on (default: what its config says)',
    )
    parser.add_argument(
        '--commit', help="the training's commit (default: the repository's present one)"
    )
    args = parser.parse_args()
    if args.dst.suffix != '.safetensors':
        parser.error(f'DST must end in .safetensors, got {args.dst}')
    return args


def read_drawn(checkpoint: Path, folder: Path | None) -> dict[str, Any]:
    """What was drawn into the folder that a training read.

    Raises:
        ValueError: If the checkpoint does not say where that was.
        FileNotFoundError: If it is not there.
    """
    if folder is None:
        config = Config.fromstring(read_weights(checkpoint).notes.get('cfg', ''), '.py')
        if 'data_root' not in config:
            raise ValueError('it does not say what it was trained on: give --data')
        folder = Path(config.data_root)
    marker = folder / MARKER
    if not marker.is_file():
        raise FileNotFoundError(
            f'no {marker}: expected the drawn folder that it was trained on; where it '
            'has moved, give --data'
        )
    return dict(name=folder.name, **json.loads(marker.read_text()))


def present_commit() -> str:
    """The repository's."""
    command = ['git', '-C', str(ROOT), 'rev-parse', 'HEAD']
    return subprocess.check_output(command, text=True).strip()


def main() -> None:
    """Publish."""
    args = parse_args()
    try:
        content = publish_clip(
            args.checkpoint,
            dict(
                data=read_drawn(args.checkpoint, args.data),
                commit=args.commit or present_commit(),
            ),
        )
    except (ValueError, FileNotFoundError) as error:
        raise SystemExit(f'{args.checkpoint} is not published: {error}') from None
    AtomicBackend().put(content, args.dst)
    print(f'{args.dst}: {len(content):,} bytes')


if __name__ == '__main__':
    run_tool(main)
