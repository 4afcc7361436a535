"""Shared parts of the command lines: arguments, options, choice of tasks."""

from .arguments import (
    add_config_options,
    load_config,
    read_config,
    run_parser,
    serve_config,
)
from .config_options import apply_options
from .data_fit import fit_to_data, keep_served
from .option_values import OptionsAction
from .task_selection import keep_tasks

__all__ = [
    'OptionsAction',
    'add_config_options',
    'apply_options',
    'fit_to_data',
    'keep_served',
    'keep_tasks',
    'load_config',
    'read_config',
    'run_parser',
    'serve_config',
]
