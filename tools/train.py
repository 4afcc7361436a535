"""Train a model: ``python tools/train.py CONFIG``."""

import argparse
from pathlib import Path

import torch
from mmengine.config import Config, DictAction
from mmengine.runner import Runner

from famevil_plugin.engine import (apply_options, join_processes,
                                   use_mixed_precision)


def parse_args() -> argparse.Namespace:
    """Read the command line; the arguments are mmpretrain's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('config', help='a config file')
    parser.add_argument(
        '--work-dir', help='where to write (default: work_dirs/<config>)')
    parser.add_argument(
        '--resume',
        nargs='?',
        const='auto',
        help='go on from a checkpoint, or from the latest in the work dir')
    parser.add_argument(
        '--amp', action='store_true', help='train in mixed precision')
    parser.add_argument(
        '--no-validate', action='store_true', help='never evaluate')
    parser.add_argument(
        '--auto-scale-lr',
        action='store_true',
        help='scale the learning rate by the global batch size')
    parser.add_argument(
        '--no-pin-memory',
        action='store_true',
        help='do not pin the memory of batches')
    parser.add_argument(
        '--no-persist-workers',
        action='store_true',
        help='start the loading processes anew each time')
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=DictAction,
        default={},
        help='settings of the config to change: key=value, dots between keys')
    parser.add_argument(
        '--launcher',
        choices=['none', 'pytorch', 'slurm', 'mpi'],
        default='none')
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0)
    return parser.parse_args()


def build_config(args: argparse.Namespace) -> Config:
    """The config file with the command line worked in."""
    config = Config.fromfile(args.config)
    apply_options(config, args.cfg_options)
    config.launcher = args.launcher
    if args.work_dir or not config.get('work_dir'):
        config.work_dir = args.work_dir or str(
            Path('work_dirs') / Path(args.config).stem)
    if args.amp:
        use_mixed_precision(config)
    if args.auto_scale_lr:
        config.setdefault('auto_scale_lr', dict(base_batch_size=64))
        config.auto_scale_lr.enable = True
    if args.resume:
        config.resume = True
        config.load_from = None if args.resume == 'auto' else args.resume
    if args.no_validate:
        config.val_cfg = config.val_dataloader = config.val_evaluator = None
    if args.no_persist_workers:
        config.train_dataloader.persistent_workers = False
    if torch.cuda.is_available() and not args.no_pin_memory:
        config.train_dataloader.setdefault('pin_memory', True)
    return config


def main() -> None:
    """Train."""
    args = parse_args()
    config = build_config(args)
    join_processes(args.launcher)
    Runner.from_cfg(config).train()


if __name__ == '__main__':
    main()
