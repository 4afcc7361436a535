#!/usr/bin/env python3
"""Export a trained model for onnxruntime.

    python tools/deployment/export_onnx.py work_dirs/famevil_4task OUT --check

OUT gets a program for each answer of each task (``xmr_photo.onnx``, ...), the
weights that they share, how photos and texts are prepared
(``preprocessing.json``), the tokenizer (``vocab.json``, ``merges.txt``) and
``use_onnx.py``, which needs numpy, Pillow and onnxruntime alone.
"""

import argparse
from pathlib import Path

from famevil_plugin.command_line import run_tool, work_dir_parser
from famevil_plugin.deployment.export_check import TOLERANCE, check_export
from famevil_plugin.deployment.exported_folder import export_model
from famevil_plugin.deployment.onnx_export import require_packages
from famevil_plugin.deployment.trained_model import load_trained


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = work_dir_parser(__doc__)
    parser.add_argument('out', type=Path, help='a folder to make')
    parser.add_argument(
        '--check',
        action='store_true',
        help="compare with PyTorch on the config's validation data: deviations, "
        'rankings and captions; exits with 1 if they differ',
    )
    return parser.parse_args()


def main() -> None:
    """Export, and check."""
    args = parse_args()
    try:
        if args.check:
            require_packages('onnxruntime')
        trained = load_trained(
            args.work_dir, args.checkpoint, args.tasks, args.cfg_options
        )
        programs = export_model(trained, args.out)
    except (ValueError, OSError) as error:
        raise SystemExit(f'nothing was exported: {error}') from None
    size = sum(path.stat().st_size for path in args.out.iterdir())
    print(f'{args.out}: {len(programs)} programs of {trained.checkpoint}')
    print(f'{", ".join(program.name for program in programs)}; {size / 1e6:.1f} MB')
    if not args.check:
        return
    agrees = True
    try:
        for finding in check_export(trained, programs, args.out):
            print(finding, flush=True)
            agrees &= finding.agrees
    except (ValueError, OSError) as error:
        raise SystemExit(f'{args.out} could not be checked: {error}') from None
    if not agrees:
        raise SystemExit(
            f'{args.out} deviates by more than {TOLERANCE} from PyTorch: see above'
        )


if __name__ == '__main__':
    run_tool(main)
