"""Counts the photos that a training passes over."""

from typing import Any

from mmengine.dist import all_gather_object
from mmengine.hooks import Hook
from mmengine.runner import Runner

from famevil_plugin.registry import HOOKS

_COUNT = 'unreadable_photos'


@HOOKS.register_module()
class UnreadablePhotosHook(Hook):
    """Counts and names photos that ``missing='skip'`` passes over.

    :class:`~famevil_plugin.datasets.MultiTaskDataset` takes the next item and
    says so in the sample. The count over all processes, of which a photo that
    comes again counts again, is kept in checkpoints.

    Args:
        interval (int): Iterations between two looks. Defaults to 50.
    """

    def __init__(self, interval: int = 50) -> None:
        self.interval = interval
        self.fresh: list[str] = []

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: Any = None,
        outputs: dict[str, Any] | None = None,
    ) -> None:
        """Note the batch's; report now and then."""
        for sample in (data_batch or {}).get('data_samples', ()):
            self.fresh += sample.get('unreadable', [])
        if self.every_n_train_iters(runner, self.interval) or self.is_last_train_iter(
            runner
        ):
            self._report(runner)

    def _report(self, runner: Runner) -> None:
        fresh = [name for names in all_gather_object(self.fresh) for name in names]
        self.fresh = []
        if not fresh:
            return
        count = runner.message_hub.get_info(_COUNT, 0) + len(fresh)
        runner.message_hub.update_info(_COUNT, count)
        names = list(dict.fromkeys(fresh))
        more = f'; and {len(names) - 5} more' if len(names) > 5 else ''
        runner.logger.warning(
            f'photos were passed over {len(fresh)} times, {count} in all: '
            f'{"; ".join(names[:5])}{more}'
        )
