"""A config cut to what lies under its data root.

Which tasks the data serve, how long a training of them is and how many
classes they have is known at the start alone. The data sets' classes tell it
(:func:`~famevil_plugin.datasets.survey.survey`); no task is named here.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from mmengine.config import Config

from famevil_plugin.datasets.data_root import LAYOUT
from famevil_plugin.datasets.survey import Survey, survey

from .config_options import apply_options
from .task_selection import keep_tasks


class DataFit(NamedTuple):
    """What the data of a config are good for.

    Attributes:
        items (dict[str, int | None]): By served task the number of its
            items in the first of the splits; None where its data set does
            not say.
        left_out (dict[str, str]): By other task why the data do not serve it.
        options (dict[str, Any]): Settings that follow from the data.
    """

    items: dict[str, int | None]
    left_out: dict[str, str]
    options: dict[str, Any]

    @property
    def line(self) -> str:
        """All of it in one line."""
        served = ', '.join(
            task if count is None else f'{task} ({count:,})'
            for task, count in self.items.items()
        )
        parts = [f'tasks that the data serve: {served}']
        if self.left_out:
            reasons = [f'{task}: {lack}' for task, lack in self.left_out.items()]
            parts.append(f'left out: {"; ".join(reasons)}')
        if self.options:
            settings = [f'{key}={value}' for key, value in self.options.items()]
            parts.append(f'by the data: {", ".join(settings)}')
        return '. '.join(parts)


def fit_to_data(
    config: Config,
    splits: Sequence[str],
    tasks: Sequence[str] | None = None,
    given: Collection[str] = (),
    processes: int = 1,
) -> DataFit:
    """Look at the data of a config.

    Its ``by_data``, if it has that key, says what else follows from them:
    ``passes``, the length of a training in passes over all tasks' items,
    within ``at_least`` and ``at_most`` iterations, with so many
    ``validations``; and ``labels``, by task the setting that is the number
    of its classes.

    Args:
        config (Config): Stays as it is.
        splits (Sequence[str]): Of ``train``, ``val`` and ``test`` those that
            the run reads.
        tasks (Sequence[str], optional): Tasks that were asked for by name.
        given (Collection[str]): Settings that were, and stay. Defaults to
            none.
        processes (int): How many train. Defaults to 1.

    Raises:
        FileNotFoundError: If the data root is missing.
        ValueError: If no task is served, or one that was asked for is not.
    """
    found = {task: _survey_splits(config, splits, task) for task in config.model.heads}
    left_out = {
        task: lack
        for task, surveys in found.items()
        if (lack := next((s.lack for s in surveys.values() if s.lack), ''))
    }
    items = {
        task: next((s.items for s in surveys.values()), None)
        for task, surveys in found.items()
        if task not in left_out
    }
    asked = [task for task in tasks or () if task in left_out]
    if asked or not items:
        reasons = '; '.join(f'{t}: {left_out[t]}' for t in asked or left_out)
        what = f'do not serve {", ".join(asked)}' if asked else 'serve no task'
        remedy = (
            f'Leave {", ".join(asked)} out of --tasks, or bring what is missing'
            if asked
            else f'Expected under data_root some of\n{LAYOUT}\nas tools/'
            'dataset_converters/catalogue.py writes it'
        )
        raise ValueError(f'the data {what} ({reasons}). {remedy}')
    rules = config.get('by_data') or {}
    options = _labels(config, rules, list(items))
    if 'train' in splits and 'passes' in rules:
        steps = None if 'max_iters' not in given else config.max_iters
        options |= _length(config, rules, items, steps, processes)
    options = {key: value for key, value in options.items() if key not in given}
    return DataFit(items, left_out, options)


def keep_served(
    config: Config, splits: Sequence[str] = ('train', 'val'), fit: DataFit | None = None
) -> str:
    """Leave in a config what its data serve, and set what follows from them.

    A runner that is built from a config does what the config says, and a
    data set without an item is an error there: who builds one in Python calls
    this before.

    Args:
        config (Config): Changed in place. Its ``left_out``, which the
            summary reports, names the tasks that it has lost.
        splits (Sequence[str]): See :func:`fit_to_data`.
        fit (DataFit, optional): What was found before. Defaults to a look at
            the config's data.

    Returns:
        str: What was found, in a line.
    """
    fit = fit or fit_to_data(config, splits)
    keep_tasks(config, list(fit.items))
    apply_options(config, fit.options)
    config.left_out = dict(fit.left_out)
    return fit.line


def _survey_splits(
    config: Config, splits: Sequence[str], task: str
) -> dict[str, Survey]:
    surveys = {}
    for split in splits:
        dataset = _dataset(config, split, task)
        found = None if dataset is None else survey(dataset)
        if found is not None:
            surveys[split] = found
    return surveys


def _dataset(config: Config, split: str, task: str) -> Mapping[str, Any] | None:
    loader = config.get(f'{split}_dataloader') or {}
    if split != 'train':
        return loader.get(task, {}).get('dataset')
    return loader.get('dataset', {}).get('datasets', {}).get(task)


def _length(
    config: Config,
    rules: Mapping[str, Any],
    items: Mapping[str, int | None],
    steps: int | None,
    processes: int,
) -> dict[str, Any]:
    """The length of a training by the number of its items, or one that was
    given, cut by validations."""
    if steps is None:
        batch = config.train_dataloader.batch_size * processes
        steps = round(rules['passes'] * sum(n or 0 for n in items.values()) / batch)
        steps = min(max(steps, rules['at_least']), rules['at_most'])
    interval = -(-steps // rules['validations'])
    return {
        'max_iters': interval * rules['validations'],
        'train_cfg.val_interval': interval,
        'default_hooks.checkpoint.interval': interval,
    }


def _labels(
    config: Config, rules: Mapping[str, Any], tasks: Sequence[str]
) -> dict[str, Any]:
    """The numbers of classes, over all of the data."""
    counts = {}
    for task, key in rules.get('labels', {}).items():
        if task in tasks:
            surveys = _survey_splits(config, ('train', 'val', 'test'), task)
            counts[key] = max((s.labels for s in surveys.values()), default=0)
    return {key: count for key, count in counts.items() if count}
