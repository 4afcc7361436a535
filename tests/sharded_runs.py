"""Trainings of which each process holds a share, and the same without shares."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from mmengine.dist import all_reduce
from mmengine.evaluator import BaseMetric
from mmengine.hooks import Hook
from mmengine.optim import OptimWrapper
from mmengine.runner import Runner
from torch import Tensor, distributed

from famevil_plugin.engine import (
    FiniteGradientsHook,
    IdleGradientsHook,
    QuietRunner,
    ResumedTrainingHook,
    TaskDistributedDataParallel,
    TaskFullyShardedDataParallel,
    WholeCheckpointHook,
)
from famevil_plugin.engine.runner_state import makes_step
from famevil_plugin.engine.sharded_model import CAN_SHARD
from famevil_plugin.models import TaskDataPreprocessor
from tests.tiny_run import RandomProducts, run_config
from tests.warm import spawn

#: Of all processes together; 1, 2 and 3 divide it.
BATCH = 6
STEPS = 20
NEEDS_FSDP2 = pytest.mark.skipif(not CAN_SHARD, reason='needs torch>=2.7')
DDP, FSDP = TaskDistributedDataParallel, TaskFullyShardedDataParallel


class StepRecorder(Hook):
    """Keeps the loss of every global batch, and the gradient's norm."""

    def __init__(self) -> None:
        self.losses: list[float] = []
        self.norms: list[float] = []

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: Any = None,
        outputs: dict[str, Tensor] | None = None,
    ) -> None:
        """Average over the processes."""
        loss = (outputs or {})['loss'].detach().clone()
        all_reduce(loss, op='mean')
        self.losses.append(loss.item())
        if runner.optim_wrapper.clip_grad_kwargs and makes_step(runner):
            norm = runner.message_hub.get_scalar('train/grad_norm').current()
            self.norms.append(float(norm))


class DoublePreprocessor(TaskDataPreprocessor):
    """Photos in double precision, in which sums in another order are equal."""

    def forward(self, data: Any, training: bool = False) -> Any:
        """Normalised as ever, then converted."""
        data = super().forward(data, training)
        for name, value in data['inputs'].items():
            if value.is_floating_point():
                data['inputs'][name] = value.double()
        return data


class FixedProducts(RandomProducts):
    """The same product at an index, whoever asks."""

    def __getitem__(self, index: int) -> dict[str, Any]:
        with torch.random.fork_rng():
            torch.manual_seed(index)
            return super().__getitem__(index)


class AnswerKeeper(BaseMetric):
    """Scores a task by what the model answers: a sum of all numbers."""

    def process(self, data_batch: Any, data_samples: Any) -> None:
        """Keep what is said of each item."""
        for sample in data_samples:
            # a sample's fields have no order
            said = sample.get('pred_caption') or sorted(
                float(value.double().abs().sum())
                for name, value in sample.items()
                if isinstance(value, Tensor) and name != 'gt_label'
            )
            self.results.append((sample['sample_idx'], said))

    def compute_metrics(self, results: list[Any]) -> dict[str, float]:
        """All answers, in the order of the items."""
        self.answers = sorted(results)
        return dict(mean=0.0)


def sharded_config(folder: Path, wrapper: type | None, **changes: Any) -> Any:
    """A training of all four tasks in turn, by the global batch."""
    world_size = 1 if wrapper is None else distributed.get_world_size()
    share = BATCH // world_size
    settings: dict[str, Any] = {
        'launcher': 'none' if wrapper is None else 'pytorch',
        'cfg.model_wrapper_cfg': dict(type=wrapper or DDP),
        'train_cfg.max_iters': STEPS,
        'train_dataloader.batch_size': share,
        'train_dataloader.sampler.batch_size': share,
        'optim_wrapper.type': OptimWrapper,
        'optim_wrapper.clip_grad': dict(max_norm=0.5),
        'val_cfg': None,
        'val_dataloader': None,
        'val_evaluator': None,
        'default_hooks.checkpoint': dict(
            _delete_=True, type=WholeCheckpointHook, by_epoch=False, interval=STEPS // 2
        ),
        'default_hooks.resumed_training': dict(type=ResumedTrainingHook),
        'custom_hooks': [dict(type=IdleGradientsHook), dict(type=FiniteGradientsHook)],
    }
    return run_config(folder, **(settings | changes))


def train_recorded(
    config: Any, *hooks: Hook, double: bool = True
) -> tuple[QuietRunner, StepRecorder]:
    """Run a training to its end, by default in double precision."""
    if double:
        config.model.data_preprocessor = dict(type=DoublePreprocessor)
        torch.set_default_dtype(torch.float64)
    try:
        runner = QuietRunner(**config)
    finally:
        torch.set_default_dtype(torch.float32)
    recorder = StepRecorder()
    for hook in (recorder, *hooks):
        runner.register_hook(hook)
    runner.train()
    return runner, recorder


def in_processes(run: Callable[..., None], folder: Path, world_size: int) -> None:
    """Call ``run(rank, folder)`` in so many processes that know each other."""
    (folder / 'meeting').unlink(missing_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv('CUDA_VISIBLE_DEVICES', '')
        spawn(_join, (world_size, run, folder), nprocs=world_size)


def _join(rank: int, world_size: int, run: Callable[..., None], folder: Path) -> None:
    os.environ['LOCAL_RANK'] = str(rank)
    distributed.init_process_group(
        'gloo', f'file://{folder}/meeting', rank=rank, world_size=world_size
    )
    run(rank, folder)
    distributed.destroy_process_group()
