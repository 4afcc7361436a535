"""MMEngine's runner with a console for people, and for sharded models."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from mmengine.logging import MMLogger
from mmengine.model import BaseModel
from mmengine.optim import OptimWrapper
from mmengine.runner import Runner

from famevil_plugin.models.weights.share_files import SHARES

from .runner_state import bare_model, optimizer_of
from .sharded_model import TaskFullyShardedDataParallel
from .sharded_state import no_tensors, shard_loaded_moments, whole_state, write_shares

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

    A model whose processes hold shares of it
    (:class:`~famevil_plugin.engine.TaskFullyShardedDataParallel`) has whole
    tensors in checkpoints all the same, as every other model has, unless each
    process is to write its share.
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
            wrapper = super().build_optim_wrapper(*args, **kwargs)
        if self.is_sharded:
            shard_loaded_moments(wrapper.optimizer)
        return wrapper

    @property
    def is_sharded(self) -> bool:
        """Whether each process holds a share of the model."""
        return isinstance(self.model, TaskFullyShardedDataParallel)

    def save_checkpoint(  # type: ignore[override]  # the rest is MMEngine's
        self, out_dir: str, filename: str, *, in_shares: bool = False, **kwargs: Any
    ) -> None:
        """MMEngine's; all processes call it, and the main one writes.

        Args:
            out_dir (str): The folder.
            filename (str): The file's name in it.
            in_shares (bool): Whether each process of a sharded training
                writes its share of the tensors, to a file beside; a config
                says ``default_hooks.checkpoint.in_shares=True``. Defaults to
                False.
            **kwargs: MMEngine's.
        """
        if not self.is_sharded:
            super().save_checkpoint(out_dir, filename, **kwargs)
            return
        model = bare_model(self)
        optimizer = optimizer_of(self) if kwargs.get('save_optimizer', True) else None
        if in_shares:
            shares = write_shares(Path(out_dir, filename), model, optimizer)
            kwargs['meta'] = {**kwargs.get('meta', {}), SHARES: shares}
        with (no_tensors if in_shares else whole_state)(model, optimizer):
            super().save_checkpoint(out_dir, filename, **kwargs)

    def resume(
        self,
        filename: str,
        resume_optimizer: bool = True,
        resume_param_scheduler: bool = True,
        map_location: str | Callable = 'default',
    ) -> None:
        """MMEngine's; what is to be sharded is not read to an accelerator."""
        if self.is_sharded and map_location == 'default':
            map_location = 'cpu'
        super().resume(filename, resume_optimizer, resume_param_scheduler, map_location)

    def _init_model_weights(self) -> None:
        # MMEngine would give the main process's shares to all; they have been
        # made of equal weights
        if self.is_sharded:
            cast(BaseModel, bare_model(self)).init_weights()
        else:
            super()._init_model_weights()


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
