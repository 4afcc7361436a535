"""What the command lines of training and testing share."""

import argparse
from pathlib import Path

from mmengine.config import Config, DictAction

from .config_options import apply_options
from .mixed_precision import use_mixed_precision


def run_parser(description: str | None) -> argparse.ArgumentParser:
    """A parser with MMPretrain's arguments of both tools."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument('config', help='a config file')
    parser.add_argument(
        '--work-dir', help='where to write (default: work_dirs/<config>)')
    parser.add_argument(
        '--amp', action='store_true', help='run in mixed precision')
    add_config_options(parser)
    parser.add_argument(
        '--launcher',
        choices=['none', 'pytorch', 'slurm', 'mpi'],
        default='none')
    # older launchers hand it over; the environment says the same
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0)
    return parser


def add_config_options(parser: argparse.ArgumentParser) -> None:
    """The argument whose value :func:`apply_options` works in."""
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=DictAction,
        default={},
        help='settings of the config to change: key=value, dots between keys')


def load_config(args: argparse.Namespace) -> Config:
    """The config file with the shared arguments worked in.

    Raises:
        ValueError: If an option matches nothing in the config.
    """
    config = Config.fromfile(args.config)
    apply_options(config, args.cfg_options)
    config.launcher = args.launcher
    if args.work_dir or not config.get('work_dir'):
        config.work_dir = args.work_dir or str(
            Path('work_dirs') / Path(args.config).stem)
    if args.amp:
        use_mixed_precision(config)
    return config
