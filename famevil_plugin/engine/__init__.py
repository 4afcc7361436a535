"""Loops, hooks and optimisation."""

from .adaptive_scheduling_hook import AdaptiveSchedulingHook
from .autocast_optim_wrapper import AutocastOptimWrapper
from .checkpoint_hooks import AtomicBackend, CheckpointGuardHook
from .distributed import TaskDistributedDataParallel, join_processes
from .finite_gradients_hook import FiniteGradientsHook
from .gradient_strategies import adaptive_scales, combine_impartially
from .grouped_optim_constructor import GroupedOptimWrapperConstructor
from .idle_gradients_hook import IdleGradientsHook
from .learning_rates_hook import LearningRatesHook
from .missed_validation_hook import MissedValidationHook
from .mixed_precision import (
    AmpAdaptiveOptimWrapper,
    AmpIMTLGOptimWrapper,
    AutocastAdaptiveOptimWrapper,
    AutocastIMTLGOptimWrapper,
    use_mixed_precision,
)
from .multi_task_loops import MultiTaskTestLoop, MultiTaskValLoop
from .multi_task_optim_wrapper import AdaptiveOptimWrapper, IMTLGOptimWrapper
from .multi_task_train_loop import MultiTaskTrainLoop
from .overview_hook import OverviewHook
from .phase_timer_hook import PhaseTimerHook
from .pictures_hook import PicturesHook
from .quiet_runner import QuietRunner
from .resumption import find_newest_whole
from .summary_hook import SummaryHook
from .task_log_processor import TaskLogProcessor
from .whole_checkpoint_hook import WholeCheckpointHook
from .work_dir_lock_hook import WorkDirLockHook

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
    'FiniteGradientsHook',
    'GroupedOptimWrapperConstructor',
    'IMTLGOptimWrapper',
    'IdleGradientsHook',
    'LearningRatesHook',
    'MissedValidationHook',
    'MultiTaskTestLoop',
    'MultiTaskTrainLoop',
    'MultiTaskValLoop',
    'OverviewHook',
    'PhaseTimerHook',
    'PicturesHook',
    'QuietRunner',
    'SummaryHook',
    'TaskDistributedDataParallel',
    'TaskLogProcessor',
    'WholeCheckpointHook',
    'adaptive_scales',
    'WorkDirLockHook',
    'combine_impartially',
    'find_newest_whole',
    'join_processes',
    'use_mixed_precision',
]
