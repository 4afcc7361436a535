"""One training at a time in a work dir."""

import os
import socket
from pathlib import Path

from filelock import FileLock, Timeout
from mmengine.dist import broadcast_object_list, is_main_process
from mmengine.hooks import Hook
from mmengine.runner import Runner

from famevil_plugin.atomic_files import write_whole
from famevil_plugin.registry import HOOKS

_LOCK, _HOLDER = '.training.lock', '.training.holder'


class WorkDirInUseError(RuntimeError):
    """Another training is running in the work dir."""


@HOOKS.register_module()
class WorkDirLockHook(Hook):
    """Refuses a second training in a work dir where one is running.

    Two of them would write each other's checkpoints and summary. The lock is
    the operating system's: it ends with its process, however that ends, so a
    killed run leaves nothing behind that would have to be removed.
    """

    priority = 'VERY_HIGH'

    def __init__(self) -> None:
        self.lock: FileLock | None = None

    def before_train(self, runner: Runner) -> None:
        """Take the lock.

        Raises:
            WorkDirInUseError: If another process has it, naming that process.
        """
        refusal = [self._take(Path(runner.work_dir)) if is_main_process() else None]
        broadcast_object_list(refusal)
        if refusal[0] is not None:
            raise WorkDirInUseError(refusal[0])

    def after_train(self, runner: Runner) -> None:
        """Give it back."""
        if self.lock is not None:
            self.lock.release()
            Path(runner.work_dir, _HOLDER).unlink(missing_ok=True)

    def _take(self, work_dir: Path) -> str | None:
        """Take the lock, or say why that cannot be."""
        lock = FileLock(work_dir / _LOCK)
        try:
            lock.acquire(blocking=False)
        except Timeout:
            holder = work_dir / _HOLDER
            name = holder.read_text() if holder.is_file() else 'another process'
            return (
                f'a training is running in {work_dir} ({name}): wait for it or end '
                'it, or give another --work-dir'
            )
        self.lock = lock
        said = f'process {os.getpid()} on {socket.gethostname()}'
        write_whole(work_dir / _HOLDER, said.encode())
        return None
