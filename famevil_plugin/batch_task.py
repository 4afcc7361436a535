"""The task of the batch under way, for what sees neither samples nor heads.

It stands in MMEngine's ``MessageHub`` as ``task``. :class:`FAMEViL` says it
itself; for models of other projects
:class:`~famevil_plugin.engine.BatchTaskHook` does. Optim wrappers and adapters
in other projects' transformers go by it.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from mmengine.logging import MessageHub


def say_task(task: str) -> None:
    """Say the task of the batch that follows."""
    MessageHub.get_current_instance().update_info('task', task)


def said_task() -> str | None:
    """The task that was said, or None."""
    return MessageHub.get_current_instance().get_info('task', None)


def take_task() -> str | None:
    """The task that was said, which must be said anew thereafter."""
    return MessageHub.get_current_instance().pop_info('task')


@contextmanager
def batch_task(task: str) -> Iterator[None]:
    """Say the task of the batches inside, where no runner does.

    A backward pass may come after it.

    Args:
        task (str): Their task.

    Example:
        >>> from famevil_plugin.batch_task import said_task
        >>> with batch_task('xmr'):
        ...     said_task()
        'xmr'
        >>> said_task()
    """
    say_task(task)
    try:
        yield
    finally:
        take_task()
