"""The authors' checkpoints: their names, models and weights beside ours."""

from .config import authors_config
from .layout import from_authors, split_checkpoint, to_authors
from .names import AUTHORS_TASKS, AUTHORS_TOWERS, authors_names

__all__ = [
    'AUTHORS_TASKS',
    'AUTHORS_TOWERS',
    'authors_config',
    'authors_names',
    'from_authors',
    'split_checkpoint',
    'to_authors',
]
