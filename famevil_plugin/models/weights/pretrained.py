"""First weights of a model: found, or fetched, read and loaded."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import open_clip
from mmengine.logging import print_log
from open_clip.model import CustomTextCLIP, convert_to_custom_text_state_dict
from torch import Tensor, nn

from .activations import OPENAI_MARKS, check_activation
from .clip_names import CLIP_PREFIX
from .shipped import SHIPPED
from .transformers import from_transformers, is_of_transformers
from .weight_check import name_faults, weight_faults
from .weight_files import read_weights


def find_weights(backbone: str | dict[str, Any], pretrained: str) -> Path:
    """The file of a backbone's first weights.

    Args:
        backbone (str | dict): See :func:`~famevil_plugin.models.backbone
            .backbone_config`.
        pretrained (str): ``'small_clip'``, which ships with the package; a
            local file; or an open_clip tag to look up in its cache and on
            the network.

    Raises:
        FileNotFoundError: If there is neither such a file nor such a tag.
        ValueError: If the weights are of another activation function.
    """
    if pretrained in SHIPPED:
        return SHIPPED[pretrained]
    if Path(pretrained).exists():
        return Path(pretrained)
    return _fetch(backbone, pretrained)


def _fetch(backbone: str | dict[str, Any], tag: str) -> Path:
    tags = (
        open_clip.list_pretrained_tags_by_model(backbone)
        if isinstance(backbone, str)
        else []
    )
    if tag not in tags:
        raise FileNotFoundError(
            f'no weights at {tag!r}: expected a local file, weights that ship '
            f'with the package ({", ".join(SHIPPED)}), or a tag that open_clip '
            f'has for the backbone ({", ".join(tags) or "none"}). '
            'Set `pretrained` to one of them, or to None for random weights'
        )
    source = open_clip.get_pretrained_cfg(backbone, tag)
    if source.get('quick_gelu') and not (
        open_clip.get_model_config(backbone).get('quick_gelu')
    ):
        raise ValueError(
            f'the weights {tag!r} were trained with QuickGELU, which the '
            f"backbone {backbone!r} has not: choose '{backbone}-quickgelu'"
        )
    try:
        return Path(open_clip.download_pretrained(source))
    except (OSError, RuntimeError) as error:
        raise FileNotFoundError(
            f'the weights {tag!r} of {backbone} cannot be downloaded '
            f'({error}): fetch {source.get("url") or source["hf_hub"]} where '
            'there is a network, and set `pretrained` to the path of the '
            'file'
        ) from None


def read_pretrained(path: Path, quick_gelu: bool) -> dict[str, Tensor]:
    """Read a CLIP's weights, in whatever file they are.

    Of a checkpoint that ``tools/train.py`` wrote, CLIP's part is read.

    Args:
        path (Path): See :func:`~famevil_plugin.models.weights.weight_files
            .read_weights`.
        quick_gelu (bool): Whether the backbone has QuickGELU.

    Returns:
        dict[str, Tensor]: fp32 weights, by the names in the file.

    Raises:
        ValueError: If the weights are known to be of another activation
            function.
    """
    file = read_weights(path)
    check_activation(path, file, quick_gelu)
    weights = file.weights
    if any(key.startswith(CLIP_PREFIX) for key in weights):
        return {
            key.removeprefix(CLIP_PREFIX): value.float()
            for key, value in weights.items()
            if key.startswith(CLIP_PREFIX)
        }
    return {
        key.removeprefix('module.'): value.float()
        for key, value in weights.items()
        if key not in OPENAI_MARKS
    }


def load_pretrained(
    clip: CustomTextCLIP, weights: dict[str, Tensor], source: str
) -> None:
    """Load weights of open_clip's, OpenAI's or transformers' layout.

    Args:
        clip (CustomTextCLIP): The model.
        weights (dict[str, Tensor]): From :func:`read_pretrained`.
        source (str): Where they come from, for the error.

    Raises:
        ValueError: If they are of another backbone, naming what differs.
    """
    wanted = clip.state_dict()
    weights = (
        from_transformers(weights, wanted)
        if is_of_transformers(weights)
        else convert_to_custom_text_state_dict(weights)
    )
    faults = weight_faults(wanted, weights)
    if faults:
        raise ValueError(
            f'the weights {source!r} are of another backbone: '
            f'{name_faults(faults)}. Choose the backbone that they were '
            'trained with, or set `pretrained` to None for random weights'
        )
    clip.load_state_dict(weights)


def load_parts(model: nn.Module, parts: Sequence[str], path: Path) -> None:
    """Let parts of a model begin as a file holds them.

    What the file lacks stays as it is, and is named in the log.

    Args:
        model (nn.Module): The model.
        parts (Sequence[str]): Names of its modules, ``'heads.fic'``.
        path (Path): See :func:`~famevil_plugin.models.weights.weight_files
            .read_weights`.

    Raises:
        ValueError: If the file has a part in another shape.
    """
    wanted = model.state_dict()
    held = read_weights(path).weights
    fresh = []
    for part in parts:
        names = [name for name in wanted if name.startswith(f'{part}.')]
        found = {name: held[name].float() for name in names if name in held}
        faults = weight_faults({name: wanted[name] for name in found}, found)
        if faults:
            raise ValueError(
                f'{part} in {path} is of another model: {name_faults(faults)}. '
                f'Take {part!r} out of model.pretrained_parts to begin it anew'
            )
        model.load_state_dict(found, strict=False)
        if len(found) < len(names):
            fresh.append(part)
    if fresh:
        print_log(f'{path} lacks {", ".join(fresh)}: begun anew', logger='current')
