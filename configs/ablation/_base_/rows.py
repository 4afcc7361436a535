"""The steps from one row of the paper's table 4 to another.

Each changes a config at any scale, given as ``globals()``.
"""

from copy import deepcopy

from mmengine.config import read_base

with read_base():
    from ..._base_.task_choice import keep_only

from famevil_plugin.engine import (
    AdaptiveOptimWrapper,
    AdaptiveSchedulingHook,
    IMTLGOptimWrapper,
)


def remove_task_adapters(config):
    """Leave out the task-specific adapters (TSA)."""
    config['model'].encoder.task_bottleneck = None


def remove_cross_adapters(config):
    """Leave out the cross-attention adapters (XAA), and captioning, which
    needs to look at the photo."""
    config['model'].encoder.cross_bottleneck = None
    keep_only(config, 'xmr', 'tgir', 'scr')


def distil(config):
    """Learn from row 4's models besides (MTD)."""
    teacher = deepcopy(config['model'])
    config['model'].teachers = {
        task: dict(
            model=dict(teacher, heads={task: head}),
            checkpoint=f'work_dirs/row04_st_{task}/'
            f'iter_{config["single_task"][task].train_cfg.max_iters}.pth',
        )
        for task, head in teacher.heads.items()
    }


def sample_tasks(config, schedule):
    """Choose each step's task by another schedule."""
    config['train_dataloader'].sampler.schedule = schedule


def scale_gradients(config):
    """Scale the shared weights' gradients by task, by the last validation
    (implicit adaptive scheduling, IAS)."""
    config['train_cfg'].val_interval = config['scheduling_interval']
    config['optim_wrapper'].type = AdaptiveOptimWrapper
    config['custom_hooks'].append(
        dict(type=AdaptiveSchedulingHook, references=config['references'])
    )


def combine_gradients(config):
    """Make one update of a batch of each task (IMTL-G)."""
    config['optim_wrapper'].update(
        type=IMTLGOptimWrapper, accumulative_counts=len(config['model'].heads)
    )
    sample_tasks(config, 'round_robin')


def widen_task_adapters(config, factor):
    """Multiply the inner width of the task-specific adapters."""
    config['model'].encoder.task_bottleneck *= factor
