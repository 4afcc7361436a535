"""Whole runs of a tiny model on random photos, seconds each."""

from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from mmengine.dataset import DefaultSampler
from mmengine.evaluator import BaseMetric
from mmengine.hooks import CheckpointHook
from mmengine.runner import IterBasedTrainLoop, LogProcessor, Runner
from torch.utils.data import Dataset

from famevil_plugin.datasets import MultiTaskDataset, TaskSampler, collate_batch
from famevil_plugin.engine import (
    AdaptiveOptimWrapper,
    GroupedOptimWrapperConstructor,
    MultiTaskValLoop,
    TaskDistributedDataParallel,
)
from famevil_plugin.models import FAMEViL, FICHead, SCRHead, TGIRHead, XMRHead
from famevil_plugin.structures import FashionSample
from famevil_plugin.tokenizer import build_tokenizer
from tests.conftest import BACKBONE, TOKENIZER

HEADS: dict[str, dict[str, Any]] = dict(
    xmr=dict(type=XMRHead),
    tgir=dict(type=TGIRHead),
    scr=dict(type=SCRHead, num_classes=7),
    fic=dict(type=FICHead, tokenizer=TOKENIZER, max_length=3),
)
SIZES = dict(xmr=40, tgir=10, scr=40, fic=40)
# what the validation will say, beside what it is held against
SCORES = dict(xmr=71.4, tgir=58.8, scr=90.0, fic=40.0)
REFERENCES = dict(
    xmr=('xmr/mean', 70.0),
    tgir=('tgir/mean', 60.0),
    scr=('scr/mean', 90.0),
    fic=('fic/mean', 40.0),
)


def model_config(*tasks: str, **more: Any) -> dict[str, Any]:
    """A model of some tasks, by default of all."""
    return dict(
        type=FAMEViL,
        encoder=dict(backbone=BACKBONE, task_bottleneck=4, cross_bottleneck=4),
        heads={task: dict(HEADS[task]) for task in tasks or HEADS},
        **more,
    )


class RandomProducts(Dataset):
    """Photos, texts and labels drawn anew on each visit."""

    metainfo: dict[str, Any] = {}

    def __init__(self, task: str, size: int) -> None:
        self.task = task
        self.size = size
        self.tokenizer = build_tokenizer(**TOKENIZER)

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, index: int) -> dict[str, Any]:
        photos = torch.randint(255, (2, 3, 32, 32), dtype=torch.uint8)
        text = ' '.join('red blue dress boots'.split()[: 1 + index % 4])
        inputs = dict(
            image=photos[0], target_image=photos[1], tokens=self.tokenizer([text])[0]
        )
        sample = FashionSample(
            metainfo=dict(task=self.task, sample_idx=index, inputs=tuple(inputs)),
            gt_label=index % 7,
            text=text,
        )
        return dict(inputs=inputs, data_samples=sample)


class ScriptedMetric(BaseMetric):
    """Gives the score that it was told, a little more each time."""

    def __init__(self, score: float) -> None:
        super().__init__()
        self.score = score

    def process(self, data_batch: Any, data_samples: Any) -> None:
        self.results.append(0)

    def compute_metrics(self, results: list[int]) -> dict[str, float]:
        self.score += 0.25
        return dict(mean=self.score)


def run_config(work_dir: Path, **changes: Any) -> Config:
    """All four tasks; ``changes`` are merged by their dotted keys."""
    config = Config(
        dict(
            default_scope='famevil_plugin',
            model=model_config(),
            cfg=dict(model_wrapper_cfg=dict(type=TaskDistributedDataParallel)),
            work_dir=str(work_dir),
            experiment_name=f'{work_dir.parent.name}_{work_dir.name}',
            train_dataloader=dict(
                batch_size=4,
                num_workers=0,
                collate_fn=dict(type=collate_batch),
                sampler=dict(type=TaskSampler, batch_size=4, schedule='round_robin'),
                dataset=MultiTaskDataset(
                    {task: RandomProducts(task, size) for task, size in SIZES.items()}
                ),
            ),
            val_dataloader={
                task: dict(
                    batch_size=2,
                    num_workers=0,
                    collate_fn=dict(type=collate_batch),
                    sampler=dict(type=DefaultSampler, shuffle=False, round_up=False),
                    dataset=RandomProducts(task, 2),
                )
                for task in SIZES
            },
            val_evaluator={
                task: dict(type=ScriptedMetric, score=score)
                for task, score in SCORES.items()
            },
            train_cfg=dict(type=IterBasedTrainLoop, max_iters=12, val_interval=4),
            val_cfg=dict(type=MultiTaskValLoop),
            optim_wrapper=dict(
                type=AdaptiveOptimWrapper,
                constructor=GroupedOptimWrapperConstructor,
                optimizer=dict(type=torch.optim.AdamW, lr=1e-3),
                clip_grad=dict(max_norm=1.0),
                paramwise_cfg=dict(
                    custom_keys=dict(
                        adapters=dict(shared=False), heads=dict(shared=False)
                    )
                ),
            ),
            default_hooks=dict(
                logger=None,
                checkpoint=dict(type=CheckpointHook, by_epoch=False, interval=100),
            ),
            custom_hooks=[],
            log_processor=dict(type=LogProcessor, by_epoch=False),
            log_level='ERROR',
            randomness=dict(seed=0),
        )
    )
    config.merge_from_dict(changes)
    return config


def train(config: Config) -> Runner:
    """Run it to its end."""
    runner = Runner(**config)
    runner.train()
    return runner


def weights(runner: Runner) -> dict[str, torch.Tensor]:
    """All of a runner's model's, detached."""
    model = getattr(runner.model, 'module', runner.model)
    return {name: value.detach().clone() for name, value in model.state_dict().items()}
