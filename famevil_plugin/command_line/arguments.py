"""Arguments of the command lines, and the config that they make."""

import argparse
from pathlib import Path

from mmengine.config import Config

from famevil_plugin.engine import use_mixed_precision

from .config_options import apply_options
from .files import check_config_file, make_work_dir
from .option_values import OptionsAction
from .task_selection import keep_tasks


def run_parser(description: str | None) -> argparse.ArgumentParser:
    """A parser with MMPretrain's arguments of both tools."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument('config', help='a config file')
    parser.add_argument(
        '--work-dir',
        help='where to write (default: work_dirs/<config>, with the names of '
        'the tasks if some are given)',
    )
    parser.add_argument('--amp', action='store_true', help='run in mixed precision')
    add_config_options(parser)
    parser.add_argument(
        '--launcher', choices=['none', 'pytorch', 'slurm', 'mpi'], default='none'
    )
    # older launchers hand it over; the environment says the same
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0)
    return parser


def add_config_options(parser: argparse.ArgumentParser) -> None:
    """The arguments that :func:`read_config` works in."""
    parser.add_argument(
        '--tasks',
        nargs='+',
        help="some of the config's tasks, to do without the others",
    )
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=OptionsAction,
        default={},
        metavar='KEY=VALUE',
        help='settings of the config to change, dots between keys; a value is '
        'of the type of the one that it replaces',
    )


def read_config(args: argparse.Namespace) -> Config:
    """The config file, of the tasks asked for and with changed settings.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no config of a model with heads, if it lacks a
            task, or if an option matches nothing in it.
    """
    check_config_file(args.config)
    config = Config.fromfile(args.config)
    if 'heads' not in (config.get('model') or {}):
        raise ValueError(
            f'{args.config} is no config of this package: expected model.heads in '
            'it, as in configs/famevil_4task.py'
        )
    keep_tasks(config, args.tasks)
    apply_options(config, args.cfg_options)
    return config


def load_config(args: argparse.Namespace) -> Config:
    """The config file with all shared arguments worked in."""
    config = read_config(args)
    config.launcher = args.launcher
    if args.work_dir or not config.get('work_dir'):
        name = '_'.join([Path(args.config).stem, *(args.tasks or ())])
        config.work_dir = args.work_dir or str(Path('work_dirs') / name)
    make_work_dir(config.work_dir)
    if args.amp:
        use_mixed_precision(config)
    return config
