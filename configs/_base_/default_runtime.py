"""Runtime of every run: hooks, logs, checkpoints, pictures."""

from mmengine.hooks import LoggerHook
from mmengine.visualization import LocalVisBackend, TensorboardVisBackend

from famevil_plugin.engine import (
    CheckpointGuardHook,
    EqualProcessesHook,
    FiniteGradientsHook,
    LearningRatesHook,
    MissedValidationHook,
    OverviewHook,
    PhaseTimerHook,
    PicturesHook,
    ResumedTrainingHook,
    StopSignalHook,
    StartChecksHook,
    SummaryHook,
    TaskDistributedDataParallel,
    UnreadablePhotosHook,
    TaskLogProcessor,
    WholeCheckpointHook,
    WorkDirLockHook,
)
from famevil_plugin.visualization import FashionVisualizer

default_scope = 'famevil_plugin'

default_hooks = dict(
    timer=dict(type=PhaseTimerHook),
    logger=dict(type=LoggerHook, interval=50, log_metric_by_epoch=False),
    checkpoint=dict(
        type=WholeCheckpointHook, by_epoch=False, interval=1000, max_keep_ckpts=2
    ),
    resumed_training=dict(type=ResumedTrainingHook),
    equal_processes=dict(type=EqualProcessesHook),
    start_checks=dict(type=StartChecksHook),
    checkpoint_guard=dict(type=CheckpointGuardHook),
    finite_gradients=dict(type=FiniteGradientsHook),
    unreadable_photos=dict(type=UnreadablePhotosHook),
    work_dir_lock=dict(type=WorkDirLockHook),
    overview=dict(type=OverviewHook),
    learning_rates=dict(type=LearningRatesHook),
    summary=dict(type=SummaryHook),
    pictures=dict(type=PicturesHook),
    missed_validation=dict(type=MissedValidationHook),
    stop_signals=dict(type=StopSignalHook),
)
custom_hooks = []
log_processor = dict(type=TaskLogProcessor, by_epoch=False, window_size=50)
visualizer = dict(
    type=FashionVisualizer,
    vis_backends=[dict(type=LocalVisBackend), dict(type=TensorboardVisBackend)],
)

env_cfg = dict(
    cudnn_benchmark=True,
    mp_cfg=dict(mp_start_method='fork', opencv_num_threads=0),
    # seconds that a process waits for another, which may be scoring captions
    dist_cfg=dict(backend='nccl', timeout=1800),
)
model_wrapper_cfg = dict(type=TaskDistributedDataParallel)
randomness = dict(seed=0)

log_level = 'INFO'
load_from = None
resume = False
