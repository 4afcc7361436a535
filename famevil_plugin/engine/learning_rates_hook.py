"""Curves of the learning rates."""

from typing import Any

from mmengine.hooks import Hook, LoggerHook
from mmengine.runner import Runner

from famevil_plugin.registry import HOOKS

from .runner_state import optimizer_of, trains


@HOOKS.register_module()
class LearningRatesHook(Hook):
    """Records the learning rate of each named part as ``lr/<name>``.

    The names are those that
    :class:`~famevil_plugin.engine.GroupedOptimWrapperConstructor` gives the
    parameter groups: the custom keys, and ``rest``. A run with another
    constructor gets no such curves. Recorded wherever the run's
    ``LoggerHook`` records losses.
    """

    # before the schedules take their step
    priority = 'BELOW_NORMAL'

    def __init__(self) -> None:
        self.names: list[tuple[str, ...]] = []
        self.interval = 0

    def before_run(self, runner: Runner) -> None:
        """Read the names, which a resumed optimizer may lack."""
        if trains(runner):
            groups = optimizer_of(runner).param_groups
            self.names = [tuple(group.get('names', ())) for group in groups]
        loggers = [hook for hook in runner.hooks if isinstance(hook, LoggerHook)]
        self.interval = loggers[0].interval if loggers else 0

    def after_train_iter(
        self, runner: Runner, batch_idx: int, *_: Any, **__: Any
    ) -> None:
        """Record."""
        if not (any(self.names) and self.every_n_inner_iters(batch_idx, self.interval)):
            return
        rates = {
            f'lr/{name}': group['lr']
            for names, group in zip(self.names, optimizer_of(runner).param_groups)
            for name in names
        }
        runner.visualizer.add_scalars(rates, step=runner.iter + 1)
