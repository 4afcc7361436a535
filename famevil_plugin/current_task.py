"""The task of the batch under way, for what sees neither samples nor heads.

It stands in MMEngine's ``MessageHub`` as ``task``. :class:`FAMEViL` says it
itself; for models of other projects
:class:`~famevil_plugin.engine.BatchTaskHook` does. Optim wrappers and adapters
in other projects' transformers go by it.
"""

from collections.abc import Iterator, Sequence
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


def choose_task(tasks: Sequence[str], task: str | None = None) -> str:
    """The task of a call that may leave it out.

    Args:
        tasks (Sequence[str]): Those that there are.
        task (str, optional): The one that the call names. Defaults to the only
            one there is, else to what was said.

    Raises:
        ValueError: If there are several and nobody said which.
    """
    if task is None:
        task = tasks[0] if len(tasks) == 1 else said_task()
    if task is None:
        raise ValueError(
            f'which of the tasks {", ".join(tasks)} is the batch of? Call the model '
            "with task=..., add dict(type='famevil_plugin.BatchTaskHook') to "
            'custom_hooks, or call it within batch_task(...)'
        )
    return task


@contextmanager
def batch_task(task: str) -> Iterator[None]:
    """Say the task of the batches inside, where no runner does.

    A backward pass may come after it.

    Args:
        task (str): Their task.

    Example:
        >>> from famevil_plugin.current_task import said_task
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
