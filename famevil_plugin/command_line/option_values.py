"""Values of ``--cfg-options``, read as the values that they replace."""

import argparse
import ast
import os
from collections.abc import Iterator, Sequence
from types import UnionType
from typing import Any, Union, get_args, get_origin

_OPENING, _CLOSING, _QUOTES = '([{', ')]}', '\'"'
_PLAIN = (bool, int, float, str, list, tuple, dict)


class OptionsAction(argparse.Action):
    """Collect ``key=value`` arguments into a dict of texts, as typed.

    Their types depend on the config: see :func:`read_value`.
    """

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        """Add the arguments to those given before."""
        options = dict(getattr(namespace, self.dest) or {})
        for argument in values:
            key, equals, value = argument.partition('=')
            if not (key and equals):
                parser.error(
                    f'{option_string} takes key=value, got {argument!r}: quote a '
                    'value that has spaces, key="a value"'
                )
            options[key] = value
        setattr(namespace, self.dest, options)


def read_value(value: Any, present: Any, hint: Any = Any) -> Any:
    """Read a value that shall replace another.

    - ``None`` is None, and None may become anything.
    - In place of a text it is a text, whatever it looks like; quotes around
      it are left out. Settings such as ``dict(type='temperature')`` may take
      the place of a name, and a name the place of settings without ``type``.
    - In place of a list it is a list, whose brackets may be missing.
    - A whole number may become a fraction.

    Args:
        value (Any): What was typed, or a value of another type as it is.
        present (Any): The value that is replaced, or None.
        hint (Any): Where that is None, the annotation of the argument.

    Raises:
        ValueError: If it is of another type than the present value.
    """
    if isinstance(value, os.PathLike):
        value = os.fspath(value)
    if isinstance(value, str):
        value = _read(value, present, hint)
    if value is None or present is None:
        return value
    if not _may_replace(value, present):
        raise ValueError(
            f'the config has {_kind(present)} {present!r}, got {_kind(value)} {value!r}'
        )
    if isinstance(present, (float, tuple, list)):
        return type(present)(value)
    return value


def _may_replace(value: Any, present: Any) -> bool:
    if isinstance(present, bool) or isinstance(value, bool):
        return isinstance(present, bool) and isinstance(value, bool)
    if isinstance(present, (int, float)):
        return isinstance(value, (int, float))
    if isinstance(present, (list, tuple)):
        return isinstance(value, (list, tuple))
    if isinstance(present, dict):
        named = isinstance(value, str) and 'type' not in present
        return named or isinstance(value, dict)
    if isinstance(present, str):
        return isinstance(value, (str, dict))
    return True


def _kind(value: Any) -> str:
    return 'the text' if isinstance(value, str) else f'the {type(value).__name__}'


def _read(text: str, present: Any, hint: Any) -> Any:
    if text == 'None':
        return None
    if present is None:
        kinds = set(_kinds(hint))
        if list in kinds and (str not in kinds or _is_bracketed(text)):
            return _read_items(text, ())
        is_text = str in kinds and kinds.isdisjoint({bool, int, float})
    else:
        if isinstance(present, (list, tuple)):
            return _read_items(text, present)
        is_text = not isinstance(present, (bool, int, float, dict))
    value = _read_literal(text)
    return _unquote(text) if is_text and not isinstance(value, dict) else value


def _kinds(hint: Any) -> Iterator[Any]:
    """The types of an annotation, all kinds of sequences as list."""
    origin = get_origin(hint) or hint
    if origin in (Union, UnionType):
        for part in get_args(hint):
            yield from _kinds(part)
    elif isinstance(origin, type) and origin is not str:
        yield list if issubclass(origin, Sequence) else origin
    else:
        yield origin


def _read_literal(text: str) -> Any:
    """A number, True, False, a list or dict, or else the text."""
    if text.lower() in ('true', 'false'):
        return text.lower() == 'true'
    try:
        tree = _DictCalls().visit(ast.parse(text.strip(), mode='eval'))
        value = ast.literal_eval(tree)
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        return _read_items(text, ()) if _is_bracketed(text) else _unquote(text)
    return value if isinstance(value, _PLAIN) else text


class _DictCalls(ast.NodeTransformer):
    """Turn ``dict(a=1)`` into ``{'a': 1}``."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if getattr(node.func, 'id', None) != 'dict' or node.args:
            return node
        keys: list[ast.expr | None] = [ast.Constant(k.arg) for k in node.keywords]
        return ast.Dict(keys, [k.value for k in node.keywords])


def _read_items(text: str, present: Sequence[Any]) -> list[Any] | tuple[Any, ...]:
    """Items between commas, each read as the present ones."""
    alike = len({type(item) for item in present}) == 1
    sample = present[0] if alike and not isinstance(present[0], dict) else None
    inside = text.strip()[1:-1] if _is_bracketed(text) else text
    items = [read_value(item, sample) for item in _split(inside)]
    return tuple(items) if text.strip().startswith('(') else items


def _is_bracketed(text: str) -> bool:
    text = text.strip()
    return text[:1] + text[-1:] in ('[]', '()') and len(_split(text)) == 1


def _split(text: str) -> list[str]:
    """Split at the commas outside brackets and quotes."""
    parts, depth, quote, last = [''], 0, '', ','
    for letter in text:
        if quote:
            quote = '' if letter == quote else quote
        elif letter in _QUOTES and last in ',:' + _OPENING:
            quote = letter  # and no apostrophe
        elif letter in _OPENING:
            depth += 1
        elif letter in _CLOSING:
            depth -= 1
        elif letter == ',' and not depth:
            parts.append('')
            last = ','
            continue
        parts[-1] += letter
        last = letter if letter != ' ' else last
    if not parts[-1].strip():
        parts.pop()
    return [part.strip() for part in parts]


def _unquote(text: str) -> str:
    if len(text) > 1 and text[0] == text[-1] and text[0] in _QUOTES:
        if text[0] not in text[1:-1]:
            return text[1:-1]
    return text
