"""Loops, hooks and optimisation."""

from .adaptive_scheduling_hook import AdaptiveSchedulingHook
from .autocast_optim_wrapper import AutocastOptimWrapper
from .batch_task_hook import BatchTaskHook
from .checkpoint_hooks import AtomicBackend, CheckpointGuardHook
from .distributed import TaskDistributedDataParallel, join_processes, report_first_error
from .equal_processes_hook import EqualProcessesHook
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
from .resumable_early_stopping_hook import ResumableEarlyStoppingHook
from .resumed_training_hook import ResumedTrainingHook
from .resumption import find_newest_whole
from .sharded_model import TaskFullyShardedDataParallel
from .start_checks_hook import StartChecksHook
from .stop_signal_hook import StopSignalHook
from .summary_hook import SummaryHook
from .task_log_processor import TaskLogProcessor
from .unreadable_photos_hook import UnreadablePhotosHook
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
    'BatchTaskHook',
    'CheckpointGuardHook',
    'EqualProcessesHook',
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
    'ResumedTrainingHook',
    'StopSignalHook',
    'StartChecksHook',
    'ResumableEarlyStoppingHook',
    'SummaryHook',
    'TaskDistributedDataParallel',
    'UnreadablePhotosHook',
    'QuietRunner',
    'SummaryHook',
    'TaskDistributedDataParallel',
    'TaskFullyShardedDataParallel',
    'TaskLogProcessor',
    'WholeCheckpointHook',
    'adaptive_scales',
    'WorkDirLockHook',
    'combine_impartially',
    'find_newest_whole',
    'join_processes',
    'report_first_error',
    'use_mixed_precision',
]
