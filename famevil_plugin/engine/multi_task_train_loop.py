"""Training in batches of one task each."""

from typing import Any

from mmengine.runner import IterBasedTrainLoop

from famevil_plugin.datasets import TaskSampler
from famevil_plugin.registry import LOOPS


@LOOPS.register_module()
class MultiTaskTrainLoop(IterBasedTrainLoop):
    """MMEngine's loop over iterations, whose sampler knows the batch size.

    MMEngine builds a dataloader's sampler without the batch size, which
    :class:`~famevil_plugin.datasets.TaskSampler` needs to give all items of
    a batch one task. Other samplers are left alone.

    Args:
        *args: As :class:`mmengine.runner.IterBasedTrainLoop`.
        **kwargs: As :class:`mmengine.runner.IterBasedTrainLoop`.

    Raises:
        ValueError: If the sampler was given another batch size.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sampler = self.dataloader.sampler
        if isinstance(sampler, TaskSampler):
            sampler.share_batch_size(self.dataloader.batch_size)
