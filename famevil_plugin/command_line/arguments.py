"""Arguments of the command lines, and the config that they make."""

import argparse
import logging
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from mmengine.config import Config
from mmengine.logging import print_log

from famevil_plugin.cores import usable_cores
from famevil_plugin.engine import use_mixed_precision

from .config_options import apply_options
from .data_fit import fit_to_data, keep_served
from .files import check_config_file, make_work_dir
from .option_values import OptionsAction
from .task_selection import keep_tasks


def tool_parser(description: str | None) -> argparse.ArgumentParser:
    """A parser whose help shows a tool's docstring as it is written."""
    return argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )


def run_parser(description: str | None) -> argparse.ArgumentParser:
    """A parser with MMPretrain's arguments of both tools."""
    parser = tool_parser(description)
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


def work_dir_parser(description: str | None) -> argparse.ArgumentParser:
    """A parser of what :func:`~famevil_plugin.deployment.trained_model.load_trained`
    takes, first of all ``work_dir``."""
    parser = tool_parser(description)
    parser.add_argument('work_dir', type=Path, help='of a training')
    parser.add_argument(
        '--checkpoint',
        type=Path,
        help='another file of weights than the newest checkpoint',
    )
    add_config_options(parser)
    return parser


def add_config_options(parser: argparse.ArgumentParser) -> None:
    """The arguments that :func:`read_config` works in."""
    parser.add_argument(
        '--tasks',
        nargs='+',
        help="some of the config's tasks, to do without the others (default: "
        'those that the data serve)',
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


def at_least(least: int) -> Callable[[str], int]:
    """An argument's type: a number that is not smaller."""

    def number(text: str) -> int:
        if (given := int(text)) < least:
            raise argparse.ArgumentTypeError(f'must be at least {least}, got {given}')
        return given

    return number


def add_jobs(parser: argparse.ArgumentParser, what: str) -> None:
    """The number of threads that do something, at least one."""
    parser.add_argument(
        '--jobs',
        type=at_least(1),
        default=usable_cores(),
        help=f'threads that {what} (default: one a core)',
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


def serve_config(args: argparse.Namespace, splits: Sequence[str]) -> Config:
    """:func:`read_config`, of the tasks that its data serve.

    What the data tell goes before the options, which count more. An option
    of a task that is left out has no effect.

    Args:
        args (Namespace): Of a parser with :func:`add_config_options`.
        splits (Sequence[str]): Of ``train``, ``val`` and ``test`` those that
            are read.

    Raises:
        FileNotFoundError: If there is no config, or no data.
        ValueError: If the arguments or the data are wrong.
    """
    fit = fit_to_data(
        read_config(args), splits, args.tasks, args.cfg_options, _processes(args)
    )
    config = Config.fromfile(args.config)
    said = keep_served(config, fit=fit)
    apply_options(
        config,
        {
            key: value
            for key, value in args.cfg_options.items()
            if fit.left_out.keys().isdisjoint(key.split('.'))
        },
    )
    if os.environ.get('RANK', '0') == os.environ.get('SLURM_PROCID', '0') == '0':
        print_log(said, logger='current', level=logging.INFO)
    return config


def _processes(args: argparse.Namespace) -> int:
    """How many processes there are, before they are joined."""
    if getattr(args, 'launcher', 'none') == 'none':
        return 1
    names = ('WORLD_SIZE', 'SLURM_NTASKS', 'OMPI_COMM_WORLD_SIZE')
    return next((int(os.environ[name]) for name in names if name in os.environ), 1)


def load_config(args: argparse.Namespace, splits: Sequence[str]) -> Config:
    """:func:`serve_config` with all shared arguments worked in."""
    config = serve_config(args, splits)
    config.launcher = args.launcher
    if args.work_dir or not config.get('work_dir'):
        name = '_'.join([Path(args.config).stem, *(args.tasks or ())])
        config.work_dir = args.work_dir or str(Path('work_dirs') / name)
    make_work_dir(config.work_dir)
    if args.amp:
        use_mixed_precision(config)
    return config
