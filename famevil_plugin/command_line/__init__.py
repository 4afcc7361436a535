"""Shared parts of the command lines: arguments, options, choice of tasks."""

from .arguments import add_config_options, load_config, read_config, run_parser
from .config_options import apply_options
from .task_selection import keep_tasks

__all__ = [
    'add_config_options',
    'apply_options',
    'keep_tasks',
    'load_config',
    'read_config',
    'run_parser',
]
