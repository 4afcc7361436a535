"""One training of a table."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, eq=False)
class Run:
    """One training.

    Attributes:
        name (str): Its folder's.
        config (Path): Its config.
        tasks (tuple[str, ...]): Some of the config's tasks, or all.
        iterations (int): Its length.
        seed (int): Its seed.
        needs (dict[str, Run]): By setting, the run whose last checkpoint
            it takes.
        options (dict[str, Any]): Other settings to change.
    """

    name: str
    config: Path
    tasks: tuple[str, ...]
    iterations: int
    seed: int
    needs: Mapping[str, 'Run'] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)

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
        summary = json.loads(self.summary(out).read_text())
        return summary['iterations'] >= self.iterations

    def arguments(self, out: Path) -> list[str]:
        """The command line of ``tools/train.py``, to begin or go on."""
        settings = (
            dict(self.options)
            | {
                'randomness.seed': self.seed,
                'default_hooks.checkpoint.max_keep_ckpts': 1,
            }
            | {key: run.checkpoint(out) for key, run in self.needs.items()}
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
