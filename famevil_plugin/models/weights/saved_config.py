"""The config inside a checkpoint, read as data: none of its code is run."""

import ast
from collections.abc import Mapping
from typing import Any

_CONSTANTS = dict(inf=float('inf'), nan=float('nan'))


def saved_model(notes: Mapping[str, Any]) -> dict[str, Any] | None:
    """The ``model`` of the config that MMEngine writes beside the weights.

    Args:
        notes (Mapping[str, Any]): Of a :class:`~famevil_plugin.models.weights
            .weight_files.WeightFile`; ``cfg`` is the config's text.

    Returns:
        dict | None: Classes as strings; None if there is no config, or one
        that is more than literals, classes and ``dict`` calls.
    """
    text = notes.get('cfg')
    if not isinstance(text, str):
        return None
    try:
        for statement in ast.parse(text).body:
            match statement:
                case ast.Assign(targets=[ast.Name(id='model')], value=value):
                    model = _evaluate(value)
                    return model if isinstance(model, dict) else None
    except (SyntaxError, ValueError, TypeError):
        pass
    return None


def _evaluate(node: ast.expr) -> Any:
    """Literals, and ``dict`` with keywords or a literal inside."""
    match node:
        case ast.Call(func=ast.Name(id='dict'), args=parts, keywords=keywords):
            held: dict[str, Any] = {}
            for part in parts:
                held |= _evaluate(part)
            for keyword in keywords:
                value = _evaluate(keyword.value)
                held |= value if keyword.arg is None else {keyword.arg: value}
            return held
        case ast.Dict(keys=keys, values=values):
            return {
                ast.literal_eval(key): _evaluate(value)
                for key, value in zip(keys, values)
                if key is not None
            }
        case ast.List(elts=items):
            return [_evaluate(item) for item in items]
        case ast.Tuple(elts=items):
            return tuple(_evaluate(item) for item in items)
        case ast.Name(id=name) if name in _CONSTANTS:
            return _CONSTANTS[name]
        case ast.Attribute():  # a class, by its dotted name
            return ast.unparse(node)
    return ast.literal_eval(node)
