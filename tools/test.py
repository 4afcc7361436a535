"""Judge a checkpoint: ``python tools/test.py CONFIG CHECKPOINT``."""

import argparse
from pathlib import Path

from mmengine.config import Config, DictAction
from mmengine.runner import Runner

from famevil_plugin.engine import (SummaryHook, apply_options, join_processes,
                                   use_mixed_precision)


def parse_args() -> argparse.Namespace:
    """Read the command line; the arguments are mmpretrain's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('config', help='a config file')
    parser.add_argument('checkpoint', help='a checkpoint file')
    parser.add_argument(
        '--work-dir', help='where to write (default: work_dirs/<config>)')
    parser.add_argument(
        '--out', help='a JSON file for the scores (default: '
        'test_summary.json in the work dir)')
    parser.add_argument(
        '--amp', action='store_true', help='evaluate in mixed precision')
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
    if not Path(args.checkpoint).is_file():
        raise SystemExit(f'no checkpoint at {args.checkpoint}: expected a '
                         'file that tools/train.py wrote (*.pth)')
    config = Config.fromfile(args.config)
    apply_options(config, args.cfg_options)
    config.launcher = args.launcher
    config.load_from = args.checkpoint
    if args.work_dir or not config.get('work_dir'):
        config.work_dir = args.work_dir or str(
            Path('work_dirs') / Path(args.config).stem)
    if args.out:
        summary, = (hook for hook in config.custom_hooks
                    if hook.type is SummaryHook)
        summary.test_out_file = str(Path(args.out).resolve())
    if args.amp:
        use_mixed_precision(config)
    return config


def main() -> None:
    """Test."""
    args = parse_args()
    config = build_config(args)
    join_processes(args.launcher)
    Runner.from_cfg(config).test()


if __name__ == '__main__':
    main()
