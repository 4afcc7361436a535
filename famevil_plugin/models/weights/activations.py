"""The activation function that weights were trained with.

No name or shape tells it: QuickGELU, ``x * sigmoid(1.702 x)``, and the exact
GELU have no weights, and a model with the wrong one runs without an error and
gives worse features.
"""

import json
from pathlib import Path
from typing import Any

import open_clip

from .saved_config import saved_model
from .transformers import is_of_transformers
from .weight_files import WeightFile

# carried by OpenAI's own files beside the weights
OPENAI_MARKS = ('input_resolution', 'context_length', 'vocab_size')


def find_activation(path: Path, file: WeightFile) -> str | None:
    """Find what is known of the activation of a file's weights.

    OpenAI's archives are known by what they carry beside the weights, models
    of transformers by the ``config.json`` beside the file (without one, or
    where it is silent, transformers' default), and this package's checkpoints
    by their config.

    Args:
        path (Path): The file.
        file (WeightFile): Its content.

    Returns:
        str | None: ``'quick_gelu'``, ``'gelu'`` or another name of
        transformers'; None where nothing tells.

    Raises:
        ValueError: If the ``config.json`` is none.
    """
    if any(mark in file.weights for mark in OPENAI_MARKS):
        return 'quick_gelu'
    if is_of_transformers(file.weights):
        return _of_transformers(path.with_name('config.json'))
    return _of_saved_config(saved_model(file.notes))


def check_activation(path: Path, file: WeightFile, quick_gelu: bool) -> None:
    """Refuse weights of another activation than the backbone's.

    Args:
        path (Path): The file.
        file (WeightFile): Its content.
        quick_gelu (bool): Whether the backbone has QuickGELU.

    Raises:
        ValueError: If the weights are known to be of another.
    """
    found = find_activation(path, file)
    if found == 'quick_gelu' and not quick_gelu:
        raise ValueError(
            f'the weights {str(path)!r} were trained with QuickGELU, which '
            "the backbone has not: choose one such as 'ViT-B-16-quickgelu', or "
            'set quick_gelu=True in its config' + _advice(path, file)
        )
    if found not in (None, 'quick_gelu') and (quick_gelu or found != 'gelu'):
        raise ValueError(
            f'the weights {str(path)!r} were trained with the activation '
            f'{found!r}, and the backbone has '
            f'{"QuickGELU" if quick_gelu else "GELU"}: choose the backbone '
            "that they were trained with (quick_gelu=False for 'gelu')"
        )


def _advice(path: Path, file: WeightFile) -> str:
    beside = path.with_name('config.json')
    if is_of_transformers(file.weights) and not beside.exists():
        return (
            f'. No {beside} says otherwise: if their hidden_act is "gelu", put '
            'the config.json that they were published with there'
        )
    return ''


def _of_transformers(config: Path) -> str:
    if not config.is_file():
        return 'quick_gelu'
    try:
        content = json.loads(config.read_text())
        towers = [content.get(f'{tower}_config') or {} for tower in ('vision', 'text')]
        found = {tower.get('hidden_act', 'quick_gelu') for tower in towers}
    except (ValueError, AttributeError) as error:
        raise ValueError(
            f'{config} beside the weights is no config of transformers ({error})'
        ) from None
    return ' and '.join(sorted(found))


def _of_saved_config(model: dict[str, Any] | None) -> str | None:
    match model:
        case {'encoder': {'backbone': str(name)}}:
            backbone = open_clip.get_model_config(name)
        case {'encoder': {'backbone': dict(backbone)}}:
            pass
        case _:
            backbone = None
    if backbone is None:
        return None
    return 'quick_gelu' if backbone.get('quick_gelu') else 'gelu'
