"""Lines of the log that name the task, and tell training from validation."""

from datetime import timedelta
from typing import Any

from mmengine.runner import LogProcessor, Runner

from famevil_plugin.registry import LOG_PROCESSORS

from .phase_timer_hook import validations_to_come


@LOG_PROCESSORS.register_module()
class TaskLogProcessor(LogProcessor):
    """MMEngine's lines, with two additions.

    A training's ``eta`` is followed by the validations still to come, and
    their duration by those before; an evaluation's line names its task.
    """

    def get_log_after_iter(
        self, runner: Runner, batch_idx: int, mode: str
    ) -> tuple[dict[str, Any], str]:
        """Scalars and line of an iteration."""
        scalars, line = super().get_log_after_iter(runner, batch_idx, mode)
        if mode == 'train':
            return scalars, line.replace('  time:', f'{_validations(runner)}  time:', 1)
        task = runner.message_hub.get_info('evaluated_task')
        return scalars, line.replace(']', f'] {task}', 1) if task else line


def _validations(runner: Runner) -> str:
    count, seconds = validations_to_come(runner)
    if not count:
        return ''
    name = 'validation' if count == 1 else f'{count} validations'
    return f' + {name}' + (
        '' if seconds is None else f' {timedelta(seconds=int(seconds))}'
    )
