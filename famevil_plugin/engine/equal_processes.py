"""Whether processes that train together were started alike.

A process with another config, other code or other data trains on something
else without a word, or waits for ever at a step that the others do not have.
So what a process was started with is laid down as facts, texts by name, and
compared before anything else is exchanged.
"""

import inspect
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from mmengine.dist import all_gather_object

import famevil_plugin

Facts = dict[str, str]

#: Packages on which results depend.
PACKAGES = (
    'torch',
    'torchvision',
    'open_clip_torch',
    'onedl-mmengine',
    'pycocoevalcap',
)
_SHOWN = 20
_ABSENT = 'not there'


def require_equal(facts: Mapping[str, str]) -> None:
    """Compare facts with those of all other processes.

    Raises:
        ValueError: On every process, if some are different: the first of
            them by name, with each value and the processes that have it.
    """
    everybody: list[Facts] = all_gather_object(dict(facts))
    names = dict.fromkeys(name for facts in everybody for name in facts)
    different = [
        f'{name}: {_spell_values([facts.get(name, _ABSENT) for facts in everybody])}'
        for name in names
        if len({facts.get(name) for facts in everybody}) > 1
    ]
    if not different:
        return
    more = len(different) - _SHOWN
    raise ValueError(
        'the processes of this run were not started alike:\n  '
        + '\n  '.join(different[:_SHOWN])
        + (f'\n  and {more} more' if more > 0 else '')
        + '\nStart all of them with the same command, in the same version of the '
        'code, on the same data'
    )


def version_facts() -> Facts:
    """Versions of the packages, and a digest of this one's source."""
    return {
        'famevil_plugin': f'{famevil_plugin.__version__}, source {_own_digest()}',
        **{package: version(package) for package in PACKAGES},
    }


def config_facts(config: Config | Mapping[str, Any]) -> Facts:
    """Every setting of a config, by its dotted key."""
    return {f'config {key}': _spell(value) for key, value in _leaves(dict(config))}


def code_facts(parts: Iterable[Any]) -> Facts:
    """Digests of the files that classes from outside this package are in.

    Args:
        parts (Iterable): Heads, data sets, metrics: objects of any class.
    """
    found: dict[str, Path] = {}
    for kind in {type(part) for part in parts}:
        try:
            source = inspect.getsourcefile(kind)
        except (OSError, TypeError):  # typed into a console, or compiled
            continue
        if source and not kind.__module__.startswith('famevil_plugin.'):
            found[kind.__module__] = Path(source)
    return {
        f'code {module}': digest_files([source])
        for module, source in sorted(found.items())
    }


def weight_facts(model: torch.nn.Module) -> Facts:
    """Shapes and types of a model's weights."""
    return {
        f'weight {name}': f'{tuple(weight.shape)} {weight.dtype}'
        for name, weight in model.state_dict().items()
    }


def data_facts(place: str, dataset: Any) -> Facts:
    """Size of a data set, and a digest of each of its annotation files.

    Files are those that the data set names in ``annotation_files``, or its
    ``ann_file``, by their names without folder: the data of another machine
    may lie in another one.

    Args:
        place (str): Where the run uses it, as ``train xmr``.
        dataset (Any): The data set.
    """
    own = getattr(dataset, 'annotation_files', None)
    named = [getattr(dataset, 'ann_file', None)] if own is None else own()
    existing = [Path(path) for path in named if path and Path(path).is_file()]
    return {f'data {place}, items': str(len(dataset))} | {
        f'data {place}, {path.name}': digest_files([path]) for path in existing
    }


def digest_files(paths: Iterable[Path]) -> str:
    """A short digest of the content of files."""
    digest = blake2b(digest_size=8)
    for path in paths:
        with path.open('rb') as file:
            while chunk := file.read(2**20):
                digest.update(chunk)
    return digest.hexdigest()


def digest_sources(folder: Path) -> str:
    """A short digest of all Python files of a folder, their names included."""
    digest = blake2b(digest_size=8)
    for name, content in sorted(_sources(folder)):
        digest.update(f'{name} {len(content)} '.encode() + content)
    return digest.hexdigest()


def _spell_values(values: list[str]) -> str:
    """Each value, and which processes have it."""
    ranks: dict[str, list[str]] = {}
    for rank, value in enumerate(values):
        ranks.setdefault(value, []).append(str(rank))
    return '; '.join(
        f'{value if len(value) <= 200 else f"{value[:200]}..."} on process'
        f'{"es" * (len(some) > 1)} {", ".join(some)}'
        for value, some in ranks.items()
    )


def _leaves(node: Any, path: str = '') -> Iterator[tuple[str, Any]]:
    """Dotted keys and values of all that is in a config."""
    if isinstance(node, (Mapping, list, tuple)) and node:
        items = node.items() if isinstance(node, Mapping) else enumerate(node)
        for key, value in items:
            yield from _leaves(value, f'{path}.{key}' if path else str(key))
    else:
        yield path, node


def _spell(value: Any) -> str:
    """A setting as a text that is the same in every process."""
    if inspect.isclass(value) or inspect.isroutine(value):
        return f'{value.__module__}.{value.__qualname__}'
    plain = value is None or isinstance(value, (str, int, float, list, tuple, dict))
    return repr(value) if plain else f'a {type(value).__qualname__}'


@cache
def _own_digest() -> str:
    return digest_sources(Path(famevil_plugin.__file__).parent)


def _sources(folder: Path, path: str = '') -> Iterator[tuple[str, bytes]]:
    for entry in folder.iterdir():
        name = f'{path}/{entry.name}'
        if entry.is_dir() and entry.name not in ('__pycache__', '.mim'):
            yield from _sources(entry, name)
        elif entry.name.endswith('.py'):
            yield name, entry.read_bytes()
