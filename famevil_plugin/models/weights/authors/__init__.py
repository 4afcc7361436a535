"""The authors' checkpoints: their names, models and weights beside ours."""

from .config import authors_config
from .differences import authors_differences
from .layout import from_authors, split_checkpoint, to_authors
from .names import AUTHORS_TASKS, authors_names

__all__ = [
    'AUTHORS_TASKS',
    'authors_config',
    'authors_differences',
    'authors_names',
    'from_authors',
    'split_checkpoint',
    'to_authors',
]
