"""Time of what surrounds a model: data, ranking, and the start of a run."""

import subprocess
import sys
from collections.abc import Sequence
from itertools import islice
from types import SimpleNamespace

import torch
import torch.nn.functional as F
from mmengine.config import Config

from famevil_plugin.datasets import TaskSampler
from famevil_plugin.datasets.task_sampler import TaskIndex
from famevil_plugin.evaluation.full_gallery import rank_gallery
from famevil_plugin.registry import DATASETS, MODELS

from .measuring import Result, Work, alternate

#: What a training imports.
_MODULES = ('models', 'datasets', 'engine', 'evaluation')
#: Items of a batch whose indices are drawn.
_BATCH = 64
#: Positives of a query.
_ITEMS_PER_PRODUCT = 4


def time_data(
    config: Config, tasks: Sequence[str], items: int, repeats: int
) -> list[Result]:
    """Photos a second through each task's training pipeline, in one process.

    Args:
        config (Config): Gives ``train_dataloader``, whose data must be there.
        tasks (Sequence[str]): The tasks.
        items (int): Items to prepare in a turn.
        repeats (int): Turns.
    """
    dataset = DATASETS.build(config.train_dataloader.dataset)

    def prepare(task: str) -> int:
        size = dataset.sizes[task]
        packed = (dataset[TaskIndex(task, i % size, i)] for i in range(items))
        return sum(
            value.ndim == 3 for item in packed for value in item['inputs'].values()
        )

    photos = {task: prepare(task) for task in tasks}
    works = {task: lambda task=task: prepare(task) for task in tasks}
    return [
        Result(f'{task} data', 'photos', photos[task], dict(ours=measured))
        for task, measured in alternate(works, repeats, warm_up=0).items()
    ]


def time_ranking(gallery: int, queries: int, width: int, repeats: int) -> list[Result]:
    """Pairs a second in ranking a whole gallery for each query.

    Args:
        gallery (int): Items, of random embeddings.
        queries (int): Queries.
        width (int): Width of an embedding.
        repeats (int): Turns.
    """
    products = max(gallery // _ITEMS_PER_PRODUCT, 1)
    items = F.normalize(torch.randn(gallery, width))
    asked = F.normalize(torch.randn(queries, width))
    item_ids = torch.arange(gallery) % products
    query_ids = torch.arange(queries) % products
    work = dict(ours=lambda: rank_gallery(asked, items, query_ids, item_ids))
    return [Result('ranking', 'pairs', gallery * queries, alternate(work, repeats))]


def time_start(config: Config, items: int, step: int, repeats: int) -> list[Result]:
    """Seconds of an import, of building the model, and of a resume.

    Args:
        config (Config): The model, built with random weights.
        items (int): Items a task of the data set that a run goes on with.
        step (int): The step that it goes on from.
        repeats (int): Turns.
    """
    modules = ', '.join(f'famevil_plugin.{module}' for module in _MODULES)
    sizes = dict.fromkeys(config.model.heads, items)
    sampler = TaskSampler(SimpleNamespace(sizes=sizes), batch_size=_BATCH, seed=0)

    def resume() -> None:
        sampler.skip(_BATCH * step)
        next(iter(sampler))

    batches = iter(sampler)
    works: dict[str, Work] = {
        'import': lambda: subprocess.run(
            [sys.executable, '-c', f'import {modules}'], check=True
        ),
        'build the model': lambda: MODELS.build(config.model),
        f'resume of the sampler at step {step:,}': resume,
        "a batch's indices": lambda: list(islice(batches, _BATCH)),
    }
    return [
        Result(what, 'times', 1, dict(ours=measured))
        for what, measured in alternate(works, repeats).items()
    ]
