"""Loops, hooks and optimisation."""

from .autocast_optim_wrapper import AutocastOptimWrapper
from .checkpoint_hooks import AtomicBackend, CheckpointGuardHook
from .command_line import load_config, run_parser
from .config_options import apply_options
from .distributed import TaskDistributedDataParallel, join_processes
from .grouped_optim_constructor import GroupedOptimWrapperConstructor
from .multi_task_loops import MultiTaskTestLoop, MultiTaskValLoop
from .score_table import score_table
from .summary_hook import SummaryHook

__all__ = [
    'AtomicBackend', 'AutocastOptimWrapper', 'CheckpointGuardHook',
    'GroupedOptimWrapperConstructor', 'MultiTaskTestLoop', 'MultiTaskValLoop',
    'SummaryHook', 'TaskDistributedDataParallel', 'apply_options',
    'join_processes', 'load_config', 'run_parser', 'score_table'
]
