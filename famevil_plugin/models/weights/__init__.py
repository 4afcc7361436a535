"""Readers of weight files, which treat them as data and run nothing."""

from .checkpoint_loader import load_from_local
from .weight_check import name_faults, weight_faults
from .weight_files import WeightFile, read_weights

__all__ = [
    'WeightFile',
    'load_from_local',
    'name_faults',
    'read_weights',
    'weight_faults',
]
