"""Loops, hooks and optimisation."""

from .adaptive_scheduling_hook import AdaptiveSchedulingHook
from .autocast_optim_wrapper import AutocastOptimWrapper
from .checkpoint_hooks import AtomicBackend, CheckpointGuardHook
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
from .summary_hook import SummaryHook

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
    'combine_impartially',
    'join_processes',
    'use_mixed_precision',
]
