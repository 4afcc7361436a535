"""Results of a run: summary.json, a table and pictures."""

import json
import time
from importlib.metadata import version
from pathlib import Path

from mmengine.dist import is_main_process
from mmengine.evaluator import Evaluator
from mmengine.hooks import Hook
from mmengine.runner import Runner

from famevil_plugin import __version__
from famevil_plugin.registry import HOOKS
from famevil_plugin.reporting import score_table, summarise
from famevil_plugin.reporting.summary import row_metrics
from famevil_plugin.visualization import FashionVisualizer

from .checkpoint_hooks import AtomicBackend

_PACKAGES = (
    'torch',
    'torchvision',
    'open_clip_torch',
    'onedl-mmengine',
    'pycocoevalcap',
)


@HOOKS.register_module()
class SummaryHook(Hook):
    """Writes each evaluation down: scores beside chance, and pictures.

    The summary is ``{task: {metric: percent, ..., protocol, gallery, chance,
    ...}, mean, seed, versions, ...}``; ``mean`` is the mean of the tasks'
    means.

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
        self.validated_at = -1

    def before_run(self, runner: Runner) -> None:
        """Start the clock."""
        self.begun = time.time()

    def after_val_epoch(
        self, runner: Runner, metrics: dict[str, float] | None = None
    ) -> None:
        """Write the validation down."""
        self.validated_at = runner.iter
        self._write(runner, runner.val_loop.evaluator, metrics or {}, self.out_file)

    def after_train(self, runner: Runner) -> None:
        """Make up for the last validation if the run was stopped in it and
        went on from its last checkpoint."""
        if runner.val_loop is not None and self.validated_at != runner.iter:
            runner.val_loop.run()

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
        summary = summarise(evaluators, scores) | dict(
            iterations=runner.iter if runner._train_loop is not None else 0,
            seed=runner.seed,
            processes=runner.world_size,
            duration_s=round(time.time() - self.begun, 1),
            versions=dict(famevil_plugin=__version__)
            | {package: version(package) for package in _PACKAGES},
        )
        target = Path(runner.work_dir) / name
        AtomicBackend().put(f'{json.dumps(summary, indent=2)}\n'.encode(), target)
        self._draw(runner, evaluators, summary['iterations'])
        runner.logger.info(f'\n{score_table(summary)}\nWritten to {target}')

    @staticmethod
    def _draw(runner: Runner, evaluators: dict[str, Evaluator], step: int) -> None:
        if not isinstance(runner.visualizer, FashionVisualizer):
            return
        for task, metric in row_metrics(evaluators):
            for name, examples in metric.examples.items():
                runner.visualizer.add_examples(task, name, examples, step)
