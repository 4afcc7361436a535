"""From a model's config to the model whose weights a file is about to bring."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from famevil_plugin.registry import MODELS
from famevil_plugin.tasks import find_tasks

from .task_data_preprocessor import whole_preprocessor


def build_bare(model: Mapping[str, Any]) -> nn.Module:
    """Build a model without first weights and teachers, on the CPU.

    Photos are normalised as the ``pretrained`` of the config asks, whose
    statistics may be its own; its weights are not read, so they need not be
    there. No random numbers are used up.

    Args:
        model (Mapping): Config of a :class:`~famevil_plugin.models.FAMEViL`,
            or of a model of another kind; it stays as it is.
    """
    own = {key: value for key, value in model.items() if key != 'teachers'}
    if 'encoder' in own:
        encoder = dict(own['encoder'])
        own['data_preprocessor'] = whole_preprocessor(
            own.get('data_preprocessor'), encoder, find_tasks(own['heads'])
        )
        own['encoder'] = encoder | dict(pretrained=None)
    with torch.random.fork_rng(devices=()):
        return MODELS.build(own)
