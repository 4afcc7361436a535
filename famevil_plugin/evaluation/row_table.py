"""Tables of rows, and how several processes put theirs together.

A table is a dict of columns, each a tensor with one row a sample or a list
of strings. It travels between processes as safetensors bytes, which nothing
but data can come out of, and over gloo and NCCL alike.
"""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from mmengine.dist import all_gather, get_world_size
from safetensors.torch import load, save
from torch import Tensor
from torch.nn import functional as F

Column = Tensor | list[str]
# columns by name; not typed as Column, or every reader had to ask which
Table = dict[str, Any]


def make_column(values: Sequence[Any]) -> Column:
    """One column from a value a row: strings, numbers, or arrays or tensors of
    one shape."""
    if isinstance(values[0], str):
        return list(values)
    if isinstance(values[0], Tensor):
        return torch.stack(list(values)).detach().cpu()
    if isinstance(values[0], np.ndarray):
        return torch.from_numpy(np.stack(values))
    return torch.tensor(values)


def concatenate(tables: Sequence[Table]) -> Table:
    """Tables with the same columns, one below the other."""
    joined: Table = {}
    for name in tables[0]:
        parts = [table[name] for table in tables]
        joined[name] = (
            torch.cat(parts)
            if isinstance(parts[0], Tensor)
            else [text for part in parts for text in part]
        )
    return joined


def take(table: Table, rows: Tensor) -> Table:
    """Some rows of a table, by position."""
    return {
        name: column[rows]
        if isinstance(column, Tensor)
        else [column[row] for row in rows.tolist()]
        for name, column in table.items()
    }


def distinct(table: Table) -> Table:
    """Each ``sample_idx`` once, in rising order; the first of equals stays."""
    index, order = table['sample_idx'].sort(stable=True)
    first = torch.ones_like(index, dtype=torch.bool)
    first[1:] = index[1:] != index[:-1]
    return take(table, order[first])


def gather_tables(tables: dict[str, Table]) -> dict[str, Table]:
    """Every process's rows of the named tables, on every process.

    Args:
        tables (dict[str, Table]): This process's tables; any may be missing.

    Returns:
        dict[str, Table]: Of each table that some process has, the distinct
        rows, sorted by ``sample_idx``: the same for any number of processes.
    """
    parts = [tables]
    if get_world_size() > 1:
        parts = [unpack(part) for part in _gather_bytes(pack(tables))]
    names = dict.fromkeys(name for part in parts for name in part)
    return {
        name: distinct(concatenate([part[name] for part in parts if name in part]))
        for name in names
    }


def _gather_bytes(data: Tensor) -> list[Tensor]:
    sizes = torch.cat(all_gather(torch.tensor([len(data)]))).tolist()
    padded = F.pad(data, (0, max(sizes) - len(data)))
    return [part[:size] for part, size in zip(all_gather(padded), sizes)]


def pack(tables: dict[str, Table], notes: dict[str, str] | None = None) -> Tensor:
    """Tables as safetensors, ``(bytes, )`` uint8.

    Texts are JSON under a key of their own kind.

    Args:
        tables (dict[str, Table]): By name, which has no slash.
        notes (dict[str, str], optional): Travel as the file's metadata.
    """
    columns: dict[str, Tensor] = {}
    for table, named in tables.items():
        for name, column in named.items():
            if isinstance(column, Tensor):
                columns[f'{table}/{name}/rows'] = column
            else:
                columns[f'{table}/{name}/json'] = _to_tensor(
                    json.dumps(column).encode()
                )
    return _to_tensor(save(columns, metadata=notes))


def unpack(data: Tensor) -> dict[str, Table]:
    """The tables of :func:`pack`."""
    tables: dict[str, Table] = {}
    for key, column in load(data.numpy().tobytes()).items():
        table, name, kind = key.split('/')
        named = tables.setdefault(table, {})
        named[name] = column if kind == 'rows' else json.loads(column.numpy().tobytes())
    return tables


def _to_tensor(data: bytes) -> Tensor:
    return torch.frombuffer(bytearray(data), dtype=torch.uint8)
