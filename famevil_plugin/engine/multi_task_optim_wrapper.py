"""Optim wrappers that know whose gradient they handle.

A wrapper sees a loss alone; the model or a hook says
(:mod:`~famevil_plugin.current_task`) which task it is of. Both wrappers work
upon MMEngine's own, so that clipping, accumulation and mixed precision stay as
they are (:mod:`~famevil_plugin.engine.mixed_precision`).
"""

from typing import Any

from mmengine.optim import OptimWrapper
from torch import Tensor, nn

from famevil_plugin.current_task import take_task
from famevil_plugin.registry import OPTIM_WRAPPERS

from .gradient_strategies import combine_impartially
from .sharded_state import share_like, whole


@OPTIM_WRAPPERS.register_module()
class AdaptiveOptimWrapper(OptimWrapper):
    """IAS: scales the current task's gradient of the shared weights.

    The scales, 1 until there are some, are set by
    :class:`AdaptiveSchedulingHook`. What belongs to a task, or to the
    adapters between the towers (the authors scale CLIP alone), is marked in
    the parameter groups:
    ``paramwise_cfg=dict(custom_keys=dict(heads=dict(shared=False), ...))``.

    Args:
        accumulative_counts (int): Batches of a step, 1 as each has a scale
            of its own. Defaults to 1.
        **kwargs: MMEngine's other arguments of ``OptimWrapper``.

    Raises:
        ValueError: If no group is marked, or steps are to gather the
            gradients of several batches.
    """

    def __init__(self, accumulative_counts: int = 1, **kwargs: Any) -> None:
        super().__init__(accumulative_counts=accumulative_counts, **kwargs)
        groups = self.optimizer.param_groups
        shared = [group for group in groups if group.get('shared', True)]
        self.shared: list[nn.Parameter] = [
            parameter for group in shared for parameter in group['params']
        ]
        if len(shared) == len(groups):
            raise ValueError(
                'AdaptiveOptimWrapper scales shared weights alone, and all '
                "are: mark the tasks' own in optim_wrapper.paramwise_cfg."
                'custom_keys, as heads=dict(shared=False)'
            )
        if accumulative_counts != 1:
            raise ValueError(
                'AdaptiveOptimWrapper scales the gradient of one task, so '
                f'expected accumulative_counts=1, got {accumulative_counts}'
            )

    def step(self, **kwargs: Any) -> None:
        """MMEngine's step, from scaled gradients.

        Raises:
            ValueError: If nobody says the batch's task, or the others have
                scales and this task has none.
        """
        task = _take_task()
        scales = self.message_hub.get_info('gradient_scales', {})
        if scales and task not in scales:
            raise ValueError(
                f'AdaptiveOptimWrapper has no scale for the task {task!r}, only '
                f'for {", ".join(scales)}: name it in '
                "AdaptiveSchedulingHook's references, and validate it"
            )
        scale = scales.get(task, 1.0)
        for parameter in self.shared:
            if parameter.grad is not None:
                parameter.grad.mul_(scale)
        super().step(**kwargs)


@OPTIM_WRAPPERS.register_module()
class IMTLGOptimWrapper(OptimWrapper):
    """IMTL-G: one step from the combined gradients of several tasks.

    A window of ``accumulative_counts`` batches, each of another task, makes
    one step; draw it with the schedule ``round_robin``. Iterations count
    batches: there are as many fewer steps. As in the authors' code the losses
    are divided by the window's length, and the combination
    (:func:`combine_impartially`) is made for each parameter tensor that
    several tasks reach; what a single task reaches keeps its gradient. At the
    end of a training a window may be shorter.

    On several processes each task's gradient is averaged before, and made
    whole, one tensor after the other, where they hold shares.

    Args:
        accumulative_counts (int): Tasks in a window; must be given.
        **kwargs: MMEngine's other arguments of ``OptimWrapper``.

    Raises:
        ValueError: If the number of tasks is not given.
    """

    def __init__(self, accumulative_counts: int | None = None, **kwargs: Any) -> None:
        if accumulative_counts is None:
            raise ValueError(
                'IMTLGOptimWrapper combines the gradients of all tasks: set '
                'optim_wrapper.accumulative_counts to the number of tasks'
            )
        super().__init__(accumulative_counts=accumulative_counts, **kwargs)
        self.window = accumulative_counts
        self.parameters: list[nn.Parameter] = [
            parameter
            for group in self.optimizer.param_groups
            for parameter in group['params']
        ]
        # by task one a parameter, None where the task does not reach it
        self.gradients: dict[str, list[Tensor | None]] = {}

    def should_sync(self) -> bool:
        """Always: the tasks' gradients are averaged one by one."""
        return True

    def backward(self, loss: Tensor, **kwargs: Any) -> None:
        """Put a task's gradient aside.

        Raises:
            ValueError: If the window has had the task already, or nobody
                says the batch's task.
        """
        task = _take_task()
        if task in self.gradients:
            got = ', '.join([*self.gradients, task])
            raise ValueError(
                f'a window of {self.window} batches must hold '
                f'as many tasks, got {got}: '
                "set train_dataloader.sampler.schedule='round_robin' and "
                'optim_wrapper.accumulative_counts to the number of tasks'
            )
        super().backward(loss, **kwargs)
        # a copy, as DDP may lend its own buckets
        self.gradients[task] = [
            None if parameter.grad is None else parameter.grad.clone()
            for parameter in self.parameters
        ]
        self.zero_grad()

    def step(self, **kwargs: Any) -> None:
        """MMEngine's step, from the combination."""
        for parameter, *gradients in zip(self.parameters, *self.gradients.values()):
            combined = combine_impartially([whole(g) for g in gradients])
            parameter.grad = share_like(combined, parameter)
        self.gradients.clear()
        super().step(**kwargs)


def _take_task() -> str:
    """The batch's task, which must be said anew for each batch."""
    task = take_task()
    if task is None:
        raise ValueError(
            "nobody said the batch's task: add dict(type='famevil_plugin."
            "BatchTaskHook') to custom_hooks, or let the model's loss call "
            'famevil_plugin.current_task.say_task(task)'
        )
    return task
