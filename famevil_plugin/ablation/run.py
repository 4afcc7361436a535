"""One training of a table."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from famevil_plugin.reporting import Summary


@dataclass(frozen=True, eq=False)
class Run:
    """One training.

    Attributes:
        name (str): Its folder's.
        config (Path): Its config.
        tasks (tuple[str, ...]): Some of the config's tasks, or all.
        iterations (int): Its length.
        seed (int): Its seed.
        checkpoints (dict[str, Run]): By setting, the run whose last
            checkpoint it takes.
        options (dict[str, Any]): Other settings to change.
        summaries (dict[str, Run]): By setting, the run whose summary it
            takes.
    """

    name: str
    config: Path
    tasks: tuple[str, ...]
    iterations: int
    seed: int
    checkpoints: Mapping[str, 'Run'] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    summaries: Mapping[str, 'Run'] = field(default_factory=dict)

    @property
    def needs(self) -> list['Run']:
        """Runs that come before it."""
        return [*self.checkpoints.values(), *self.summaries.values()]

    def folder(self, out: Path) -> Path:
        """Its folder."""
        return out / 'runs' / self.name

    def summary(self, out: Path) -> Path:
        """Its summary, written at validations."""
        return self.folder(out) / 'summary.json'

    def checkpoint(self, out: Path) -> Path:
        """Its last checkpoint."""
        return self.folder(out) / f'iter_{self.iterations}.pth'

    def is_finished(self, out: Path) -> bool:
        """Whether it need not be trained or evaluated again."""
        if not self.summary(out).is_file():
            return False
        run = Summary.read(self.summary(out)).run
        return run is not None and run.iterations >= self.iterations

    def arguments(self, out: Path) -> list[str]:
        """The command line of ``tools/train.py``, to begin or go on."""
        settings = (
            dict(self.options)
            | {
                'randomness.seed': self.seed,
                'default_hooks.checkpoint.max_keep_ckpts': 1,
            }
            | {key: run.checkpoint(out) for key, run in self.checkpoints.items()}
            | {key: run.summary(out) for key, run in self.summaries.items()}
        )
        return [
            str(self.config),
            *(['--tasks', *self.tasks] if self.tasks else []),
            '--work-dir',
            str(self.folder(out)),
            '--resume',
            '--cfg-options',
            *(f'{key}={value}' for key, value in settings.items()),
        ]
