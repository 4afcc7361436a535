"""Say the task of each batch, for models that do not say it."""

from collections.abc import Mapping
from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import Runner

from famevil_plugin.current_task import say_task, take_task
from famevil_plugin.registry import HOOKS


@HOOKS.register_module()
class BatchTaskHook(Hook):
    """Lets models of other projects have tasks.

    The task is the ``task`` of the batch's samples, which
    :class:`~famevil_plugin.datasets.MultiTaskDataset` gives them; in an
    evaluation by :class:`MultiTaskValLoop` or :class:`MultiTaskTestLoop` it is
    the loop's. It is said before a batch and withdrawn after it, so none is
    taken for another's. :class:`~famevil_plugin.models.FAMEViL` says its
    batches' tasks itself.
    """

    def _before_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, mode: str = ''
    ) -> None:
        """Say it.

        Raises:
            ValueError: If the batch is of several tasks.
        """
        take_task()
        tasks = _tasks_of(data_batch)
        if len(tasks) > 1:
            raise ValueError(
                f'a batch must hold one task, got {", ".join(sorted(tasks))}: draw '
                'batches with TaskSampler'
            )
        evaluated = runner.message_hub.get_info('evaluated_task', None)
        if not tasks and mode != 'train' and evaluated is not None:
            tasks = {evaluated}
        for task in tasks:
            say_task(task)

    def _after_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: Any = None,
        outputs: Any = None,
        mode: str = '',
    ) -> None:
        """Withdraw it."""
        take_task()


def _tasks_of(batch: Any) -> set[str]:
    samples = batch.get('data_samples') if isinstance(batch, Mapping) else None
    return {
        sample.get('task') for sample in samples or () if sample.get('task') is not None
    }
