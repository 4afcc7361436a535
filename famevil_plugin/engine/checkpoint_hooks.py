"""Checkpoints: of the right model, and whole."""

import errno
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmengine.fileio import LocalBackend, register_backend
from mmengine.hooks import Hook
from mmengine.logging import print_log
from mmengine.runner import Runner
from torch import Tensor

from famevil_plugin.atomic_files import write_whole
from famevil_plugin.models.weights.checkpoint_seal import seal
from famevil_plugin.models.weights.task_weights import TaskDifference, compare_tasks
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

    A checkpoint of more tasks than the model's serves as well: what belongs
    to the others is not used. A training that starts by ``load_from``
    begins with fresh adapters and heads for tasks that the checkpoint has
    not, and with a fresh last layer of a head that has another number of
    outputs there. Each is said in a line. Resuming takes all weights or none.

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
        """Compare names and shapes, and put fresh weights where some stay so.

        Raises:
            ValueError: If they differ, naming the first of each kind.
        """
        model = bare_model(runner)
        weights = checkpoint.get('state_dict', checkpoint)
        own = model.state_dict()
        tasks = compare_tasks(model, weights, checkpoint.get('meta') or {})
        # without the model's tasks in it, an evaluation would be of others
        if not resumes(runner) and (trains(runner) or not tasks.lacking):
            if unused := [n for n in tasks.unused(weights) if n not in own]:
                for name in unused:
                    del weights[name]
                _say(
                    f'not used: {len(unused)} weights of the checkpoint, which '
                    f'are of {", ".join(tasks.surplus)}'
                )
            if trains(runner):
                self._refresh(own, weights, tasks)
        faults = weight_faults(own, weights)
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

    def _refresh(
        self, own: dict[str, Tensor], weights: dict[str, Tensor], tasks: TaskDifference
    ) -> None:
        """Let a checkpoint have the model's own weights where these stay."""
        if new := [n for n in tasks.fresh(own) if n not in weights]:
            _say(
                f'fresh: {len(new)} weights of {", ".join(tasks.lacking)}, which '
                'the checkpoint has not'
            )
        layers = {}
        for name in own:
            if name.startswith('heads.') and name in weights:
                got, wanted = tuple(weights[name].shape), tuple(own[name].shape)
                if got and wanted and got != wanted and got[1:] == wanted[1:]:
                    layers[name.rpartition('.')[0]] = got[0], wanted[0]
        for layer, (got_outputs, outputs) in layers.items():
            _say(
                f'fresh: {layer}, which has {got_outputs} outputs in the '
                f'checkpoint and {outputs} here'
            )
        begin = (*self.fresh, *(f'{layer}.' for layer in layers))
        for name in [k for k in weights if begin and k.startswith(begin)]:
            del weights[name]
        for name in own:
            if name in new or (begin and name.startswith(begin)):
                weights[name] = own[name]


def _say(what: str) -> None:
    print_log(what, logger='current', level=logging.INFO)
