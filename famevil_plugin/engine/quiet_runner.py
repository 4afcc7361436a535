"""MMEngine's runner with a console for people."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from mmengine.logging import MMLogger
from mmengine.optim import OptimWrapper
from mmengine.runner import Runner

#: Beginnings of warnings that MMEngine raises about itself, whatever a
#: config says: there is nothing that a user could do about them.
ABOUT_MMENGINE = (
    # CheckpointHook builds its former file client and does not use it
    '"FileClient" will be deprecated',
    '"HardDiskBackend" is the alias',
)


class QuietRunner(Runner):
    """Tells the console what a person needs, and the log file everything.

    What MMEngine logs while it builds a runner and an optimizer (the
    environment, the config, the hooks, the parameter groups) goes to the log
    file alone; warnings and errors go to both.
    :class:`~famevil_plugin.engine.OverviewHook` says the rest before the
    first step.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for console in _consoles(self.logger):
            console.removeFilter(_is_a_warning)

    def build_logger(self, *args: Any, **kwargs: Any) -> MMLogger:
        """MMEngine's logger, its console quiet until the runner is built."""
        logger = super().build_logger(*args, **kwargs)
        for console in _consoles(logger):
            console.addFilter(_is_not_about_mmengine)
            console.addFilter(_is_a_warning)
        return logger

    def build_optim_wrapper(self, *args: Any, **kwargs: Any) -> OptimWrapper:
        """MMEngine's, its parameter groups in the log file alone."""
        with _quiet(self.logger):
            return super().build_optim_wrapper(*args, **kwargs)


def _consoles(logger: logging.Logger) -> list[logging.Handler]:
    return [
        handler
        for handler in logger.handlers
        if isinstance(handler, logging.StreamHandler)
        and not isinstance(handler, logging.FileHandler)
    ]


@contextmanager
def _quiet(logger: logging.Logger) -> Iterator[None]:
    for console in _consoles(logger):
        console.addFilter(_is_a_warning)
    try:
        yield
    finally:
        for console in _consoles(logger):
            console.removeFilter(_is_a_warning)


def _is_a_warning(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING


def _is_not_about_mmengine(record: logging.LogRecord) -> bool:
    return not record.getMessage().startswith(ABOUT_MMENGINE)
