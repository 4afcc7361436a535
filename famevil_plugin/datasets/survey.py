"""Looks at what lies under a data root for a task, before anything is built."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from famevil_plugin.registry import DATASETS


class Survey(NamedTuple):
    """What a data set would find.

    Attributes:
        items (int): Its products, queries or the like, photos aside.
        lack (str): If there are none, what is missing, and where.
        labels (int): Classes that the items may have, 0 if they have none.
    """

    items: int
    lack: str = ''
    labels: int = 0


def survey(dataset: Mapping[str, Any]) -> Survey | None:
    """Let a data set's class look at what it would read.

    Args:
        dataset (Mapping): Config of a data set.

    Returns:
        Survey | None: None where the class does not say: it lacks a class
        method ``survey`` (see
        :class:`~famevil_plugin.datasets.protocols.TaskData`).

    Raises:
        FileNotFoundError: If there is no such data root.
        ValueError: If annotations are there and cannot be read.
    """
    settings = dict(dataset)
    kind = settings.pop('type')
    if isinstance(kind, str):
        kind = DATASETS.get(kind)
    look = getattr(kind, 'survey', None)
    return None if look is None else look(**settings)
