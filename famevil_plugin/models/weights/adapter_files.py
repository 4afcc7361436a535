"""Files of adapters and heads alone, which name the CLIP that belongs under them.

``tools/model_converters/publish_model.py`` writes them. Wherever a model's
checkpoint is read, the named CLIP's weights are added.
"""

import json
from pathlib import Path
from typing import Any, NamedTuple

from open_clip.model import convert_to_custom_text_state_dict
from torch import Tensor

from .clip_names import CLIP_PREFIX
from .digest import weights_digest
from .pretrained import find_weights, read_pretrained
from .transformers import is_of_transformers
from .weight_files import WeightFile

#: The key of the named CLIP among a file's notes.
CLIP_NOTE = 'clip'


class NamedClip(NamedTuple):
    """The CLIP under adapters that are published without it.

    Attributes:
        name (str): As ``pretrained`` takes it; a file lies beside the
            adapters' file.
        backbone (str | dict): As the encoder takes it.
        quick_gelu (bool): Whether the backbone has QuickGELU.
        sha256 (str): Of its weights, see
            :func:`~famevil_plugin.models.weights.digest.weights_digest`.
    """

    name: str
    backbone: str | dict[str, Any]
    quick_gelu: bool
    sha256: str


def read_clip(
    backbone: str | dict[str, Any], name: str, quick_gelu: bool, beside: Path
) -> dict[str, Tensor]:
    """A CLIP's weights by open_clip's names, fp32.

    Args:
        backbone (str | dict): As the encoder takes it.
        name (str): As ``pretrained`` takes it, or a file in ``beside``.
        quick_gelu (bool): Whether the backbone has QuickGELU.
        beside (Path): A folder.

    Raises:
        FileNotFoundError: If it is not found.
        ValueError: If it has transformers' names, or another activation.
    """
    near = beside / Path(name).name
    path = near if near.is_file() else find_weights(backbone, name)
    weights = read_pretrained(path, quick_gelu)
    if is_of_transformers(weights):
        raise ValueError(
            f"{path} has transformers' names: publish the CLIP of the training "
            'by --part clip, and name that file'
        )
    return convert_to_custom_text_state_dict(weights)


def complete(file: WeightFile, path: Path) -> WeightFile:
    """Add the named CLIP to a file of adapters; other files stay as they are.

    Args:
        file (WeightFile): What was read.
        path (Path): From where.

    Raises:
        FileNotFoundError: If the CLIP is not found.
        ValueError: If it is another one than the adapters were trained on.
    """
    note = file.notes.get(CLIP_NOTE)
    if not isinstance(note, str):
        return file
    try:
        clip = NamedClip(**json.loads(note))
    except (TypeError, ValueError):
        raise ValueError(
            f'{path} does not say which CLIP belongs under its adapters: publish '
            'it anew by tools/model_converters/publish_model.py'
        ) from None
    weights = read_clip(clip.backbone, clip.name, clip.quick_gelu, path.parent)
    if weights_digest(weights) != clip.sha256:
        raise ValueError(
            f'{path} holds adapters for another CLIP than the present '
            f'{clip.name!r}: expected weights with the SHA-256 {clip.sha256[:16]}..., '
            f'got {weights_digest(weights)[:16]}.... Put the CLIP that they were '
            'published with beside the file'
        )
    under = {f'{CLIP_PREFIX}{name}': weight for name, weight in weights.items()}
    return WeightFile(under | file.weights, file.notes)
