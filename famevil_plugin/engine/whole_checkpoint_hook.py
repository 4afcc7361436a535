"""Checkpoints of which at any time a whole one is on disk."""

import os
import re
from pathlib import Path
from typing import Any

from mmengine.dist import is_main_process
from mmengine.hooks import CheckpointHook
from mmengine.runner import Runner

from famevil_plugin.atomic_files import write_whole
from famevil_plugin.models.weights.share_files import shares_in
from famevil_plugin.registry import HOOKS

from .resumption import POINTER, checkpoint_place, name_pattern
from .runner_state import makes_step

# in the message hub: files that go once the checkpoint with it is on disk
_OUTDATED = 'outdated_checkpoints'


@HOOKS.register_module()
class WholeCheckpointHook(CheckpointHook):
    """Writes a checkpoint before it removes an old one.

    MMEngine's hook removes first: a run that is killed then, with
    ``max_keep_ckpts=1``, has lost everything. Each file is written beside its
    place and moved there (:class:`AtomicBackend`), and ``last_checkpoint``
    names the last one relative to the work folder, which may be moved. At the
    start of a training what a killed run has left half written, or has not
    removed any more, is cleared.

    ``save_best='mean'`` goes by the mean over the tasks. A checkpoint that is
    due while gradients of several batches are gathered waits for the step
    that they make, as no checkpoint holds gradients.

    Args:
        backend_args (dict, optional): Where to write. Defaults to
            :class:`AtomicBackend`.
        **kwargs: Of MMEngine's ``CheckpointHook``.
    """

    _default_greater_keys = [*CheckpointHook._default_greater_keys, 'mean']

    def __init__(
        self, backend_args: dict[str, Any] | None = None, **kwargs: Any
    ) -> None:
        backend_args = backend_args or dict(backend='atomic')
        super().__init__(backend_args=backend_args, **kwargs)
        self.outdated_best: list[str] = []
        self.waits = False

    def before_train(self, runner: Runner) -> None:
        """Clear what a killed run has left."""
        folder, _ = checkpoint_place(runner)
        super().before_train(runner)
        if is_main_process():
            self._clear_remains(folder, Path(runner.work_dir))
            kept = {Path(best).name for best in self._best().values() if best}
            outdated = runner.message_hub.get_info(_OUTDATED, [])
            self._remove([name for name in outdated if name not in kept])

    def _clear_remains(self, *folders: Path) -> None:
        """Remove temporary files of :func:`write_whole`, and shares of no file."""
        names = f'{name_pattern(self.filename_tmpl)}|best_.*|{POINTER}'
        remains = re.compile(rf'\.({names})\.[a-z0-9_]{{8}}')
        for folder in filter(Path.is_dir, set(folders)):
            for path in folder.iterdir():
                if remains.fullmatch(path.name):
                    path.unlink()
            for path, stem in shares_in(folder):
                if not path.with_name(f'{stem}.pth').exists():
                    path.unlink()

    def after_train_iter(self, runner: Runner, *args: Any, **kwargs: Any) -> None:
        """Save what is due, or what has waited for this step."""
        super().after_train_iter(runner, *args, **kwargs)
        if self.waits and makes_step(runner):
            self._save_checkpoint(runner)

    def save_now(self, runner: Runner, step: int) -> str:
        """Write a checkpoint that is not due, unless it is there.

        Args:
            runner (Runner): The runner.
            step (int): How many iterations were made.

        Returns:
            str: The name of the last checkpoint; an earlier one's, if the
            gradients of several batches are being gathered.
        """
        name = self.filename_tmpl.format(step)
        if self.last_ckpt is None or Path(self.last_ckpt).name != name:
            meta = dict(epoch=runner.epoch, iter=step)
            self._save_checkpoint_with_step(runner, step, meta)
        return Path(self.last_ckpt or 'the beginning').name

    def _save_checkpoint_with_step(
        self, runner: Runner, step: int, meta: dict[str, Any]
    ) -> None:
        """Write the checkpoint, name it as the last, remove the outdated."""
        self.waits = not makes_step(runner)
        if self.waits:
            return
        too_many = self._outdate(runner, step)
        name = self.filename_tmpl.format(step)
        self.last_ckpt = self.file_backend.join_path(self.out_dir, name)
        runner.message_hub.update_info('last_ckpt', self.last_ckpt)
        runner.message_hub.update_info(_OUTDATED, too_many + self.outdated_best)
        runner.save_checkpoint(
            self.out_dir,
            name,
            save_optimizer=self.save_optimizer,
            save_param_scheduler=self.save_param_scheduler,
            meta=meta,
            by_epoch=self.by_epoch,
            backend_args=self.backend_args,
            **self.args,
        )
        if is_main_process():
            last = os.path.relpath(str(self.last_ckpt), runner.work_dir)
            write_whole(Path(runner.work_dir) / POINTER, last.encode())
            self._remove(too_many)

    def _outdate(self, runner: Runner, step: int) -> list[str]:
        """Count a checkpoint in, and name those that are too many now."""
        if self.max_keep_ckpts <= 0:
            return []
        kept = [kept for kept in self.keep_ckpt_ids if kept != step] + [step]
        too_many, kept = kept[: -self.max_keep_ckpts], kept[-self.max_keep_ckpts :]
        self.keep_ckpt_ids.clear()
        self.keep_ckpt_ids.extend(kept)
        runner.message_hub.update_info('keep_ckpt_ids', kept)
        return [self.filename_tmpl.format(old) for old in too_many]

    def _save_best_checkpoint(self, runner: Runner, metrics: dict[str, float]) -> None:
        """Write the best one, if it is, before the former best goes."""
        if not self.save_best:
            return
        former = self._best()
        # MMEngine removes first what it finds there
        self._set_best(dict.fromkeys(former))
        self.outdated_best = [Path(path).name for path in former.values() if path]
        super()._save_best_checkpoint(runner, metrics)
        self.outdated_best = []
        best = {key: path or former.get(key) for key, path in self._best().items()}
        self._set_best(best)
        if is_main_process():
            names = {Path(path).name for path in best.values() if path}
            outdated = {Path(path).name for path in former.values() if path}
            self._remove(sorted(outdated - names))

    def _best(self) -> dict[str, str | None]:
        """The best checkpoints, by metric."""
        if not self.save_best:
            return {}
        if len(self.key_indicators) == 1:
            return {'': self.best_ckpt_path}
        return dict(self.best_ckpt_path_dict)

    def _set_best(self, best: dict[str, str | None]) -> None:
        if len(self.key_indicators) == 1:
            self.best_ckpt_path = best['']
        else:
            self.best_ckpt_path_dict = dict(best)

    def _remove(self, names: list[str]) -> None:
        for name in names:
            path = self.file_backend.join_path(self.out_dir, name)
            if self.file_backend.isfile(path):
                self.file_backend.remove(path)
            for share, stem in shares_in(Path(self.out_dir)):
                if stem == Path(name).stem:
                    share.unlink()
