"""Checkpoints: of the right model, and whole."""

import errno
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmengine.fileio import LocalBackend, register_backend
from mmengine.hooks import Hook
from mmengine.runner import Runner

from famevil_plugin.atomic_files import write_whole
from famevil_plugin.models.weights.checkpoint_seal import seal
from famevil_plugin.models.weights.weight_check import name_faults, weight_faults
from famevil_plugin.registry import HOOKS

from .resumption import choose_checkpoint
from .runner_state import bare_model, checkpoint_to_load, resumes, trains


class AtomicBackend(LocalBackend):
    """Files that appear whole or not at all.

    Name it in ``CheckpointHook(backend_args=dict(backend='atomic'))``: a kill
    while a checkpoint is written then leaves the older ones and no half one,
    and the checkpoint has a digest (:mod:`~famevil_plugin.models.weights
    .checkpoint_seal`).
    """

    def put(self, obj: bytes, filepath: str | Path) -> None:
        """Write beside the file, then move into place.

        Raises:
            OSError: If there is no space left; the older files stay.
        """
        try:
            write_whole(Path(filepath), seal(obj))
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                raise
            raise OSError(
                error.errno,
                f'no space left for the {len(obj) / 1e6:.0f} MB of {filepath}: free '
                'some, or keep fewer checkpoints (default_hooks.checkpoint.'
                'max_keep_ckpts), and go on by --resume',
            ) from error


register_backend('atomic', AtomicBackend, force=True)


@HOOKS.register_module()
class CheckpointGuardHook(Hook):
    """Refuses a checkpoint that does not fit the model, before it loads.

    MMEngine only warns, and goes on with random weights. A run that shall go
    on from its latest checkpoint takes the newest whole one
    (:mod:`~famevil_plugin.engine.resumption`).

    Args:
        strict (bool): Whether to ask for all keys. With False only equal
            keys of unequal shapes are refused, for starting a model from
            another's weights. Defaults to True.
        fresh (Sequence[str]): Beginnings of the names of weights that a
            training which starts by ``load_from`` does not take over, such
            as a classifier of other classes. Resuming and testing take
            them. Defaults to none.
    """

    priority = 'VERY_HIGH'

    def __init__(self, strict: bool = True, fresh: Sequence[str] = ()) -> None:
        self.strict = strict
        self.fresh = tuple(fresh)

    def before_run(self, runner: Runner) -> None:
        """Find the checkpoint to resume from, or to start from.

        Raises:
            FileNotFoundError: If ``load_from`` is a path that is no file.
            ValueError: If a run shall go on, and none of its checkpoints is
                whole.
        """
        path = checkpoint_to_load(runner)
        if path is None and resumes(runner):
            choose_checkpoint(runner)
        elif path and '://' not in path and not Path(path).is_file():
            raise FileNotFoundError(
                f'no checkpoint at load_from={path!r}: expected a file that '
                'tools/train.py wrote (*.pth). Train it first, name another '
                'by --cfg-options load_from=FILE, or start from random '
                'weights by load_from=None'
            )

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict[str, Any]) -> None:
        """Compare names and shapes, and drop what shall stay fresh.

        Raises:
            ValueError: If they differ, naming the first of each kind.
        """
        wanted = bare_model(runner).state_dict()
        weights = checkpoint.get('state_dict', checkpoint)
        if self.fresh and trains(runner) and not resumes(runner):
            kept = [k for k in wanted if not k.startswith(self.fresh)]
            wanted = {name: wanted[name] for name in kept}
            for name in [k for k in weights if k.startswith(self.fresh)]:
                del weights[name]
        faults = weight_faults(wanted, weights)
        if not self.strict:
            faults = {k: v for k, v in faults.items() if k == 'misshapen'}
        if faults:
            raise ValueError(
                'the checkpoint is of another model than the config builds: '
                f'{name_faults(faults)}. Give the config that the '
                'checkpoint was trained with (it lies beside it in its '
                'work_dir); to train on from it with other classes, name '
                "their weights in CheckpointGuardHook's `fresh`"
            )
