"""Checkpoints: of the right model, and whole."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmengine.fileio import LocalBackend, register_backend
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import BaseLoop, Runner

from famevil_plugin.atomic_files import write_whole
from famevil_plugin.models.weights.weight_check import name_faults, weight_faults
from famevil_plugin.registry import HOOKS


class AtomicBackend(LocalBackend):
    """Files that appear whole or not at all.

    Name it in ``CheckpointHook(backend_args=dict(backend='atomic'))``: a kill
    while a checkpoint is written then leaves the older ones and no half one.
    """

    def put(self, obj: bytes, filepath: str | Path) -> None:
        """Write beside the file, then move into place."""
        write_whole(Path(filepath), obj)


register_backend('atomic', AtomicBackend, force=True)


@HOOKS.register_module()
class CheckpointGuardHook(Hook):
    """Refuses a checkpoint that does not fit the model, before it loads.

    MMEngine only warns, and goes on with random weights.

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
        """Say what to do where the file to start from is missing.

        Raises:
            FileNotFoundError: If ``load_from`` is a path that is no file.
        """
        path = runner._load_from
        if path and '://' not in path and not Path(path).is_file():
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
        model = runner.model
        model = model.module if is_model_wrapper(model) else model
        wanted = model.state_dict()
        weights = checkpoint.get('state_dict', checkpoint)
        if self.fresh and _starts_training(runner):
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


def _starts_training(runner: Runner) -> bool:
    """Whether a training begins: no test, and no resumed training."""
    return isinstance(runner._train_loop, BaseLoop) and not runner._resume
