"""Faults that are known before the first step are told before it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

from mmengine.dist import broadcast_object_list, get_world_size, is_main_process
from mmengine.hooks import Hook
from mmengine.runner import Runner

from famevil_plugin.findings import Finding, TaskStart
from famevil_plugin.registry import HOOKS

from .runner_state import Use, bare_model, data_sets, evaluators, trains


class _Items(Sequence):
    """A data set's items before the pipeline, read when they are asked for."""

    def __init__(self, dataset: Any) -> None:
        self.read: Any = getattr(dataset, 'get_data_info', None)
        self.size = len(dataset) if self.read else 0

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, place: Any) -> Any:
        if not -self.size <= place < self.size:
            raise IndexError(place)
        return self.read(place)


@HOOKS.register_module()
class StartChecksHook(Hook):
    """Asks the parts of a run whether they suit one another.

    Heads, metrics, data sets and the transforms of their pipelines that have a
    method ``check_start(start)`` get a
    :class:`~famevil_plugin.findings.TaskStart` of each mode that is about to
    run, and put their findings into it. Notes are logged, each kind in a
    line; faults end the run, all of them in one error. On several processes
    the first one looks.
    """

    priority = 'HIGH'

    def before_run(self, runner: Runner) -> None:
        """Ask.

        Raises:
            ValueError: On every process, if there are faults.
        """
        found = [self._ask(runner) if is_main_process() else None]
        broadcast_object_list(found)
        faults, notes = cast(tuple[list[Finding], list[Finding]], found[0])
        for note in notes:
            runner.logger.warning(note.spell())
        if faults:
            raise ValueError(
                'the run is not begun:\n  '
                + '\n  '.join(fault.spell() for fault in faults)
            )

    def _ask(self, runner: Runner) -> tuple[list[Finding], list[Finding]]:
        """Faults and notes."""
        starts: dict[Use, TaskStart] = {}
        for use, dataset in data_sets(runner).items():
            start = _start(runner, use, dataset)
            starts[use] = start
            for part in self._parts(runner, use, dataset):
                if hasattr(part, 'check_start'):
                    part.check_start(start)
        return (
            _join({use: start.faults for use, start in starts.items()}),
            _join({use: start.notes for use, start in starts.items()}),
        )

    @staticmethod
    def _parts(runner: Runner, use: Use, dataset: Any) -> Iterator[Any]:
        yield dataset
        yield from getattr(getattr(dataset, 'pipeline', None), 'transforms', ())
        heads: Any = getattr(bare_model(runner), 'heads', {})
        if use.task in heads:
            yield heads[use.task]
        evaluator = evaluators(runner).get(use)
        yield from evaluator.metrics if evaluator else ()


def _start(runner: Runner, use: Use, dataset: Any) -> TaskStart:
    batch = runner.train_dataloader.batch_size if trains(runner) else None
    return TaskStart(
        mode=use.mode,
        task=use.task,
        items=_Items(dataset),
        size=len(dataset),
        batch_size=batch and batch * get_world_size(),
        missing=getattr(dataset, 'missing', 'error'),
    )


def _join(found: Mapping[Use, Iterable[Finding]]) -> list[Finding]:
    """Equal findings of several tasks as one, whose cases name the task."""
    joined: dict[tuple[str, str], Finding] = {}
    for use, findings in found.items():
        for finding in findings:
            key = finding.what, finding.remedy
            whole = joined.setdefault(key, finding._replace(names=[]))
            whole.names.extend(f'{use}: {name}' for name in finding.names)
    return list(joined.values())
