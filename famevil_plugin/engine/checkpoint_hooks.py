"""Checkpoints: of the right model, and whole."""

import os
import tempfile
from pathlib import Path
from typing import Any

from mmengine.fileio import LocalBackend, register_backend
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner

from famevil_plugin.models.weight_check import name_faults, weight_faults
from famevil_plugin.registry import HOOKS


class AtomicBackend(LocalBackend):
    """Files that appear whole or not at all.

    Name it in ``CheckpointHook(backend_args=dict(backend='atomic'))``: a kill
    while a checkpoint is written then leaves the older ones and no half one.
    """

    def put(self, obj: bytes, filepath: str | Path) -> None:
        """Write beside the file, then move into place."""
        target = Path(filepath)
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, beside = tempfile.mkstemp(
            prefix=f'.{target.name}.', dir=target.parent)
        try:
            with os.fdopen(handle, 'wb') as file:
                file.write(obj)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(beside, 0o644)
            os.replace(beside, target)
        except BaseException:
            Path(beside).unlink(missing_ok=True)
            raise


register_backend('atomic', AtomicBackend, force=True)


@HOOKS.register_module()
class CheckpointGuardHook(Hook):
    """Refuses a checkpoint that does not fit the model, before it loads.

    MMEngine only warns, and goes on with random weights.

    Args:
        strict (bool): Whether to ask for all keys. With False only equal
            keys of unequal shapes are refused, for starting a model from
            another's weights. Defaults to True.
    """

    priority = 'VERY_HIGH'

    def __init__(self, strict: bool = True) -> None:
        self.strict = strict

    def after_load_checkpoint(self, runner: Runner,
                              checkpoint: dict[str, Any]) -> None:
        """Compare names and shapes.

        Raises:
            ValueError: If they differ, naming the first of each kind.
        """
        model = runner.model
        model = model.module if is_model_wrapper(model) else model
        faults = weight_faults(model.state_dict(),
                               checkpoint.get('state_dict', checkpoint))
        if not self.strict:
            faults = {k: v for k, v in faults.items() if k == 'misshapen'}
        if faults:
            raise ValueError(
                'the checkpoint is of another model than the config builds: '
                f'{name_faults(faults)}. Give the config that the checkpoint '
                'was trained with (it lies beside it in its work_dir)')
