"""A multi-task config for some of its tasks alone."""

from collections.abc import Iterable, Sequence
from typing import Any

from mmengine.config import Config


def keep_tasks(config: Config, tasks: Sequence[str] | None = None) -> None:
    """Leave nothing in a config that belongs to other tasks.

    A config may say two things about its own selection: ``tasks``, those it
    is for unless others are given, and ``single_task``, by task the settings
    that differ where that task is trained alone, as a teacher's length and
    learning rates. Both are gone from the config afterwards.

    Args:
        config (Config): Changed in place.
        tasks (Sequence[str], optional): Defaults to the config's ``tasks``,
            and where there are none to all.

    Raises:
        ValueError: If a task is unknown or not in the config.
    """
    recipes = config.pop('single_task', {})
    own = config.pop('tasks', None) or list(config.model.heads)
    kept = list(dict.fromkeys(tasks or own))
    absent = [task for task in kept if task not in own]
    if absent:
        raise ValueError(
            f'the config is for the tasks {", ".join(own)}, got '
            f'{", ".join(absent)}: name some of these'
        )
    dropped = set(config.model.heads) - set(kept)
    for by_task in _told_by_task(config):
        for task in dropped & set(by_task):
            del by_task[task]
    rates = (config.optim_wrapper or {}).get('paramwise_cfg', {}).get('custom_keys', {})
    for task in dropped:
        rates.pop(f'heads.{task}', None)
    if len(kept) == 1:
        config.merge_from_dict(recipes.get(kept[0], {}))


def _told_by_task(config: Config) -> Iterable[dict[str, Any]]:
    """The parts of a config that are dicts by task."""
    yield config.model.heads
    yield config.model.get('teachers') or {}
    if config.train_dataloader:
        yield config.train_dataloader.dataset.datasets
    for mode in ('val', 'test'):
        yield config.get(f'{mode}_dataloader') or {}
        yield config.get(f'{mode}_evaluator') or {}
    for hook in config.get('custom_hooks', ()):
        yield hook.get('references', {})
