"""A multi-task config for some of its tasks alone."""

import inspect
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from mmengine.config import Config

from famevil_plugin.engine import IMTLGOptimWrapper
from famevil_plugin.registry import OPTIM_WRAPPERS


def keep_tasks(config: Config, tasks: Sequence[str] | None = None) -> None:
    """Leave nothing in a config that belongs to other tasks.

    Where one task is left, it is trained by its recipe, if the config has
    one: ``single_task`` holds, by task, the settings that differ where that
    task is trained alone, such as a teacher's length and learning rates.
    That key is the tools' own; a runner that is built from a config without
    them does not know it. It is gone afterwards.

    Args:
        config (Config): Changed in place.
        tasks (Sequence[str], optional): Some of the config's tasks. Defaults
            to all.

    Raises:
        ValueError: If a task is not in the config, or if the config has the
            key ``tasks``.
    """
    if 'tasks' in config:
        raise ValueError(
            "the config has the key 'tasks', which selects nothing: leave only "
            'these tasks in model.heads, the dataloaders and the evaluators '
            '(keep_only in configs/_base_/task_choice.py does), or name them '
            'on the command line: --tasks '
            f'{" ".join(map(str, config["tasks"] or ()))}'
        )
    own = list(config.model.heads)
    kept = list(dict.fromkeys(tasks or own))
    absent = [task for task in kept if task not in own]
    if absent:
        raise ValueError(
            f'the config is for the tasks {", ".join(own)}, got '
            f'{", ".join(absent)}: name some of these'
        )
    drop_other_tasks(config, kept)
    recipes = config.pop('single_task', {})
    if len(kept) == 1:
        config.merge_from_dict(recipes.get(kept[0], {}))


def drop_other_tasks(config: Config | Mapping[str, Any], kept: Collection[str]) -> None:
    """Drop from a config's parts what belongs to other tasks.

    A hook that goes by a score of a dropped task (``save_best``,
    ``monitor``) goes by the mean over the tasks afterwards, and IMTL-G's
    window is of the tasks that stay.

    Args:
        config (Mapping): A config, or the variables of a config file.
            Changed in place.
        kept (Collection[str]): The tasks that stay.
    """
    before = len(config['model']['heads'])
    dropped = set(config['model']['heads']) - set(kept)
    for by_task in _parts_by_task(config):
        for task in dropped & set(by_task):
            del by_task[task]
    wrapper = config.get('optim_wrapper') or {}
    custom_keys = wrapper.get('paramwise_cfg', {}).get('custom_keys', {})
    for key in list(custom_keys):
        if dropped & set(key.split('.')):
            del custom_keys[key]
    if dropped and wrapper.get('accumulative_counts') == before:
        kind = wrapper.get('type')
        kind = OPTIM_WRAPPERS.get(kind) if isinstance(kind, str) else kind
        if inspect.isclass(kind) and issubclass(kind, IMTLGOptimWrapper):
            wrapper['accumulative_counts'] = before - len(dropped)
    for hook in _hooks(config):
        for key in ('save_best', 'monitor'):
            score = hook.get(key)
            if isinstance(score, str) and score.split('/')[0] in dropped:
                hook[key] = 'mean'


def _parts_by_task(config: Config | Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The parts of a config that are dicts by task."""
    yield config['model']['heads']
    yield config['model'].get('teachers') or {}
    yield config.get('single_task') or {}
    if config.get('train_dataloader'):
        yield config['train_dataloader']['dataset']['datasets']
    for mode in ('val', 'test'):
        yield config.get(f'{mode}_dataloader') or {}
        yield config.get(f'{mode}_evaluator') or {}
    for hook in _hooks(config):
        yield hook.get('references', {})


def _hooks(config: Config | Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The configs of a runner's hooks."""
    for hook in (
        *(config.get('default_hooks') or {}).values(),
        *(config.get('custom_hooks') or ()),
    ):
        if isinstance(hook, dict):
            yield hook
