"""Shared parts of the metrics: rows in, rows of all processes together, scores."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

import torch
from mmengine.dist import broadcast_object_list, is_main_process
from mmengine.evaluator import BaseMetric
from torch import Tensor

from .row_table import Table, concatenate, gather_tables, make_column


class RowMetric(BaseMetric):
    """Keeps a row a sample and scores the rows of all processes at once.

    A subclass names its ``tables`` and writes :meth:`score_tables`, which
    sees each sample exactly once and in the data set's order, however many
    processes and however much padding there was. It runs on the first
    process; all processes return its scores.

    Scores are percentages. Their keys are bare: the evaluation loop puts
    the task before them.

    Args:
        protocol (str, optional): What is compared with what, one of
            ``protocols``. Defaults to the first of them.
        num_examples (int): Examples a panel, evenly spaced over the
            evaluation so that hits and misses show alike. Defaults to 6.
        prefix (str, optional): Goes before the keys, to tell two metrics of
            one task apart. Defaults to none.

    Attributes:
        tables (dict[str, tuple[str, ...]]): Names of the columns of each
            table. A sample with the first column is a row of the table.
        score (str): The key, without ``prefix``, of the score that stands
            for the task in means and scheduling. Defaults to ``mean``.
        facts (dict): After an evaluation, on the first process: plain values
            to report beside the scores. ``score``, the key of the one that
            stands for the task, on every process; ``protocol``; ``queries`` and
            ``gallery``, how many there were; ``chance``, with the scores'
            keys, what a model that sees nothing would score; ``missing``,
            if photos are: the data set's count of what is left out.
        examples (dict[str, list]): After an evaluation, on the first
            process: examples for a picture, by name of the panel.
    """

    protocols: tuple[str, ...]
    tables: dict[str, tuple[str, ...]]
    score = 'mean'
    # only pictures need these
    optional: tuple[str, ...] = ('image_path', 'text')

    def __init__(
        self,
        protocol: str | None = None,
        num_examples: int = 6,
        prefix: str | None = None,
    ) -> None:
        # MMEngine warns where there is no prefix; here that is the rule
        super().__init__(prefix='none')
        self.prefix = prefix
        self.protocol = protocol or self.protocols[0]
        if self.protocol not in self.protocols:
            raise ValueError(
                f'unknown protocol {protocol!r} of {type(self).__name__}: '
                f'expected one of {", ".join(self.protocols)}'
            )
        self.num_examples = num_examples
        self.facts: dict[str, Any] = {}
        self.examples: dict[str, list[Any]] = {}

    def process(self, data_batch: Any, data_samples: Sequence[dict[str, Any]]) -> None:
        """Keep the batch's rows.

        Args:
            data_batch (Any): Not used.
            data_samples (Sequence[dict]): The batch's ``FashionSample`` as
                dicts, with the predictions.
        """
        keys = [columns[0] for columns in self.tables.values()]
        for sample in data_samples:
            if not any(key in sample for key in keys):
                raise ValueError(
                    f'{type(self).__name__} expects {" or ".join(keys)} in a '
                    f'sample, got {", ".join(sample)}'
                )
        for name, columns in self.tables.items():
            rows = [sample for sample in data_samples if columns[0] in sample]
            if rows:
                self.results.append(
                    (
                        name,
                        {
                            column: make_column(
                                [self._read(row, column) for row in rows]
                            )
                            for column in ('sample_idx', *columns)
                        },
                    )
                )

    def _read(self, sample: dict[str, Any], column: str) -> Any:
        if column in sample:
            return sample[column]
        if column in self.optional:
            return ''
        raise ValueError(
            f'{type(self).__name__} with protocol {self.protocol!r} needs '
            f'{column!r} of every sample, but sample '
            f'{sample.get("sample_idx")} has only {", ".join(sample)}'
        )

    def evaluate(self, size: int) -> dict[str, float]:
        """Score all rows.

        Args:
            size (int): Number of samples in the data set.

        Returns:
            dict[str, float]: Percentages, the same on every process.
        """
        chunks: dict[str, list[Table]] = {}
        for name, chunk in self.results:
            chunks.setdefault(name, []).append(chunk)
        self.results.clear()
        tables = gather_tables(
            {name: concatenate(parts) for name, parts in chunks.items()}
        )
        self._check(tables, size)
        scores: list[Any] = [None]
        try:
            if is_main_process():
                scores[0] = self.score_tables(tables)
                self._note_missing()
        finally:
            # also on failure, or the other processes would wait in vain
            broadcast_object_list(scores)
        if scores[0] is None:
            raise RuntimeError(
                f'{type(self).__name__} failed on the first process: its error says why'
            )
        if self.score not in scores[0]:
            raise ValueError(
                f'{type(self).__name__}.score names {self.score!r}, but '
                f'compute_metrics gave {", ".join(scores[0])}'
            )
        prefix = f'{self.prefix}/' if self.prefix else ''
        self.facts['score'] = f'{prefix}{self.score}'
        return {f'{prefix}{key}': v for key, v in scores[0].items()}

    def _check(self, tables: dict[str, Table], size: int) -> None:
        for name, columns in self.tables.items():
            if name not in tables:
                raise ValueError(
                    f'{type(self).__name__} got no {name} rows: no sample '
                    f'brought {columns[0]!r}. Is the whole data set evaluated '
                    'with test_mode=True?'
                )
        index = [table['sample_idx'] for table in tables.values()]
        got = len(torch.cat(index).unique())
        if got < size:
            raise ValueError(
                f'{type(self).__name__} got {got} distinct samples of {size}: '
                'the sampler must visit every item (drop_last=False), and '
                'every item needs its own sample_idx'
            )

    def _note_missing(self) -> None:
        """Report what missing photos took from the evaluation."""
        missing = (self.dataset_meta or {}).get('missing')
        if missing:
            self.facts['missing'] = missing

    def compute_metrics(self, results: list[Any]) -> dict[str, float]:
        """Part of MMEngine's interface; :meth:`evaluate` does without."""
        return {}

    @abstractmethod
    def score_tables(self, results: dict[str, Table]) -> dict[str, float]:
        """Score the tables, and set ``facts`` and ``examples``."""


def add_mean(scores: dict[str, float]) -> dict[str, float]:
    """The scores and, as ``mean``, their mean."""
    return scores | dict(mean=sum(scores.values()) / len(scores))


def evenly_spaced(total: int, count: int) -> list[int]:
    """At most ``count`` positions below ``total``, evenly spaced."""
    places = torch.linspace(0, total - 1, min(count, total))
    return places.round().long().tolist()


def check_finite(rows: Tensor, name: str) -> None:
    """Refuse predictions that are not numbers: no ranking holds for them."""
    bad = int((~rows.isfinite()).reshape(len(rows), -1).any(1).sum())
    if bad:
        raise ValueError(
            f'{bad} of {len(rows)} rows of {name} hold NaN or '
            'infinity: the model has diverged'
        )
