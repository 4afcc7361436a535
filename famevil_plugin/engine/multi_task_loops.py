"""Evaluation task by task: a loader and an evaluator each, one result."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from mmengine.runner import Runner, TestLoop, ValLoop
from mmengine.runner.loops import BaseLoop
from torch.utils.data import DataLoader

from famevil_plugin.registry import LOOPS
from famevil_plugin.reporting import summarise

from .stop_signal_hook import is_told_to_stop, stop_validation


class _Loaders:
    """The tasks' dataloaders one after the other, as hooks count them."""

    def __init__(self, loops: dict[str, ValLoop | TestLoop]) -> None:
        self.loaders = [loop.dataloader for loop in loops.values()]

    def __len__(self) -> int:
        return sum(map(len, self.loaders))

    def __iter__(self) -> Iterator[Any]:
        for loader in self.loaders:
            yield from loader


class _MultiTaskLoop(BaseLoop):
    """Runs one of MMEngine's ordinary loops for each task.

    Args:
        runner (Runner): The runner.
        dataloader (dict[str, dict]): Dataloader config of each task; what
            stands beside the tasks, such as the ``pin_memory`` that
            mmpretrain's tools add, is for all that do not say otherwise.
        evaluator (dict[str, dict | list]): Evaluator config of each task.

    Raises:
        ValueError: If they name different tasks.
    """

    mode: str
    task_loop: type[ValLoop] | type[TestLoop]

    def __init__(
        self, runner: Runner, dataloader: dict[str, Any], evaluator: dict[str, Any]
    ) -> None:
        tasks = {
            key: loader
            for key, loader in dataloader.items()
            if key in evaluator or _has_data(loader)
        }
        if set(tasks) != set(evaluator):
            raise ValueError(
                f'{self.mode}_dataloader and {self.mode}_evaluator must name '
                f'the same tasks, got {", ".join(tasks)} and '
                f'{", ".join(evaluator)}'
            )
        shared = {key: dataloader[key] for key in dataloader if key not in tasks}
        self.loops = {
            task: self.task_loop(runner, _add(shared, loader), evaluator[task])
            for task, loader in tasks.items()
        }
        super().__init__(runner, cast(DataLoader, _Loaders(self.loops)))
        self.evaluator = {task: loop.evaluator for task, loop in self.loops.items()}

    def run(self) -> dict[str, float]:
        """Evaluate every task.

        Returns:
            dict[str, float]: Scores by ``<task>/<metric>``, and as ``mean``
            the mean of those that stand for the tasks.
        """
        self.runner.call_hook(f'before_{self.mode}')
        self.runner.call_hook(f'before_{self.mode}_epoch')
        self.runner.model.eval()
        scores: dict[str, float] = {}
        step = 0
        for task, loop in self.loops.items():
            self.runner.message_hub.update_info('evaluated_task', task)
            for batch in loop.dataloader:
                if is_told_to_stop(self.runner):
                    break
                loop.run_iter(step, batch)
                step += 1
            stop_validation(self.runner)
            evaluated = self._score(loop)
            scores |= {f'{task}/{key}': v for key, v in evaluated.items()}
        summary = summarise(self.evaluator, scores)
        if all(task.scores for task in summary.tasks.values()):
            scores['mean'] = summary.mean
        self.runner.call_hook(f'after_{self.mode}_epoch', metrics=scores)
        self.runner.call_hook(f'after_{self.mode}')
        return scores

    def _score(self, loop: ValLoop | TestLoop) -> dict[str, float]:
        try:
            return loop.evaluator.evaluate(len(loop.dataloader.dataset))
        except Exception:
            # a signal to all processes ends those that metrics start, as Java
            if self.runner.world_size == 1:
                stop_validation(self.runner)
            raise


def _has_data(loader: Any) -> bool:
    return isinstance(loader, DataLoader) or (
        isinstance(loader, Mapping) and 'dataset' in loader
    )


def _add(shared: Mapping[str, Any], loader: Any) -> Any:
    return loader if isinstance(loader, DataLoader) else {**shared, **loader}


@LOOPS.register_module()
class MultiTaskValLoop(_MultiTaskLoop):
    """``val_dataloader`` and ``val_evaluator`` are dicts by task."""

    mode = 'val'
    task_loop = ValLoop


@LOOPS.register_module()
class MultiTaskTestLoop(_MultiTaskLoop):
    """``test_dataloader`` and ``test_evaluator`` are dicts by task."""

    mode = 'test'
    task_loop = TestLoop
