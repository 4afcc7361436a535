"""Readers of weight files, which treat them as data and run nothing."""

from .weight_check import name_faults, weight_faults
from .weight_files import WeightFile, read_weights

__all__ = ['WeightFile', 'name_faults', 'read_weights', 'weight_faults']
