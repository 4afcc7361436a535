"""Pictures of predictions, drawn at each evaluation."""

from mmengine.dist import master_only
from mmengine.evaluator import Evaluator
from mmengine.hooks import Hook
from mmengine.runner import Runner

from famevil_plugin.registry import HOOKS
from famevil_plugin.reporting import row_metrics
from famevil_plugin.visualization import FashionVisualizer

from .runner_state import iteration


@HOOKS.register_module()
class PicturesHook(Hook):
    """Hands the metrics' examples to :class:`FashionVisualizer`.

    A run with another visualizer gets no pictures.
    """

    priority = 'LOW'

    def after_val_epoch(
        self, runner: Runner, metrics: dict[str, float] | None = None
    ) -> None:
        """Draw the validation's examples."""
        self._draw(runner, runner.val_loop.evaluator)

    def after_test_epoch(
        self, runner: Runner, metrics: dict[str, float] | None = None
    ) -> None:
        """Draw the test's examples."""
        self._draw(runner, runner.test_loop.evaluator)

    @master_only
    def _draw(self, runner: Runner, evaluators: dict[str, Evaluator]) -> None:
        if not isinstance(runner.visualizer, FashionVisualizer):
            return
        step = iteration(runner)
        for task, evaluator in evaluators.items():
            for metric in row_metrics(evaluator):
                for name, examples in metric.examples.items():
                    runner.visualizer.add_examples(task, name, examples, step)
