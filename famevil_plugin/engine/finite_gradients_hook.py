"""A step that is not finite stops the run, before it reaches the weights."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import Runner
from torch import Tensor
from torch.nn.utils import get_total_norm
from torch.optim import Optimizer

from famevil_plugin.registry import HOOKS
from famevil_plugin.structures import FashionSample

from .resumption import POINTER, checkpoint_place, find_newest_whole
from .runner_state import optimizer_of

ACTIONS = ('stop', 'skip')
_SKIPPED = 'nonfinite_steps'


@HOOKS.register_module()
class FiniteGradientsHook(Hook):
    """Looks at the gradient before each step of the optimizer.

    One NaN or infinity in a loss makes the gradient so, the next step all
    weights, and the next checkpoint replaces a good one. Whatever combined,
    scaled or clipped the gradient has done so by then.

    Where a loss scaler (``--amp`` on an accelerator) finds infinities it
    skips the step itself and halves its scale, which is how it finds it. That
    is no fault, unless it goes on: a loss that is NaN never comes back.

    Args:
        on_nonfinite (str): ``stop`` raises; ``skip`` leaves such a step out,
            with a warning. Defaults to ``stop``.
        limit (int): Steps of a run that may be left out. Defaults to 10.
        scaler_limit (int): Steps that a loss scaler may skip one after the
            other. Defaults to 30, after which a scale that began at its
            65536 is below 0.0001.
    """

    # after hooks that fill gradients in, so that a skipped step stays skipped
    priority = 'VERY_LOW'

    def __init__(
        self, on_nonfinite: str = 'stop', limit: int = 10, scaler_limit: int = 30
    ) -> None:
        if on_nonfinite not in ACTIONS:
            raise ValueError(
                f'unknown on_nonfinite={on_nonfinite!r}: expected one of '
                f'{", ".join(ACTIONS)}'
            )
        self.on_nonfinite = on_nonfinite
        self.limit = limit
        self.scaler_limit = scaler_limit
        self.samples: Sequence[FashionSample] = ()
        # of a loss scaler: whether this iteration took a step, and how many
        # steps it has skipped since the last one
        self.stepped = False
        self.skipped_by_scaler = 0

    def before_train(self, runner: Runner) -> None:
        """Watch the optimizer."""

        def check(optimizer: Optimizer, *_: Any) -> None:
            # set by a loss scaler for optimizers that skip by themselves
            found = getattr(optimizer, 'found_inf', None)
            if found is None:
                self._check(runner, optimizer)
            self.stepped = not found

        optimizer_of(runner).register_step_pre_hook(check)

    def before_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None
    ) -> None:
        """Remember which items the step is of."""
        self.samples = (data_batch or {}).get('data_samples', ())
        self.stepped = False

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: Any = None,
        outputs: dict[str, Any] | None = None,
    ) -> None:
        """Count what a loss scaler skips.

        Raises:
            FloatingPointError: If it does so without end.
        """
        wrapper: Any = runner.optim_wrapper
        if not hasattr(wrapper, 'loss_scaler') or not wrapper.should_update():
            return
        self.skipped_by_scaler = 0 if self.stepped else self.skipped_by_scaler + 1
        if self.skipped_by_scaler > self.scaler_limit:
            raise FloatingPointError(
                f'the loss scaler has skipped {self.skipped_by_scaler} steps one '
                f'after the other, up to {self._name_step(runner)}, and its scale '
                f'is {wrapper.loss_scaler.get_scale():.3g}: the gradient is not '
                'finite at any scale. Go on from the last good checkpoint, '
                f'{self._last_good(runner)}, with a lower learning rate, or without '
                '--amp to see the first step that is not finite'
            )

    def _check(self, runner: Runner, optimizer: Optimizer) -> None:
        parameters = [p for group in optimizer.param_groups for p in group['params']]
        gradients = [p.grad for p in parameters if p.grad is not None]
        if not gradients or _is_finite(runner, gradients):
            return
        said = self._describe(runner, sum(not g.isfinite().all() for g in gradients))
        skipped = runner.message_hub.get_info(_SKIPPED, 0) + 1
        if self.on_nonfinite == 'stop' or skipped > self.limit:
            raise FloatingPointError(f'{said} {self._remedy(runner, skipped)}')
        for parameter in parameters:
            parameter.grad = None
        runner.message_hub.update_info(_SKIPPED, skipped)
        runner.logger.warning(
            f'{said} The step is left out, number {skipped} of at most {self.limit}.'
        )

    def _name_step(self, runner: Runner) -> str:
        tasks = ', '.join(sorted({sample.task for sample in self.samples}))
        return f'step {runner.iter + 1} (task {tasks or "unknown"})'

    def _describe(self, runner: Runner, count: int) -> str:
        items = [
            sample.get('image_path') or f'item {sample.get("sample_idx")}'
            for sample in self.samples
        ]
        return (
            f'the gradient of {self._name_step(runner)} is not finite in {count} '
            f'tensors. Its batch: {", ".join(map(str, items))}.'
        )

    def _remedy(self, runner: Runner, skipped: int) -> str:
        if self.on_nonfinite == 'skip':
            why = f'{skipped - 1} steps were left out before, as many as `limit` allows'
        else:
            why = 'No weight has been changed by it'
        return (
            f'{why}. Go on from the last good checkpoint, {self._last_good(runner)}, '
            'with a lower learning rate or without these items, or leave such steps '
            "out by FiniteGradientsHook(on_nonfinite='skip')"
        )

    @staticmethod
    def _last_good(runner: Runner) -> str:
        pointer = Path(runner.work_dir) / POINTER
        checkpoint, _ = find_newest_whole(*checkpoint_place(runner), pointer)
        return str(checkpoint or 'none yet')


def _is_finite(runner: Runner, gradients: Sequence[Tensor]) -> bool:
    """Whether all gradients are; by the norm that clipping has just taken."""
    wrapper: Any = runner.optim_wrapper
    if wrapper.clip_grad_kwargs and wrapper.grad_name == 'grad_norm':
        norm = wrapper.message_hub.get_scalar('train/grad_norm').current()
        return math.isfinite(norm)
    return bool(get_total_norm(gradients).isfinite())
