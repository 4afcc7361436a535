"""From a work dir, a config or a model to what answers, ready to be asked."""

from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any, NamedTuple, cast

from mmengine.config import Config
from mmengine.device import get_device
from mmengine.logging import print_log

from famevil_plugin.datasets import (
    CentrePhotos,
    LoadPhotos,
    PackFashionInputs,
    TokenizeText,
)
from famevil_plugin.engine.work_dir import find_checkpoint, find_config
from famevil_plugin.models import FAMEViL
from famevil_plugin.models.bare_model import build_bare
from famevil_plugin.models.weights import name_faults, read_weights, weight_faults
from famevil_plugin.registry import DATASETS, MODELS
from famevil_plugin.tasks import untrained_parts


class LoadedModel(NamedTuple):
    """A model and what was said of it beside its weights.

    Attributes:
        model (FAMEViL): In evaluation mode, on its device.
        config (Config): Its config; of a model that was built elsewhere the
            one in its ``cfg``, or an empty one.
        notes (dict[str, Any]): Written beside its weights, such as the data
            sets' ``dataset_meta`` in checkpoints of a training.
    """

    model: FAMEViL
    config: Config
    notes: dict[str, Any]


def load_model(
    source: Any, weights: str | Path | None = None, device: str | None = None
) -> LoadedModel:
    """Find a model's config and weights, build it and load them as data.

    Args:
        source (str | Path | Config | dict | FAMEViL): A work dir (its newest
            config and newest whole checkpoint are taken), a config file or
            object, or a model.
        weights (str | Path, optional): A checkpoint or a file of weights.
            Defaults to a work dir's checkpoint, and to a model's own weights.
        device (str, optional): As PyTorch names it. Defaults to the model's
            own, and otherwise to an accelerator where there is one.

    Raises:
        FileNotFoundError: If a file or folder is missing, or a work dir has
            no config or no checkpoint.
        ValueError: If the weights do not fit, or there are none.
    """
    notes: dict[str, Any] = {}
    if isinstance(source, FAMEViL):
        config = getattr(source, 'cfg', None) or Config(dict())
        model = source
        if weights is not None:
            notes = _load_weights(model, Path(weights))
        device = device or str(next(model.parameters()).device)
        model.to(device).eval()
        return LoadedModel(model, config, notes)
    if isinstance(source, (str, Path)) and Path(source).is_dir():
        config = find_config(Path(source))
        weights = weights or find_checkpoint(Path(source), config)
    else:
        config = _read_config(source)
    model = _build(config, trained=weights is not None)
    if weights is not None:
        notes = _load_weights(model, Path(weights))
    model.to(device or get_device()).eval()
    return LoadedModel(model, config, notes)


def evaluation_pipelines(loaded: LoadedModel) -> dict[str, list[dict[str, Any]]]:
    """Each task's test pipeline, as the config has it.

    A model without a config gets the paper's evaluation view at its own
    size and the tokenizer of its text tower's size.
    """
    config, model = loaded.config, loaded.model
    if not config:
        text = model.encoder.text_tower
        tokenizer = dict(
            vocab_size=text.vocabulary_size, context_length=text.context_length
        )
        size = model.encoder.image_tower.image_size[0]
        steps: list[dict[str, Any]] = [
            dict(type=LoadPhotos),
            dict(type=CentrePhotos, size=size),
            dict(type=TokenizeText, tokenizer=tokenizer),
            dict(type=PackFashionInputs),
        ]
        return {task: steps for task in model.heads}
    return {
        task: loader.dataset.pipeline
        for task, loader in evaluation_loaders(config).items()
        if task in model.heads
    }


def label_names(loaded: LoadedModel, task: str) -> list[str]:
    """Names of a task's classes in the order of their ids; none if unknown.

    They stand beside the weights of a training. Of other weights the
    config's data set is asked, where it is there.
    """
    meta = loaded.notes.get('dataset_meta') or {}
    named = meta.get(task) if isinstance(meta, Mapping) else None
    if not named:
        dataset = evaluation_loaders(loaded.config).get(task, {}).get('dataset', {})
        # a missing data set is not drawn for its names
        there = Path(dataset.get('data_root', '/nowhere')).is_dir()
        lazy = dict(lazy_init=True, pipeline=[])
        named = DATASETS.build(dataset | lazy).metainfo if there else {}
    names = named.get('subcategories') or named.get('classes') or ()
    return [str(name) for name in names]


def evaluation_loaders(config: Config) -> Mapping[str, Any]:
    """A config's loaders of what it tests on, by task."""
    return config.get('test_dataloader') or config.get('val_dataloader') or {}


def _read_config(source: Any) -> Config:
    if isinstance(source, Mapping) and not isinstance(source, Config):
        return Config(deepcopy(dict(source)))
    if isinstance(source, Config):
        return deepcopy(source)
    if not isinstance(source, (str, Path)):
        raise TypeError(
            'expected a work dir, a config file, a config or a FAMEViL as the '
            f'model, got a {type(source).__name__}'
        )
    path = Path(source)
    if path.suffix in ('.pth', '.pt', '.safetensors'):
        raise ValueError(
            f'{path} is a file of weights: give the work dir that it lies in, or '
            'its config as the model and the file as `weights`'
        )
    if not path.exists():
        raise FileNotFoundError(
            f'no model at {path}: expected the work dir of a training '
            '(work_dirs/...), or a config file'
        )
    return Config.fromfile(path)


def _build(config: Config, trained: bool) -> FAMEViL:
    """Build a config's model; one whose weights follow, without others."""
    if not config.get('model'):
        raise ValueError(
            'the config has no `model`: expected a config that a model was trained with'
        )
    if trained:
        return cast(FAMEViL, build_bare(config.model))
    own = {k: v for k, v in config.model.items() if k != 'teachers'}
    untrained = untrained_parts(own)
    if untrained:
        raise ValueError(
            f'no weights given, and {", ".join(untrained)} would have random '
            'ones: give `weights`, a checkpoint of this config, or the work '
            'dir of a training instead of the config'
        )
    return MODELS.build(own)


def _load_weights(model: FAMEViL, path: Path) -> dict[str, Any]:
    """Load a file into a model; return what stands beside the weights."""
    weights, notes = read_weights(path)
    faults = weight_faults(model.state_dict(), weights)
    more = faults.pop('unexpected', [])
    if faults:
        raise ValueError(
            f'{path} is of another model than the config builds: '
            f'{name_faults(faults)}. Give the config that it was trained with '
            '(it lies beside it in its work dir)'
        )
    if more:
        print_log(
            f'{path} holds {len(more)} weights more than the model has, which are '
            f'left out: {", ".join(more[:3])}{", ..." if len(more) > 3 else ""}',
            logger='current',
        )
    model.load_state_dict(weights, strict=False)
    return notes
