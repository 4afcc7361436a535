"""Results of a run: summary.json and a table."""

import time
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from mmengine.dist import is_main_process
from mmengine.evaluator import Evaluator
from mmengine.hooks import Hook
from mmengine.runner import Runner

from famevil_plugin import __version__
from famevil_plugin.registry import HOOKS
from famevil_plugin.reporting import RunFacts, score_table, summarise

from .equal_processes import PACKAGES
from .phase_timer_hook import time_spent
from .runner_state import bare_model, iteration


@HOOKS.register_module()
class SummaryHook(Hook):
    """Writes each evaluation down: scores beside chance.

    :class:`~famevil_plugin.reporting.Summary` describes the file: ``{task:
    {metric: percent, ..., protocol, gallery, chance, ...}, mean, seed,
    versions, ...}``.

    Args:
        out_file (str): Where a validation writes it, in the work folder.
            Defaults to ``summary.json``.
        test_out_file (str): Where a test writes it, in the work folder or
            at an absolute path. Defaults to ``test_summary.json``.
    """

    priority = 'LOW'

    def __init__(
        self, out_file: str = 'summary.json', test_out_file: str = 'test_summary.json'
    ) -> None:
        self.out_file = out_file
        self.test_out_file = test_out_file
        self.begun = time.time()

    def before_run(self, runner: Runner) -> None:
        """Start the clock."""
        self.begun = time.time()

    def after_val_epoch(
        self, runner: Runner, metrics: dict[str, float] | None = None
    ) -> None:
        """Write the validation down."""
        self._write(runner, runner.val_loop.evaluator, metrics or {}, self.out_file)

    def after_test_epoch(
        self, runner: Runner, metrics: dict[str, float] | None = None
    ) -> None:
        """Write the test down."""
        self._write(
            runner, runner.test_loop.evaluator, metrics or {}, self.test_out_file
        )

    def _write(
        self,
        runner: Runner,
        evaluators: dict[str, Evaluator],
        scores: dict[str, float],
        name: str,
    ) -> None:
        if not is_main_process():
            return
        spent = time_spent(runner)
        run = RunFacts(
            iterations=iteration(runner),
            duration_s=round(time.time() - self.begun, 1),
            training_s=round(spent.training, 1),
            validation_s=round(spent.validation, 1),
            versions=dict(famevil_plugin=__version__)
            | {package: version(package) for package in PACKAGES},
            seed=runner.seed,
            processes=runner.world_size,
            left_out=dict(runner.cfg.get('left_out') or {}),
        )
        summary = replace(summarise(evaluators, scores, _titles(runner)), run=run)
        target = Path(runner.work_dir) / name
        summary.write(target)
        runner.logger.info(f'\n{score_table(summary)}\nWritten to {target}')


def _titles(runner: Runner) -> dict[str, str]:
    """By task its name in reports, as its head says it."""
    heads = getattr(bare_model(runner), 'heads', {})
    return {task: getattr(head, 'title', task) for task, head in heads.items()}
