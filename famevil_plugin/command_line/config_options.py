"""``--cfg-options`` that either take effect or say why they cannot."""

import difflib
import inspect
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any, NamedTuple, get_type_hints

from mmengine.config import Config
from mmengine.runner import Runner
from torch.utils.data import DataLoader

from .option_values import read_value

# keys that the tools work in after the options
_READ_BY_TOOLS = ('by_data',)
_READ_BY_RUNNER = ('compile', 'sync_bn', 'find_unused_parameters', 'model_wrapper_cfg')


def apply_options(config: Config, options: dict[str, Any]) -> None:
    """Set options given by dotted keys in a config.

    A variable of the config file (``data_root``) is set, and with it those
    of its keys that have its value: the config's ``derived`` names them, by
    variable, with ``*`` for any key or place. Keys that are given themselves
    count more.

    Args:
        config (Config): Changed in place.
        options (dict): Values by dotted key; texts are read by
            :func:`~famevil_plugin.command_line.option_values.read_value`.

    Raises:
        ValueError: If a key matches nothing in the config, a value is of
            another type than the present one, or a key is a variable that
            no derived keys are named of.
    """
    runner_keys = {*_arguments(Runner), *_READ_BY_TOOLS}
    for key in sorted(options, key=lambda key: key.split('.')[0] in runner_keys):
        place = _find(config, key)
        try:
            value = read_value(options[key], place.value, place.hint)
        except ValueError as error:
            raise ValueError(f'--cfg-options {key}: {error}') from None
        if key.split('.')[0] not in runner_keys:
            _set_derived(config, key, value)
        place.node[place.key] = value
        if key.endswith('.num_workers') and value == 0:
            _stop_workers(place.node, key.removesuffix('num_workers'), options)
    if 'max_iters' in options:
        _drop_late_schedules(config)


class _Place(NamedTuple):
    """A key or place in a part of a config.

    Attributes:
        node (Any): The part: a config, dict or list.
        key (Any): The key, or the place in the list.
        hint (Any): The annotation of the argument that it is.
    """

    node: Any
    key: Any
    hint: Any = Any

    @property
    def value(self) -> Any:
        """The present value, None if there is none."""
        if isinstance(self.node, list):
            return self.node[self.key]
        return self.node.get(self.key)


def _find(config: Config, key: str) -> _Place:
    parts = key.split('.')
    node: Any = config
    for depth, part in enumerate(parts):
        where = '.'.join(parts[:depth]) or 'the config'
        if isinstance(node, list):
            if not part.isdigit() or int(part) >= len(node):
                raise ValueError(
                    f'--cfg-options {key}: {where} is a list of {len(node)}, '
                    f'got the place {part!r}'
                )
            place = _Place(node, int(part))
        elif isinstance(node, (dict, Config)):
            known = _accepted(node)
            last = depth == len(parts) - 1
            if part not in node and not (last and part in known):
                names = sorted({*node, *known})
                close = (
                    [path for path, _ in _walk(config) if path.endswith(f'.{key}')][:3]
                    or difflib.get_close_matches(part, names, n=3)
                    or names[:12]
                )
                raise ValueError(
                    f'--cfg-options {key}: {where} has no key {part!r}; did you '
                    f'mean {", ".join(map(str, close))}?'
                )
            place = _Place(node, part, known.get(part, Any))
        else:
            raise ValueError(
                f'--cfg-options {key}: nothing can be set under {where}, '
                f'which is {node!r}'
            )
        node = place.value
    return place


def _accepted(node: Any) -> dict[str, Any]:
    """Keys that may be added, with their annotations: a runner's, or the
    arguments of a class."""
    if isinstance(node, Config):
        return _arguments(Runner)
    kind = DataLoader if 'sampler' in node else node.get('type')
    return _arguments(kind) if inspect.isclass(kind) else {}


def _arguments(kind: type) -> dict[str, Any]:
    names: dict[str, Any] = {}
    for base in kind.__mro__[:-1]:
        if construct := vars(base).get('__init__'):
            parameters = inspect.signature(construct).parameters
            try:
                hints = get_type_hints(construct)
            except (NameError, TypeError):  # names known to type checkers alone
                hints = {}
            names = {name: hints.get(name, Any) for name in parameters} | names
            if 'kwargs' not in parameters:
                break
    if kind is Runner:
        names |= dict.fromkeys(_READ_BY_RUNNER, Any)
    return {k: v for k, v in names.items() if k not in ('self', 'args', 'kwargs')}


def _set_derived(config: Config, key: str, value: Any) -> None:
    """Set the keys that derive from a variable of the config file.

    Raises:
        ValueError: If none are named, or none has the variable's value.
    """
    name = key.split('.')[0]
    old = config[name]
    patterns = (config.get('derived') or {}).get(key, ())
    places = [
        place
        for pattern in patterns
        for place in _matching(config, pattern.split('.'))
        if type(place.value) is type(old) and place.value == old
    ]
    if not places:
        worked_in = patterns or [
            path for path, found in _walk(config, name) if found == old
        ]
        raise ValueError(
            f'--cfg-options {key}: {name} is a variable of the config file, '
            f'whose value {old!r} was already worked into the config, for '
            f'example at {", ".join(worked_in[:5]) or "(derived values)"}: set '
            'these keys instead'
        )
    for place in places:
        place.node[place.key] = value


def _matching(node: Any, pattern: list[str]) -> Iterator[_Place]:
    """The places whose keys match those of a pattern."""
    for key in range(len(node)) if isinstance(node, list) else list(node):
        if fnmatchcase(str(key), pattern[0]):
            place = _Place(node, key)
            if len(pattern) == 1:
                yield place
            elif isinstance(place.value, (dict, list)):
                yield from _matching(place.value, pattern[1:])


def _walk(node: Any, without: str = '', path: str = '') -> Iterator[tuple[str, Any]]:
    """Dotted paths and values of all that is in a config."""
    for key in range(len(node)) if isinstance(node, list) else list(node):
        if key != without:
            here = f'{path}.{key}' if path else str(key)
            yield here, node[key]
            if isinstance(node[key], (dict, list)):
                yield from _walk(node[key], path=here)


def _drop_late_schedules(config: Config) -> None:
    """Leave out schedules that begin when a shortened training has ended."""
    schedules = config.get('param_scheduler')
    if isinstance(schedules, list):
        config.param_scheduler = [
            schedule
            for schedule in schedules
            if schedule.get('begin', 0) < config.train_cfg.max_iters
        ]


def _stop_workers(loader: dict[str, Any], path: str, options: dict[str, Any]) -> None:
    """Turn off what a dataloader refuses without worker processes."""
    for key, off in (('persistent_workers', False), ('prefetch_factor', None)):
        if loader.get(key) and path + key not in options:
            loader[key] = off
