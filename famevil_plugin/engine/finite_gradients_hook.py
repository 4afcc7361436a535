"""A step that is not finite stops the run, before it reaches the weights."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import Runner
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
    scaled or clipped the gradient has done so by then. Where a loss scaler
    has found infinities, which is how it finds its scale, it skips the step
    itself and that is no fault.

    Args:
        on_nonfinite (str): ``stop`` raises; ``skip`` leaves such a step out,
            with a warning. Defaults to ``stop``.
        limit (int): Steps of a run that may be left out. Defaults to 10.
    """

    # after hooks that fill gradients in, so that a skipped step stays skipped
    priority = 'VERY_LOW'

    def __init__(self, on_nonfinite: str = 'stop', limit: int = 10) -> None:
        if on_nonfinite not in ACTIONS:
            raise ValueError(
                f'unknown on_nonfinite={on_nonfinite!r}: expected one of '
                f'{", ".join(ACTIONS)}'
            )
        self.on_nonfinite = on_nonfinite
        self.limit = limit
        self.samples: Sequence[FashionSample] = ()

    def before_train(self, runner: Runner) -> None:
        """Watch the optimizer."""

        def check(optimizer: Optimizer, *_: Any) -> None:
            # set by a loss scaler, which decides by itself
            if getattr(optimizer, 'found_inf', None) is None:
                self._check(runner, optimizer)

        optimizer_of(runner).register_step_pre_hook(check)

    def before_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None
    ) -> None:
        """Remember which items the step is of."""
        self.samples = (data_batch or {}).get('data_samples', ())

    def _check(self, runner: Runner, optimizer: Optimizer) -> None:
        parameters = [p for group in optimizer.param_groups for p in group['params']]
        gradients = [p.grad for p in parameters if p.grad is not None]
        if not gradients or get_total_norm(gradients).isfinite():
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

    def _describe(self, runner: Runner, count: int) -> str:
        tasks = ', '.join(sorted({sample.task for sample in self.samples}))
        items = [
            sample.get('image_path') or f'item {sample.get("sample_idx")}'
            for sample in self.samples
        ]
        return (
            f'the gradient of step {runner.iter + 1} (task {tasks or "unknown"}) is '
            f'not finite in {count} tensors. Its batch: {", ".join(map(str, items))}.'
        )

    def _remedy(self, runner: Runner, skipped: int) -> str:
        pointer = Path(runner.work_dir) / POINTER
        checkpoint, _ = find_newest_whole(*checkpoint_place(runner), pointer)
        if self.on_nonfinite == 'skip':
            why = f'{skipped - 1} steps were left out before, as many as `limit` allows'
        else:
            why = 'No weight has been changed by it'
        return (
            f'{why}. Go on from the last good checkpoint, {checkpoint or "none yet"}, '
            'with a lower learning rate or without these items, or leave such steps '
            "out by FiniteGradientsHook(on_nonfinite='skip')"
        )
