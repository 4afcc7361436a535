"""``--cfg-options`` that either take effect or say why they cannot."""

import difflib
import inspect
from collections.abc import Iterator
from typing import Any

from mmengine.config import Config, ConfigDict
from mmengine.runner import Runner
from torch.utils.data import DataLoader

_RUNNER_KEYS = frozenset(inspect.signature(Runner).parameters) | {
    'compile',
    'sync_bn',
    'find_unused_parameters',
    'model_wrapper_cfg',
}


def apply_options(config: Config, options: dict[str, Any]) -> None:
    """Merge options given by dotted keys into a config.

    A text that stands in a variable of the config file (``data_root``) is
    replaced wherever the config uses it.

    Args:
        config (Config): Changed in place.
        options (dict): Values by dotted key.

    Raises:
        ValueError: If a key matches nothing in the config, or names a
            variable whose value was worked into others.
    """
    for key, value in options.items():
        _check_key(config, key)
        if key not in _RUNNER_KEYS and '.' not in key:
            _replace_variable(config, key, value)
    config.merge_from_dict(options)


def _check_key(config: Config, key: str) -> None:
    *parents, last = key.split('.')
    node: Any = config._cfg_dict
    for depth, part in enumerate([*parents, last]):
        if isinstance(node, (list, tuple)):
            if not part.isdigit() or int(part) >= len(node):
                raise ValueError(
                    f'--cfg-options {key}: {".".join(parents[:depth])} is a '
                    f'list of {len(node)}, got the place {part!r}'
                )
            node = node[int(part)]
            continue
        if not isinstance(node, dict):
            raise ValueError(
                f'--cfg-options {key}: nothing can be set under '
                f'{".".join(parents[:depth])}, which is {node!r}'
            )
        if part not in node:
            known = sorted(set(node) | _accepted(node, top=depth == 0))
            if part in known:
                return
            close = difflib.get_close_matches(part, known, n=3) or known[:12]
            where = '.'.join(parents[:depth]) or 'the config'
            raise ValueError(
                f'--cfg-options {key}: {where} has no key {part!r}; did you '
                f'mean {", ".join(map(str, close))}?'
            )
        node = node[part]


def _accepted(node: dict[str, Any], top: bool) -> set[str]:
    """Keys that may be added: a runner's, or arguments of a class."""
    if top:
        return set(_RUNNER_KEYS)
    kind = DataLoader if 'sampler' in node else node.get('type')
    if not inspect.isclass(kind):
        return set()
    names: set[str] = set()
    for base in kind.__mro__[:-1]:
        if '__init__' in vars(base):
            parameters = inspect.signature(base.__init__).parameters
            names |= set(parameters) - {'self', 'args', 'kwargs'}
            if 'kwargs' not in parameters:
                break
    return names


def _leaves(node: Any, path: str = '') -> Iterator[tuple[Any, Any, str, Any]]:
    """Container, key, dotted path and value of all that is no container."""
    items = node.items() if isinstance(node, dict) else enumerate(node)
    for key, value in items:
        here = f'{path}.{key}' if path else str(key)
        if isinstance(value, (dict, list)):
            yield from _leaves(value, here)
        else:
            yield node, key, here, value


def _replace_variable(config: Config, name: str, value: Any) -> None:
    root: ConfigDict = config._cfg_dict
    old = root[name]
    places = [
        (node, key, path)
        for node, key, path, found in _leaves(root)
        if type(found) is type(old) and found == old and path != name
    ]
    if isinstance(old, str):
        for node, key, _ in places:
            node[key] = value
        return
    raise ValueError(
        f'--cfg-options {name}: this is a variable of the config file whose '
        f'value {old!r} was already worked into the config, for example at '
        f'{", ".join(path for *_, path in places[:5]) or "(derived values)"}: '
        'set these keys instead'
    )
