"""Facts of a training by which a stopped one and one that goes on are compared."""

from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

from mmengine.runner import Runner

from famevil_plugin.datasets import TaskSampler

from .mixed_precision import plain_wrapper
from .runner_state import accumulative_counts, bare_model, optimizer_of


class Comparison(NamedTuple):
    """What differs between two trainings.

    Attributes:
        refused (list[str]): With what a training cannot go on.
        told (list[str]): What takes effect from here on.
    """

    refused: list[str]
    told: list[str]


# facts with which a training would be neither the one nor the other
_REFUSED = dict(
    tasks="the model's tasks",
    global_batch='the global batch, train_dataloader.batch_size times the processes',
    optim_wrapper='optim_wrapper.type',
    accumulative_counts='optim_wrapper.accumulative_counts',
    optimizer='optim_wrapper.optimizer.type',
    seed='randomness.seed',
)
# facts that may be others from some step on
_TOLD = dict(
    processes='the number of processes',
    mixed_precision='mixed precision',
    max_iters='train_cfg.max_iters',
    schedule='train_dataloader.sampler.schedule',
    teachers='model.teachers',
    data_root='the data root',
    items='the number of training items',
)


def describe_training(runner: Runner) -> dict[str, Any]:
    """The facts of a training that is about to begin, as plain data."""
    model = bare_model(runner)
    loader = runner.train_dataloader
    sampler = loader.sampler
    wrapper = type(runner.optim_wrapper)
    facts: dict[str, Any] = dict(
        tasks=list(getattr(model, 'heads', {})),
        optim_wrapper=plain_wrapper(wrapper).__name__,
        mixed_precision=wrapper is not plain_wrapper(wrapper),
        accumulative_counts=accumulative_counts(runner),
        optimizer=type(optimizer_of(runner)).__name__,
        processes=runner.world_size,
        seed=runner.seed,
        max_iters=runner.max_iters,
        teachers=_teachers(model),
        data_root=_data_roots(runner.cfg.get('train_dataloader')),
    )
    if loader.batch_size is not None:
        facts['global_batch'] = loader.batch_size * runner.world_size
    if isinstance(sampler, TaskSampler):
        facts |= dict(schedule=_name(sampler.schedule), items=dict(sampler.sizes))
    return facts


def compare_trainings(before: Mapping[str, Any], now: Mapping[str, Any]) -> Comparison:
    """Compare the facts that both have.

    Args:
        before (Mapping): Of the training that was stopped, from its
            checkpoint.
        now (Mapping): Of the training that shall go on.
    """

    def differences(names: Mapping[str, str]) -> list[str]:
        return [
            f'{setting} was {before[fact]}, is {now[fact]}'
            for fact, setting in names.items()
            if fact in before and fact in now and before[fact] != now[fact]
        ]

    return Comparison(differences(_REFUSED), differences(_TOLD))


def _teachers(model: Any) -> dict[str, dict[str, Any]]:
    """By task what a teacher does; its file may have been moved."""
    settings = getattr(getattr(model, 'teachers', None), 'settings', {})
    return {
        task: dict(
            weight=teacher.get('weight', 1.0),
            temperature=teacher.get('temperature', 1.0),
        )
        for task, teacher in settings.items()
    }


def _data_roots(loader: Any) -> list[str]:
    """Where the training's data are, as the config says it."""
    dataset = loader.get('dataset') if isinstance(loader, Mapping) else None
    parts = dataset.get('datasets') if isinstance(dataset, Mapping) else None
    parts = parts.values() if isinstance(parts, Mapping) else [dataset]
    roots = [part.get('data_root') for part in parts if isinstance(part, Mapping)]
    return sorted({str(root) for root in roots if root is not None})


def _name(schedule: Any) -> str:
    """A task schedule with its settings."""
    if not isinstance(schedule, partial):
        return str(schedule)
    settings = ', '.join(f'{key}={value}' for key, value in schedule.keywords.items())
    return f'{schedule.func.__name__}({settings})'
