"""Shared parts of the command lines: arguments, options, choice of tasks."""

from .arguments import (
    add_config_options,
    add_jobs,
    at_least,
    load_config,
    read_config,
    run_parser,
    serve_config,
    tool_parser,
    work_dir_parser,
)
from .config_options import apply_options
from .data_fit import fit_to_data, keep_served
from .files import check_checkpoint_file, check_config_file
from .option_values import OptionsAction
from .task_selection import keep_tasks
from .tool_errors import run_tool

__all__ = [
    'OptionsAction',
    'add_config_options',
    'add_jobs',
    'apply_options',
    'at_least',
    'fit_to_data',
    'keep_served',
    'check_checkpoint_file',
    'check_config_file',
    'keep_tasks',
    'load_config',
    'read_config',
    'run_parser',
    'serve_config',
    'run_tool',
    'tool_parser',
    'work_dir_parser',
]
