"""Predictions in a file, to be scored again without the model.

A file is safetensors, out of which nothing but data can come, where
MMEngine's ``DumpResults`` pickles.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from mmengine.evaluator import BaseMetric, Evaluator
from safetensors import SafetensorError, safe_open

from famevil_plugin.atomic_files import write_whole
from famevil_plugin.registry import METRICS

from .row_table import Table, concatenate, gather_tables, make_column, pack, unpack

_KIND = 'famevil_plugin predictions'
# a sample's metainfo that no metric reads
_UNUSED = ('task', 'inputs')


@METRICS.register_module()
class PredictionKeeper(BaseMetric):
    """Scores nothing; keeps all that the samples bring.

    Stands beside a task's metrics, so that any protocol can read its columns
    later on.

    Attributes:
        tables (dict[str, Table]): After an evaluation: the samples of all
            processes, those with the same columns in one table.
    """

    def __init__(self) -> None:
        super().__init__(prefix='none')
        self.tables: dict[str, Table] = {}

    def process(self, data_batch: Any, data_samples: Sequence[dict[str, Any]]) -> None:
        """Keep the batch's samples."""
        alike: dict[tuple[str, ...], list[dict[str, Any]]] = {}
        for sample in data_samples:
            columns = tuple(sorted(set(sample) - set(_UNUSED)))
            alike.setdefault(columns, []).append(sample)
        self.results += [
            (
                '+'.join(columns),
                {
                    column: make_column([row[column] for row in rows])
                    for column in columns
                },
            )
            for columns, rows in alike.items()
        ]

    def evaluate(self, size: int) -> dict[str, float]:
        """Put the samples of all processes together; no scores."""
        names = dict.fromkeys(name for name, _ in self.results)
        self.tables = gather_tables(
            {
                name: concatenate([part for own, part in self.results if own == name])
                for name in names
            }
        )
        self.results.clear()
        return {}

    def compute_metrics(self, results: list[Any]) -> dict[str, float]:
        """Part of MMEngine's interface; :meth:`evaluate` does without."""
        return {}


class Predictions(NamedTuple):
    """A task's predictions.

    Attributes:
        tables (dict[str, Table]): The samples, see
            :class:`PredictionKeeper`.
        dataset_meta (dict): Of their data set.
    """

    tables: dict[str, Table]
    dataset_meta: dict[str, Any]

    def samples(self) -> Iterator[dict[str, Any]]:
        """The samples as a metric reads them."""
        for table in self.tables.values():
            for row in range(len(table['sample_idx'])):
                yield {name: column[row] for name, column in table.items()}


def write_predictions(path: Path, evaluators: Mapping[str, Evaluator]) -> None:
    """Write what the evaluators' keepers hold.

    Args:
        path (Path): The file to write.
        evaluators (Mapping[str, Evaluator]): By task; each has a
            :class:`PredictionKeeper` and has evaluated.
    """
    tables: dict[str, Table] = {}
    metas: dict[str, Any] = {}
    for task, evaluator in evaluators.items():
        (keeper,) = (
            metric
            for metric in evaluator.metrics
            if isinstance(metric, PredictionKeeper)
        )
        tables |= {f'{task}:{k}': table for k, table in keeper.tables.items()}
        metas[task] = keeper.dataset_meta
    notes = dict(kind=_KIND, dataset_metas=json.dumps(metas))
    write_whole(path, pack(tables, notes).numpy().tobytes())


def read_predictions(path: Path) -> dict[str, Predictions]:
    """Read what :func:`write_predictions` wrote.

    Returns:
        dict[str, Predictions]: By task.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is not such a file.
    """
    if not path.is_file():
        raise FileNotFoundError(
            f'no predictions at {path}: expected a file that tools/test.py --dump wrote'
        )
    try:
        with safe_open(path, 'pt') as file:
            notes = file.metadata() or {}
    except (SafetensorError, OSError):
        notes = {}
    if notes.get('kind') != _KIND:
        raise ValueError(
            f'{path} holds no predictions: expected a file that '
            'tools/test.py --dump wrote'
        )
    content = torch.frombuffer(bytearray(path.read_bytes()), dtype=torch.uint8)
    found = {
        task: Predictions({}, meta)
        for task, meta in json.loads(notes['dataset_metas']).items()
    }
    for name, table in unpack(content).items():
        task, _, columns = name.partition(':')
        found[task].tables[columns] = table
    return found
