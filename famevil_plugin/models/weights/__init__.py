"""Readers of weight files, which treat them as data and run nothing.

From a file to a model: :mod:`.weight_files` reads any file of weights,
:mod:`.adapter_files` adds the CLIP that adapters were published without,
:mod:`.pretrained` finds a backbone's first weights and loads them,
:mod:`.clip_names` and :mod:`.transformers` rename those of transformers, and
:mod:`.authors` does so for the authors' whole models; :mod:`.published_model`
builds a model from a published file; :mod:`.weight_check` says what does not fit.
"""

from .checkpoint_loader import load_from_local
from .published_model import load_published
from .weight_check import name_faults, weight_faults
from .weight_files import WeightFile, read_weights

__all__ = [
    'WeightFile',
    'load_from_local',
    'load_published',
    'name_faults',
    'read_weights',
    'weight_faults',
]
