"""Early stopping that a resumed run goes on with, and that tests ignore."""

from math import inf
from typing import Any

from mmengine.hooks import EarlyStoppingHook
from mmengine.runner import Runner

from famevil_plugin.registry import HOOKS

from .runner_state import trains

_STATE = 'early_stopping'


@HOOKS.register_module()
class ResumableEarlyStoppingHook(EarlyStoppingHook):
    """Ends a training whose validation score has ceased to rise.

    MMEngine's hook counts anew in a resumed run, and builds the training
    loop, with the training data, for a test. This one keeps what it counts
    in the message hub, and so in checkpoints, stands still outside of a
    training, and says after each validation how things stand.

    Args:
        monitor (str): The score. Defaults to ``mean``, over the tasks.
        rule (str): ``greater`` or ``less``. Defaults to ``greater``.
        patience (int): Validations without a rise until the end. Defaults
            to 3.
        **kwargs: Other arguments of MMEngine's hook.
    """

    # before CheckpointHook, which may save again after a validation
    priority = 'LOW'

    def __init__(
        self,
        monitor: str = 'mean',
        rule: str = 'greater',
        patience: int = 3,
        **kwargs: Any,
    ) -> None:
        super().__init__(monitor=monitor, rule=rule, patience=patience, **kwargs)
        self.best_at = 0

    def before_run(self, runner: Runner) -> None:
        """MMEngine asks for a training loop here; a test has none."""

    def before_train(self, runner: Runner) -> None:
        """Go on counting where a run stopped."""
        state = runner.message_hub.get_info(_STATE, {})
        self.wait_count = state.get('wait_count', 0)
        start = -inf if self.rule == 'greater' else inf
        self.best_score = state.get('best_score', start)
        self.best_at = state.get('best_at', 0)
        if self.wait_count >= self.patience:
            runner.train_loop.stop_training = True

    def after_val_epoch(
        self, runner: Runner, metrics: dict[str, float] | None = None
    ) -> None:
        """Count, say what was counted, and end the training if it is time."""
        if not trains(runner):
            return
        metrics = metrics or {}
        super().after_val_epoch(runner, metrics)
        if self.monitor not in metrics:  # as MMEngine has said
            return
        if self.wait_count == 0:
            self.best_at = runner.iter
        runner.message_hub.update_info(
            _STATE,
            dict(
                wait_count=self.wait_count,
                best_score=float(self.best_score),
                best_at=self.best_at,
            ),
        )
        left = self.patience - self.wait_count
        runner.logger.info(
            f'{self.monitor} {metrics[self.monitor]:.2f}, best '
            f'{self.best_score:.2f} at iteration {self.best_at}: '
            + (
                f'stops after {left} more validations without a rise'
                if left > 0
                else f'stops, after {self.wait_count} validations without a rise'
            )
        )
