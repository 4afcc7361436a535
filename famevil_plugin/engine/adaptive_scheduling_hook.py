"""Implicit and explicit adaptive scheduling (IAS): from a validation's scores
to how much the tasks weigh until the next."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import Runner

from famevil_plugin.datasets import TaskSampler
from famevil_plugin.registry import HOOKS
from famevil_plugin.reporting import Summary

from .gradient_strategies import adaptive_scales
from .missed_validation_hook import MissedValidationHook
from .multi_task_optim_wrapper import AdaptiveOptimWrapper

MODES = ('implicit', 'explicit')


@HOOKS.register_module()
class AdaptiveSchedulingHook(Hook):
    """Pulls tasks that are behind (Jean, Firat and Johnson, arXiv 1909.06434).

    After each validation every task gets a scale (:func:`adaptive_scales`).
    ``implicit``: :class:`AdaptiveOptimWrapper` multiplies the task's gradient
    of the shared weights by it. ``explicit``: :class:`TaskSampler` multiplies
    the task's probability by it (and normalises), whatever the schedule's own
    probabilities are.

    All processes get the same scores and so the same scales; these are part
    of checkpoints. To resume exactly it needs :class:`MissedValidationHook`.

    Args:
        references (dict[str, tuple[str, float | str]]): By task the score that
            stands for it and what a single-task model reaches, in the
            score's unit: ``dict(xmr=('xmr/mean', 70.), ...)``. Instead of a
            number, the path of that model's ``summary.json``, which is read
            when the training begins.
        mode (str): ``implicit`` or ``explicit``. Defaults to ``implicit``.
        gamma (float): The most that a scale differs from 1. Defaults to 0.5.
        alpha (float): Defaults to 64.
        beta (float): Defaults to 1.
        delay (int): Steps from a validation to the change of probabilities
            in the explicit mode; at least as many as the dataloader draws
            ahead, so that a run does not depend on its workers. Defaults
            to 64.
    """

    # before CheckpointHook, which may save again after a validation
    priority = 'LOW'

    def __init__(
        self,
        references: Mapping[str, Sequence[Any]],
        mode: str = 'implicit',
        gamma: float = 0.5,
        alpha: float = 64.0,
        beta: float = 1.0,
        delay: int = 64,
    ) -> None:
        if mode not in MODES:
            raise ValueError(
                f'unknown mode {mode!r} of adaptive scheduling: '
                f'expected one of {", ".join(MODES)}'
            )
        self.keys = {task: str(key) for task, (key, _) in references.items()}
        self.references = {
            task: reference for task, (_, reference) in references.items()
        }
        self.mode = mode
        self.settings = dict(gamma=gamma, alpha=alpha, beta=beta)
        self.delay = delay
        numbers = {t: x for t, x in self.references.items() if not isinstance(x, str)}
        if numbers:  # complains now about those that are not positive
            adaptive_scales(numbers, numbers, **self.settings)

    def scales(self, scores: dict[str, float]) -> dict[str, float]:
        """By task, from its score."""
        return adaptive_scales(scores, self.references, **self.settings)

    def before_train(self, runner: Runner) -> None:
        """Read references, refuse what could not work; go on where a run stopped.

        Raises:
            ValueError: If there is nothing to schedule by, or nothing that
                takes the scales.
        """
        self._check_validation(runner)
        self.references = {
            task: _measured(reference, self.keys[task])
            if isinstance(reference, str)
            else reference
            for task, reference in self.references.items()
        }
        self.scales(self.references)
        if not any(isinstance(hook, MissedValidationHook) for hook in runner.hooks):
            raise ValueError(
                'AdaptiveSchedulingHook needs MissedValidationHook, or a resumed '
                "run would go on with old scales: add dict(type='"
                "MissedValidationHook') to custom_hooks"
            )
        if self.mode == 'implicit':
            self._check_wrapper(runner)
        else:
            self._check_sampler(runner)
            for step, scales in _task_scales(runner):
                runner.train_dataloader.sampler.rescale(step, scales)

    def after_val_epoch(
        self, runner: Runner, metrics: dict[str, float] | None = None
    ) -> None:
        """Set the scales.

        Raises:
            ValueError: If the validation gave no such score.
        """
        scales = self.scales(
            {task: _find(metrics or {}, task, key) for task, key in self.keys.items()}
        )
        hub = runner.message_hub
        if self.mode == 'implicit':
            hub.update_info('gradient_scales', scales)
        else:
            step = runner.iter + self.delay
            hub.update_info('task_scales', [*_task_scales(runner), (step, scales)])
            runner.train_dataloader.sampler.rescale(step, scales)
        runner.visualizer.add_scalars(
            {f'scale/{task}': scale for task, scale in scales.items()}, step=runner.iter
        )
        said = ', '.join(f'{task} {scale:.3f}' for task, scale in scales.items())
        runner.logger.info(f'{self.mode} adaptive scheduling: {said}')

    def _check_validation(self, runner: Runner) -> None:
        if runner.val_loop is None:
            raise ValueError(
                'AdaptiveSchedulingHook goes by validation scores, and the '
                'run has no validation: give val_cfg, val_dataloader and '
                'val_evaluator, and no --no-validate'
            )
        # other loops validate all tasks at once; their scores will tell
        validated = getattr(runner.val_loop, 'loops', None)
        if validated is not None and set(validated) != set(self.references):
            raise ValueError(
                'AdaptiveSchedulingHook.references must be of the tasks that '
                'MultiTaskValLoop validates, '
                f'{", ".join(validated) or "(none)"}, got '
                f'{", ".join(self.references) or "(none)"}'
            )

    def _check_wrapper(self, runner: Runner) -> None:
        if not isinstance(runner.optim_wrapper, AdaptiveOptimWrapper):
            raise ValueError(
                'implicit adaptive scheduling needs optim_wrapper.type='
                f'AdaptiveOptimWrapper, got {type(runner.optim_wrapper)}'
            )

    def _check_sampler(self, runner: Runner) -> None:
        loader = runner.train_dataloader
        if not isinstance(loader.sampler, TaskSampler):
            raise ValueError(
                'explicit adaptive scheduling needs train_dataloader.sampler.'
                f'type=TaskSampler, got {type(loader.sampler)}'
            )
        ahead = loader.num_workers * (loader.prefetch_factor or 0)
        if ahead > self.delay:
            raise ValueError(
                f'the dataloader draws {ahead} steps ahead (num_workers * '
                'prefetch_factor): AdaptiveSchedulingHook.delay must be at '
                f'least that, got {self.delay}'
            )
        loader.sampler.rescale(0, dict.fromkeys(loader.sampler.sizes, 1.0))


def _task_scales(runner: Runner) -> list[tuple[int, dict[str, float]]]:
    """All changes of the tasks' probabilities so far, by their steps."""
    return runner.message_hub.get_info('task_scales', [])


def _measured(file: str, key: str) -> float:
    """A score in the summary of another run, by its key in a validation."""
    path = Path(file)
    if not path.is_file():
        raise ValueError(
            f'AdaptiveSchedulingHook.references: there is no {file}. Train a model '
            f'of the task alone first, or give the number that {key} reaches there'
        )
    scores = {
        f'{task}/{name}': score
        for task, summary in Summary.read(path).tasks.items()
        for name, score in summary.scores.items()
    }
    return _find(scores, key.partition('/')[0], key, f'{file} has')


def _find(
    metrics: Mapping[str, float],
    task: str,
    key: str,
    source: str = 'the validation gave',
) -> float:
    if key not in metrics:
        raise ValueError(
            f'AdaptiveSchedulingHook.references.{task} names the score '
            f'{key!r}, and {source} {", ".join(sorted(metrics))}'
        )
    return metrics[key]
