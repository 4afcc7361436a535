"""Findings about data and settings: faults, and notes, each with its cases.

The check of a data set reports them, and so do the parts of a run before its
first step (:class:`~famevil_plugin.engine.StartChecksHook`).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

SHOWN = 5


class Finding(NamedTuple):
    """Something odd, and each case of it by name.

    Attributes:
        what (str): It, in words.
        names (list[str]): Its cases.
        remedy (str): How it is mended, in whole sentences; empty where that
            goes without saying.
    """

    what: str
    names: list[str]
    remedy: str = ''

    def spell(self) -> str:
        """It in a line, its first cases named."""
        more = len(self.names) - SHOWN
        names = '; '.join(self.names[:SHOWN])
        rest = f'; and {more:,} more' if more > 0 else ''
        remedy = f'. {self.remedy}' if self.remedy else ''
        return f'{self.what} ({len(self.names):,}): {names}{rest}{remedy}'


@dataclass
class Findings:
    """What is odd about something.

    Attributes:
        faults (list[Finding]): What must be mended.
        notes (list[Finding]): What is good to know.
    """

    faults: list[Finding] = field(default_factory=list, init=False)
    notes: list[Finding] = field(default_factory=list, init=False)

    def fault(self, what: str, names: Iterable[Any], remedy: str = '') -> None:
        """Add a fault, if there is a case of it."""
        _add(self.faults, what, names, remedy)

    def note(self, what: str, names: Iterable[Any], remedy: str = '') -> None:
        """Add a note, if there is a case of it."""
        _add(self.notes, what, names, remedy)


@dataclass
class TaskStart(Findings):
    """A task's data before a run, and what its parts find odd about them.

    A head, a metric, a data set or a transform of its pipeline that has a
    method ``check_start(start)`` is asked once a mode.

    Attributes:
        mode (str): ``train``, ``val`` or ``test``.
        task (str): Its name; empty in a run without tasks.
        items (Sequence[Mapping]): The items before the pipeline, which are
            read when they are asked for; empty where the data set has no
            ``get_data_info``.
        size (int): How many items there are.
        batch_size (int, optional): Items of a global training batch; None
            where a batch sampler decides, or nothing is trained.
        missing (str): What the data set does about photos that cannot be
            read: ``error`` or ``skip``.
    """

    mode: str
    task: str
    items: Sequence[Mapping[str, Any]]
    size: int
    batch_size: int | None
    missing: str = 'error'

    def sample(self, count: int) -> Iterator[Mapping[str, Any]]:
        """At most ``count`` of the items, evenly spread."""
        step = max(-(-len(self.items) // count), 1)
        return (self.items[place] for place in range(0, len(self.items), step))


def _add(found: list[Finding], what: str, names: Iterable[Any], remedy: str) -> None:
    cases = [str(name) for name in names]
    if cases:
        found.append(Finding(what, cases, remedy))
