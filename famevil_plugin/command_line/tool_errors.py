"""Users' mistakes as one line, and the traceback where it is of use."""

import logging
import os
import sys
from collections.abc import Callable
from typing import Any

from mmengine.config.utils import ConfigParsingError
from mmengine.logging import MMLogger

from famevil_plugin.engine.work_dir_lock_hook import WorkDirInUseError

#: Set to 1, it lets tools end with the traceback on the console.
DEBUG = 'FAMEVIL_DEBUG'
#: What a user can get wrong, and a training that has diverged.
MISTAKES = (
    ValueError,
    OSError,
    SyntaxError,
    ConfigParsingError,
    FloatingPointError,
    WorkDirInUseError,
)


def run_tool(main: Callable[[], Any]) -> None:
    """Run a tool's ``main``, and end the process where it failed.

    An error of :data:`MISTAKES` ends it with one line and status 1; its
    traceback goes to the run's log file, or with ``FAMEVIL_DEBUG=1`` in the
    environment to the console. Other errors are not the user's, and keep
    their traceback.

    Args:
        main (Callable): Returns the exit status, or None for 0.
    """
    try:
        status = main()
    except KeyboardInterrupt:
        sys.exit(130)
    except MISTAKES as error:
        if os.environ.get(DEBUG, '0') != '0':
            raise
        sys.exit(f'error: {in_words(error)}{_hint(error)}')
    if status:
        sys.exit(status)


def in_words(error: BaseException) -> str:
    """An error's message without codes and foreign tracebacks."""
    if isinstance(error, OSError) and error.strerror and error.filename:
        return f'{error.filename}: {error.strerror}'
    if isinstance(error, SyntaxError) and error.filename:
        return f'{error.filename}, line {error.lineno}: {error.msg}'
    message = str(error).strip()
    if message.startswith('Caught '):  # of a worker process, with its traceback
        kind, _, own = message.splitlines()[-1].partition(': ')
        message = own or kind
    return message or type(error).__name__


def _hint(error: BaseException) -> str:
    """Where the traceback is: in the log file, if the run has one."""
    logger = MMLogger.get_current_instance()
    files = [h for h in logger.handlers if isinstance(h, logging.FileHandler)]
    if not files:
        return f'\n({DEBUG}=1 shows the traceback)'
    trace = (type(error), error, error.__traceback__)
    record = logger.makeRecord(
        logger.name, logging.ERROR, __file__, 0, 'stopped by', (), trace
    )
    for handler in files:
        handler.handle(record)
    return f'\n(the traceback is in {files[0].baseFilename})'
