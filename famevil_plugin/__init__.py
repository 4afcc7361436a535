"""FAME-ViL for MMEngine: one CLIP with small adapters, four fashion tasks.

Importing the package loads nothing heavy: MMEngine finds ``registry.py`` by
the scope ``famevil_plugin``, the registries import what a config names, and
the names offered here are imported when they are first asked for.

Example:
    >>> from famevil_plugin import TaskSampler
    >>> TaskSampler.__module__
    'famevil_plugin.datasets.task_sampler'
"""

import ast
from functools import cache
from importlib import import_module
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .datasets import *
    from .engine import *
    from .evaluation import *
    from .inference import *
    from .models import *
    from .visualization import *

__version__ = '0.2.0.dev0'

_PACKAGES = ('datasets', 'engine', 'evaluation', 'inference', 'models', 'visualization')


def __getattr__(name: str) -> Any:
    """Import a public name from the sub-package that offers it."""
    package = _public_names().get(name)
    if package is None:
        raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    return getattr(import_module(f'.{package}', __name__), name)


def __dir__() -> list[str]:
    """List the public names beside what is loaded."""
    return sorted({*globals(), *_public_names()})


@cache
def _public_names() -> dict[str, str]:
    """Sub-package of each public name, by ``__all__`` as it is written there.

    The source is read, as importing the sub-packages would load PyTorch.
    """
    names: dict[str, str] = {}
    for package in _PACKAGES:
        source = files(__name__) / package / '__init__.py'
        for statement in ast.parse(source.read_text('utf-8')).body:
            if isinstance(statement, ast.Assign) and any(
                isinstance(target, ast.Name) and target.id == '__all__'
                for target in statement.targets
            ):
                names |= dict.fromkeys(ast.literal_eval(statement.value), package)
    return names
