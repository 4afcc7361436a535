#!/usr/bin/env python3
"""Train a model: ``python tools/train.py CONFIG``."""

import argparse
from pathlib import Path

import torch
from mmengine.config import Config

from famevil_plugin.command_line import (
    check_checkpoint_file,
    load_config,
    run_parser,
    run_tool,
)
from famevil_plugin.engine import QuietRunner, join_processes, report_first_error


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = run_parser(__doc__)
    parser.add_argument(
        '--resume',
        nargs='?',
        const='auto',
        help='go on from a checkpoint, or from the latest in the work dir',
    )
    parser.add_argument('--no-validate', action='store_true', help='never evaluate')
    parser.add_argument(
        '--auto-scale-lr',
        action='store_true',
        help='scale the learning rate by the global batch size',
    )
    parser.add_argument(
        '--no-pin-memory', action='store_true', help='do not pin the memory of batches'
    )
    parser.add_argument(
        '--no-persist-workers',
        action='store_true',
        help='start the loading processes anew each time',
    )
    return parser.parse_args()


def build_config(args: argparse.Namespace) -> Config:
    """The config file with the command line worked in."""
    config = load_config(args, ['train'] if args.no_validate else ['train', 'val'])
    if args.auto_scale_lr:
        if 'auto_scale_lr' not in config:
            raise SystemExit(
                '--auto-scale-lr needs auto_scale_lr.base_batch_size in the '
                f'config, and {args.config} has none'
            )
        config.auto_scale_lr.enable = True
    if args.resume not in (None, 'auto'):
        check_checkpoint_file(args.resume, '--resume ')
    if args.resume:
        config.resume = True
        config.load_from = None if args.resume == 'auto' else args.resume
    elif config.get('load_from') and Path(config.load_from).is_file():
        check_checkpoint_file(config.load_from, 'load_from=')
    if args.no_validate:
        config.val_cfg = config.val_dataloader = config.val_evaluator = None
    if args.no_persist_workers:
        config.train_dataloader.persistent_workers = False
    if torch.cuda.is_available() and not args.no_pin_memory:
        config.train_dataloader.setdefault('pin_memory', True)
    return config


@report_first_error
def main() -> None:
    """Train."""
    args = parse_args()
    config = build_config(args)
    join_processes(config)
    QuietRunner.from_cfg(config).train()


if __name__ == '__main__':
    run_tool(main)
