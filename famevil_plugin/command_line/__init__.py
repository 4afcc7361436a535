"""Shared parts of the command lines: arguments, options, choice of tasks."""

from .arguments import add_config_options, load_config, read_config, run_parser
from .config_options import apply_options
from .files import check_checkpoint_file
from .option_values import OptionsAction
from .task_selection import keep_tasks
from .tool_errors import run_tool

__all__ = [
    'OptionsAction',
    'add_config_options',
    'apply_options',
    'check_checkpoint_file',
    'keep_tasks',
    'load_config',
    'read_config',
    'run_parser',
    'run_tool',
]
