"""Timing: how fast a model trains and answers, beside a plain baseline."""

from .measuring import Measured, Result, alternate
from .pipelines import time_data, time_ranking, time_start
from .workloads import Workload, make_batch, time_answers, time_captions, time_training

__all__ = [
    'Measured',
    'Result',
    'Workload',
    'alternate',
    'make_batch',
    'time_answers',
    'time_captions',
    'time_data',
    'time_ranking',
    'time_start',
    'time_training',
]
