"""The checkpoint from which a stopped run goes on: the newest whole one."""

import os
import re
from pathlib import Path
from typing import NamedTuple

from mmengine.hooks import CheckpointHook
from mmengine.runner import Runner

from famevil_plugin.models.weights.checkpoint_loader import load_from_local

from .runner_state import set_checkpoint_to_load

# MMEngine's file that names the last checkpoint
POINTER = 'last_checkpoint'
# of which a training's checkpoint consists at least
_PARTS = ('meta', 'state_dict', 'message_hub')


class Found(NamedTuple):
    """The result of a search.

    Attributes:
        path (Path, optional): The newest whole checkpoint, if there is one.
        passed_over (dict[str, str]): By name of a newer file, or of the file
            that names the last one, the reason why it does not serve.
    """

    path: Path | None
    passed_over: dict[str, str]


def find_newest_whole(
    folder: Path, template: str = 'iter_{}.pth', pointer: Path | None = None
) -> Found:
    """Search a folder for a run's newest whole checkpoint.

    A checkpoint with a higher number than the last one is of an earlier run
    in the same folder, unless it was written after the last one was noted.
    The folder may have been moved.

    Args:
        folder (Path): Where the checkpoints are.
        template (str): Their names, with the number as ``{}``.
        pointer (Path, optional): The file that names the last one. Defaults
            to ``last_checkpoint`` in the folder.
    """
    pointer = pointer or folder / POINTER
    numbered = _numbered(folder, template)
    passed_over: dict[str, str] = {}
    last = _read_pointer(pointer, template)
    if numbered and last is None:
        passed_over[pointer.name] = 'missing, empty, or names no checkpoint'
    elif last is not None and last not in numbered:
        passed_over[template.format(last)] = f'gone, though {pointer.name} names it'
    for number in sorted(numbered, reverse=True):
        path = numbered[number]
        if last is not None and number > last and not _is_newer(path, pointer):
            passed_over[path.name] = f'older than {pointer.name}: of an earlier run'
            continue
        fault = _find_fault(path)
        if fault is None:
            return Found(path, passed_over)
        passed_over[path.name] = fault
    return Found(None, passed_over)


def choose_checkpoint(runner: Runner) -> None:
    """Let a runner that resumes go on from its newest whole checkpoint.

    Args:
        runner (Runner): The runner, in ``before_run``.

    Raises:
        ValueError: If there are checkpoints, and none is whole.
    """
    folder, template = checkpoint_place(runner)
    path, passed_over = find_newest_whole(
        folder, template, Path(runner.work_dir) / POINTER
    )
    for name, reason in passed_over.items():
        runner.logger.warning(f'resuming passes over {name}: {reason}')
    if path is None and _numbered(folder, template):
        raise ValueError(
            f'no checkpoint in {folder} is whole: '
            + '; '.join(f'{name} ({reason})' for name, reason in passed_over.items())
            + '. Give one by --resume FILE, or move them away to start anew'
        )
    if path is None:
        runner.logger.warning(f'no checkpoint in {folder}: starting from the beginning')
    set_checkpoint_to_load(
        runner, None if path is None else str(path), resume=path is not None
    )


def checkpoint_place(runner: Runner) -> tuple[Path, str]:
    """The folder of a runner's checkpoints, and their names."""
    hook = next((h for h in runner.hooks if isinstance(h, CheckpointHook)), None)
    work_dir = Path(runner.work_dir)
    if hook is None:
        return work_dir, 'iter_{}.pth'
    if hook.out_dir is None or Path(hook.out_dir) == work_dir:
        return work_dir, hook.filename_tmpl
    return Path(hook.out_dir) / work_dir.name, hook.filename_tmpl


def name_pattern(template: str) -> str:
    """A regular expression of which the group is the number."""
    return re.escape(template).replace(r'\{\}', r'(\d+)')


def _numbered(folder: Path, template: str) -> dict[int, Path]:
    if not folder.is_dir():
        return {}
    matches = {
        path: re.fullmatch(name_pattern(template), path.name)
        for path in folder.iterdir()
    }
    return {int(match[1]): path for path, match in matches.items() if match}


def _read_pointer(pointer: Path, template: str) -> int | None:
    if not pointer.is_file():
        return None
    name = os.path.basename(pointer.read_text(errors='replace').strip())
    match = re.fullmatch(name_pattern(template), name)
    return int(match[1]) if match else None


def _is_newer(path: Path, pointer: Path) -> bool:
    return path.stat().st_mtime_ns > pointer.stat().st_mtime_ns


def _find_fault(path: Path) -> str | None:
    """The reason why a file is no whole checkpoint of a training."""
    try:
        checkpoint = load_from_local(str(path), 'cpu')
    except ValueError as error:
        return str(error).rpartition('got: ')[2]
    lacking = [part for part in _PARTS if part not in checkpoint]
    return f'it has no {", ".join(lacking)}' if lacking else None
