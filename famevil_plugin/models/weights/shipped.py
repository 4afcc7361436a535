"""Weights that ship with the package, and how a training becomes them."""

from datetime import datetime
from pathlib import Path
from typing import Any

from mmengine.config import Config

from .clip_names import CLIP_PREFIX
from .packing import pack_weights
from .weight_files import read_weights

#: Files of the package, by the name that ``pretrained`` takes.
SHIPPED: dict[str, Path] = {
    'small_clip': Path(__file__).with_name('small_clip.safetensors')
}

# MMEngine's, in the names of experiments and in checkpoints
_TIME = '%Y%m%d_%H%M%S'

#: What goes on to be trained from them, beside the CLIP.
PARTS = ('encoder.cross_adapters.', 'heads.fic.')


def publish_clip(checkpoint: Path, origin: dict[str, Any]) -> bytes:
    """The CLIP of a training and its captioning parts, in half precision.

    Args:
        checkpoint (Path): What ``tools/train.py`` wrote.
        origin (dict[str, Any]): What to note beside what the checkpoint
            tells of its making: the commit, the data.

    Returns:
        bytes: The content of a ``.safetensors`` file; its metadata are texts
        by ``config``, ``architecture``, ``tasks``, ``seed``, ``steps``,
        ``batch_size``, ``hours``, the names in ``origin`` and, where the
        training went on from shipped weights, ``begun_from``: theirs.

    Raises:
        ValueError: If it is no checkpoint of FAMEViL, or a weight is not finite
            in half precision.
    """
    held = read_weights(checkpoint)
    weights = {
        name: weight
        for name, weight in held.weights.items()
        if name.startswith((CLIP_PREFIX, *PARTS))
    }
    if 'cfg' not in held.notes or not any(
        name.startswith(CLIP_PREFIX) for name in weights
    ):
        raise ValueError(
            f'{checkpoint} is no checkpoint of tools/train.py: expected weights '
            f'named {CLIP_PREFIX}* and the config beside them, got '
            f'{", ".join(list(held.weights)[:3])}'
        )
    return pack_weights(weights, _making(held.notes) | origin, half=True)


def _making(notes: dict[str, Any]) -> dict[str, Any]:
    """Facts of the training that wrote a checkpoint."""
    config = Config.fromstring(notes['cfg'], '.py')
    name, _, begun = notes['experiment_name'].partition('_20')
    begun = datetime.strptime(f'20{begun}', _TIME)
    seconds = (datetime.strptime(notes['time'], _TIME) - begun).total_seconds()
    earlier = SHIPPED.get(str(config.model.encoder.pretrained))
    return dict(
        config=f'configs/{name}.py',
        architecture=config.model.encoder.backbone,
        tasks=sorted(config.model.heads),
        seed=notes['seed'],
        steps=f'{notes["iter"]} of {config.train_cfg.max_iters}',
        batch_size=config.train_dataloader.batch_size,
        hours=round(seconds / 3600, 2),
        **(dict(begun_from=read_weights(earlier).notes) if earlier else {}),
    )
