"""Processes that were not started alike do not train together."""

from collections.abc import Iterator
from typing import Any

from mmengine.dist import get_world_size
from mmengine.hooks import Hook
from mmengine.runner import Runner

from famevil_plugin.registry import HOOKS

from .equal_processes import (
    Facts,
    code_facts,
    config_facts,
    data_facts,
    require_equal,
    version_facts,
)
from .runner_state import bare_model, data_sets, evaluators, seed_of


@HOOKS.register_module()
class EqualProcessesHook(Hook):
    """Refuses processes with another config, seed, code, data or library.

    It looks when all parts are built, before any weight is initialised or
    read. Models of other shapes have been refused by then
    (:class:`~famevil_plugin.engine.TaskDistributedDataParallel`), and by the
    tools other configs and code, too (:func:`~famevil_plugin.engine
    .join_processes`). The hook sees the rest, and all of it in a run that is
    built without the tools.
    """

    priority = 'VERY_HIGH'

    def before_run(self, runner: Runner) -> None:
        """Compare.

        Raises:
            ValueError: On every process, naming what is different.
        """
        if get_world_size() > 1:
            require_equal(self._facts(runner))

    def _facts(self, runner: Runner) -> Facts:
        facts = {'seed': seed_of(runner)} | config_facts(runner.cfg) | version_facts()
        for use, dataset in data_sets(runner).items():
            facts |= data_facts(str(use), dataset)
        return facts | code_facts(self._parts(runner))

    @staticmethod
    def _parts(runner: Runner) -> Iterator[Any]:
        model = bare_model(runner)
        yield model
        yield from getattr(model, 'heads', {}).values()
        yield from data_sets(runner).values()
        for evaluator in evaluators(runner).values():
            yield from evaluator.metrics
        yield from runner.hooks
