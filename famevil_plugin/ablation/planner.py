"""Trainings that a table needs, in order.

Rows share models: single-task models that do not differ, the teachers of all
distilled rows, and the first weights.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from mmengine.config import Config

from famevil_plugin.command_line import keep_tasks
from famevil_plugin.datasets.mini_fashion.kinds import SUBCATEGORIES

from .rows import PAPER_TASKS, ROWS, XMR_MODEL_OF
from .run import Run
from .scores import BASE_ROWS

SCALES = ('mini', 'paper')
#: The row of the teachers, and of what IAS goes by.
SINGLE_TASK = 4


class Planner:
    """Makes a scale's runs.

    Args:
        configs (Path): The folder of the configs.
        scale (str): ``mini`` or ``paper``.
        options (Mapping[str, Any], optional): Settings to change in all runs.
        smoke (Smoke, optional): Makes them tiny.

    Raises:
        ValueError: If the scale is unknown.
    """

    def __init__(
        self,
        configs: Path,
        scale: str,
        options: Mapping[str, Any] | None = None,
        smoke: 'Smoke | None' = None,
    ) -> None:
        if scale not in SCALES:
            raise ValueError(
                f'unknown scale {scale!r}: expected one of {", ".join(SCALES)}'
            )
        self.folder = configs / 'ablation' / scale
        self.options = options or {}
        self.smoke = smoke
        # one object a run, however it is asked for
        self._run_once = cache(self._run)

    def plan(self, rows: Iterable[int], seeds: Sequence[int]) -> list[Run]:
        """All runs of some rows, each behind those that it needs.

        The rows that Delta is relative to are among them.
        """
        planned: dict[str, Run] = {}

        def add(run: Run) -> None:
            for needed in run.needs:
                add(needed)
            planned.setdefault(run.name, run)

        for seed in seeds:
            for row in sorted(rows):
                for task in ROWS[row].tasks:
                    add(self.run(BASE_ROWS[task], task, seed))
                    add(self.run(row, task, seed))
        return list(planned.values())

    def run(self, row: int, task: str, seed: int) -> Run:
        """The run that gives a row's score of a task."""
        if task == 'xmr':
            row = XMR_MODEL_OF.get(row, row)
        return self._run_once(row, () if ROWS[row].multi_task else (task,), seed)

    def _run(self, row: int, tasks: tuple[str, ...], seed: int) -> Run:
        name = ROWS[row].config
        path = self.folder / f'{name}.py'
        config = read_config(path, tasks)
        checkpoints = {
            f'model.teachers.{taught}.checkpoint': self.run(SINGLE_TASK, taught, seed)
            for taught in config.model.get('teachers', {})
        }
        summaries = {
            f'custom_hooks.{place}.references.{task}.1': self.run(
                SINGLE_TASK, task, seed
            )
            for place, hook in enumerate(config.custom_hooks)
            for task, (_, reference) in hook.get('references', {}).items()
            if isinstance(reference, str)
        }
        run = Run(
            '_'.join((name, *tasks, f'seed{seed}')),
            path,
            tasks,
            config.train_cfg.max_iters,
            seed,
            checkpoints,
            self.options,
            summaries,
        )
        return self.smoke.shrink(run) if self.smoke else run


@cache
def read_config(path: Path, tasks: tuple[str, ...]) -> Config:
    """A config for some of its tasks, or its own."""
    config = Config.fromfile(path)
    keep_tasks(config, tasks)
    return config


@dataclass(frozen=True)
class Smoke:
    """Shrinks runs until a table takes minutes.

    Attributes:
        products (Path): A few products.
        iterations (int): Of each run; whole rounds of the tasks, and enough
            for captions with words in them.
        batch_size (int): Items of a batch.
        classes (int): Sub-categories of the products: a head that knows no
            others scores more than nothing, which Delta asks for.
    """

    products: Path
    iterations: int = 25 * len(PAPER_TASKS)
    batch_size: int = 4
    classes: int = len(SUBCATEGORIES)

    def shrink(self, run: Run) -> Run:
        """The run on a few items; its own options count all the same."""
        config = read_config(run.config, run.tasks)
        options = {
            'data_root': self.products,
            'train_cfg.max_iters': self.iterations,
            'train_cfg.val_interval': self.iterations,
            'train_dataloader.batch_size': self.batch_size,
            'train_dataloader.num_workers': 0,
        } | {f'val_dataloader.{task}.num_workers': 0 for task in config.val_dataloader}
        if 'pretrained' in config:
            options['pretrained'] = None
        if 'fic' in config.model.heads:
            options['model.heads.fic.max_length'] = 12
        if 'scr' in config.model.heads:
            options['model.heads.scr.num_classes'] = self.classes
        if 'scr' in config.model.get('teachers', {}):
            options['model.teachers.scr.model.heads.scr.num_classes'] = self.classes
        return replace(
            run, iterations=self.iterations, options=options | dict(run.options)
        )
