"""What a training left in its work dir: config, newest checkpoint, model."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, cast

from mmengine.config import Config
from mmengine.registry import DefaultScope

from famevil_plugin.command_line import apply_options, keep_tasks
from famevil_plugin.engine.work_dir import find_checkpoint, find_config
from famevil_plugin.models import FAMEViL
from famevil_plugin.models.bare_model import build_bare
from famevil_plugin.models.weights import name_faults, weight_faults
from famevil_plugin.models.weights.checkpoint_loader import load_from_local


class Trained(NamedTuple):
    """A model that was trained.

    Attributes:
        model (FAMEViL): On the CPU, evaluating, without teachers.
        config (Config): Of its training; of some tasks, where they were
            chosen.
        notes (dict[str, Any]): What the checkpoint holds under ``meta``.
        checkpoint (Path): The file.
    """

    model: FAMEViL
    config: Config
    notes: dict[str, Any]
    checkpoint: Path


def load_trained(
    work_dir: Path,
    checkpoint: Path | None = None,
    tasks: Sequence[str] | None = None,
    options: Mapping[str, Any] | None = None,
) -> Trained:
    """Build the model of a work dir and read its weights, as data.

    Args:
        work_dir (Path): A folder that ``tools/train.py`` wrote.
        checkpoint (Path, optional): A file of weights of that config.
            Defaults to the newest whole checkpoint in the folder.
        tasks (Sequence[str], optional): Some of the model's tasks, to do
            without the others. Defaults to all.
        options (Mapping, optional): Settings of the config to change, by
            dotted key.

    Raises:
        FileNotFoundError: If there is no such folder, config or checkpoint.
        ValueError: If a task is not the model's, or the weights are of
            another model.
    """
    config = find_config(work_dir)
    checkpoint = checkpoint or find_checkpoint(work_dir, config)
    held = load_from_local(str(checkpoint), 'cpu')
    weights = held.get('state_dict', held)
    if tasks:
        keep_tasks(config, tasks)
    apply_options(config, dict(options or {}))
    with DefaultScope.overwrite_default_scope('famevil_plugin'):
        model = cast(FAMEViL, build_bare(config.model))
    wanted = model.state_dict()
    if tasks:  # of the others the checkpoint may hold whatever it does
        weights = {name: weights[name] for name in weights if name in wanted}
    faults = weight_faults(wanted, weights)
    if faults:
        raise ValueError(
            f'{checkpoint} is of another model than the config in {work_dir} '
            f'builds: {name_faults(faults)}. Give the work dir that the file '
            'was trained in'
        )
    model.load_state_dict(weights)
    notes = held.get('meta')
    return Trained(
        model.eval().requires_grad_(False),
        config,
        notes if isinstance(notes, dict) else {},
        checkpoint,
    )
