"""Loops, hooks and optimisation."""

from .adaptive_scheduling_hook import AdaptiveSchedulingHook
from .autocast_optim_wrapper import AutocastOptimWrapper
from .checkpoint_hooks import AtomicBackend, CheckpointGuardHook
from .command_line import add_config_options, load_config, read_config, run_parser
from .config_options import apply_options
from .distributed import TaskDistributedDataParallel, join_processes
from .gradient_strategies import adaptive_scales, combine_impartially
from .grouped_optim_constructor import GroupedOptimWrapperConstructor
from .idle_gradients_hook import IdleGradientsHook
from .mixed_precision import (
    AmpAdaptiveOptimWrapper,
    AmpIMTLGOptimWrapper,
    AutocastAdaptiveOptimWrapper,
    AutocastIMTLGOptimWrapper,
    use_mixed_precision,
)
from .multi_task_loops import MultiTaskTestLoop, MultiTaskValLoop
from .multi_task_optim_wrapper import AdaptiveOptimWrapper, IMTLGOptimWrapper
from .score_table import score_table
from .summary_hook import SummaryHook, summarise
from .task_selection import keep_tasks

__all__ = [
    'AdaptiveOptimWrapper',
    'AdaptiveSchedulingHook',
    'AmpAdaptiveOptimWrapper',
    'AmpIMTLGOptimWrapper',
    'AtomicBackend',
    'AutocastAdaptiveOptimWrapper',
    'AutocastIMTLGOptimWrapper',
    'AutocastOptimWrapper',
    'CheckpointGuardHook',
    'GroupedOptimWrapperConstructor',
    'IMTLGOptimWrapper',
    'IdleGradientsHook',
    'MultiTaskTestLoop',
    'MultiTaskValLoop',
    'SummaryHook',
    'TaskDistributedDataParallel',
    'adaptive_scales',
    'add_config_options',
    'apply_options',
    'combine_impartially',
    'join_processes',
    'keep_tasks',
    'load_config',
    'read_config',
    'run_parser',
    'score_table',
    'summarise',
    'use_mixed_precision',
]
