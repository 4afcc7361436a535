"""Processes that find PyTorch imported.

Its import, with that of MMEngine and of the package, takes seconds, and
dozens of tests run tools or several processes. Python's fork server imports
them once (``warm_imports.py``); each process is forked there, where nothing
else has happened.
"""

import atexit
import multiprocessing
import os
import runpy
import sys
from collections.abc import Callable
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import torch

from tests.conftest import ROOT

_CONTEXT = multiprocessing.get_context('forkserver')
_CONTEXT.set_forkserver_preload(['tests.warm_imports'])


def spawn(function: Callable[..., None], args: tuple[Any, ...], nprocs: int) -> None:
    """Call a function in processes of one thread, by their ranks, to the end."""
    torch.multiprocessing.start_processes(
        _call_as_rank,
        (os.environ.copy(), function, args),
        nprocs,
        start_method='forkserver',
    )


def start(function: Callable[..., None], *args: Any) -> ForkServerProcess:
    """Call a function in a process of one thread."""
    process = _CONTEXT.Process(target=_call, args=(os.environ.copy(), function, args))
    process.start()
    return process


def start_tool(*command: str | Path, output: Path) -> ForkServerProcess:
    """Run a tool in the repository; what it says goes to a file."""
    output.touch()
    return start(_run_tool, [str(word) for word in command], str(output))


def call_tool(*command: str | Path, output: Path, ok: bool = True) -> str:
    """Run a tool to its end, and return what it said."""
    process = start_tool(*command, output=output)
    process.join(900)
    said = output.read_text()
    assert process.exitcode is not None, f'still running: {said[-5000:]}'
    assert (process.exitcode == 0) == ok, said[-5000:]
    return said


def _call_as_rank(
    rank: int, environment: dict[str, str], function: Any, args: Any
) -> None:
    _call(environment, function, (rank, *args))


def _call(environment: dict[str, str], function: Any, args: tuple[Any, ...]) -> None:
    os.environ.clear()
    os.environ.update(environment)
    torch.set_num_threads(1)
    # the fork server's is no choice of a test
    multiprocessing.set_start_method(None, force=True)
    function(*args)


def _run_tool(command: list[str], output: str) -> None:
    """As ``python COMMAND > OUTPUT 2>&1``."""
    os.chdir(ROOT)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(os.open(output, os.O_WRONLY | os.O_APPEND), stream.fileno())
    sys.argv = command
    try:
        runpy.run_path(command[0], run_name='__main__')
    finally:
        atexit._run_exitfuncs()
