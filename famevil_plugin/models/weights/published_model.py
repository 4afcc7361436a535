"""Builds a model from a published file alone: weights and, as data, their config."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmengine.registry import DefaultScope
from torch import nn

from famevil_plugin.registry import MODELS

from .adapter_files import complete
from .saved_config import saved_model
from .weight_check import name_faults, weight_faults
from .weight_files import read_weights


def load_published(path: str | Path) -> nn.Module:
    """Build a model from a published file alone.

    Its config is data, so only registered classes are built: import the
    package of a task or adapter of your own first.

    Args:
        path (str | Path): A ``.safetensors`` file of
            ``tools/model_converters/publish_model.py``, of a whole model or
            of adapters.

    Returns:
        FAMEViL: On the CPU, evaluating.

    Raises:
        FileNotFoundError: If there is no such file, or its CLIP is missing.
        ValueError: If it has no config, names what is not registered, or does
            not fit its config.
    """
    from ..bare_model import build_bare  # backbones are built of weights

    path = Path(path)
    file = complete(read_weights(path), path)
    config = saved_model(file.notes)
    if config is None:
        raise ValueError(
            f'{path} holds no config of a model: expected a file of '
            'tools/model_converters/publish_model.py. Weights alone are read by '
            'tools/test.py CONFIG FILE'
        )
    config = _as_classes(config, path)
    with DefaultScope.overwrite_default_scope('famevil_plugin'):
        model = build_bare(config)
    faults = weight_faults(model.state_dict(), file.weights)
    if faults:
        raise ValueError(
            f'{path} does not fit the config inside it: {name_faults(faults)}. '
            'Publish it anew'
        )
    model.load_state_dict(file.weights)
    return model.eval()


def _as_classes(node: Any, path: Path) -> Any:
    """The config with classes for the names under ``type``.

    Looking a dotted name up would import whatever it names.
    """
    if isinstance(node, Mapping):
        made = {key: _as_classes(value, path) for key, value in node.items()}
        if isinstance(made.get('type'), str):
            made['type'] = _registered(made['type'], path)
        return made
    if isinstance(node, (list, tuple)):
        return type(node)(_as_classes(item, path) for item in node)
    return node


def _registered(name: str, path: Path) -> type:
    MODELS.import_from_location()
    package, _, short = name.rpartition('.')
    found = MODELS.module_dict.get(short)
    if found is None or package and _top(found.__module__) != _top(package):
        raise ValueError(
            f'{path} asks to build {name}, which is refused: expected a class that '
            'is registered in MODELS. If it is of a package of yours, import that '
            'first'
        )
    return found


def _top(module: str) -> str:
    return module.partition('.')[0]
