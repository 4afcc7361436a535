"""Text-guided image retrieval (TGIR): a photo and a wish find a photo."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from famevil_plugin.registry import METRICS
from famevil_plugin.structures import RetrievalExample

from .ranking import RankCounts, rank_gallery, show
from .row_metric import RowMetric, add_mean, check_finite, evenly_spaced
from .row_table import Table, take

RANKS = (10, 50)


@METRICS.register_module()
class ComposedRecall(RowMetric):
    """Recall at 10 and 50 of each garment of FashionIQ.

    A query's candidates are the photos of its garment, the reference photo
    among them; the target is the only positive. Protocols:

    - ``original``: every photo of ``image_splits``.
    - ``val``: the reference and target photos of the queries; scores come
      out about 5 points higher.

    Scores: ``<garment>_R@k`` and their ``mean``. Garments without a query
    are left out of both.

    Args:
        protocol (str): ``original`` or ``val``. Defaults to ``original``.
        garments (Sequence[str]): Of which there may be queries. Defaults to
            FashionIQ's three.
        **kwargs: Other arguments of :class:`RowMetric`.

    Example:
        >>> import torch
        >>> dress = dict(garment='dress', image_id='B00A')
        >>> metric = ComposedRecall()
        >>> metric.process(None, [
        ...     dict(**dress, sample_idx=0, target_id='B00A',
        ...          query_embedding=torch.ones(2)),
        ...     dict(**dress, sample_idx=1, target_embedding=torch.ones(2))
        ... ])
        >>> metric.evaluate(size=2)['dress_R@10']
        100.0
    """

    protocols = ('original', 'val')
    tables = dict(
        query=(
            'query_embedding',
            'garment',
            'image_id',
            'target_id',
            'image_path',
            'text',
        ),
        gallery=('target_embedding', 'garment', 'image_id', 'image_path'),
    )

    def __init__(
        self,
        protocol: str = 'original',
        garments: Sequence[str] = ('dress', 'shirt', 'toptee'),
        **kwargs: Any,
    ) -> None:
        super().__init__(protocol, **kwargs)
        self.garments = tuple(garments)

    def compute_metrics(self, results: dict[str, Table]) -> dict[str, float]:
        """Score the tables ``query`` and ``gallery``."""
        check_finite(results['query']['query_embedding'], 'query_embedding')
        check_finite(results['gallery']['target_embedding'], 'target_embedding')
        asked = set(results['query']['garment'])
        if not asked <= set(self.garments):
            raise ValueError(
                f'queries of garments {sorted(asked)}, expected '
                f'{list(self.garments)}: set `garments`'
            )
        parts = {
            garment: self._split(results, garment)
            for garment in self.garments
            if garment in asked
        }
        counts = {name: _count(*part) for name, part in parts.items()}
        self.facts = dict(
            protocol=self.protocol,
            queries={name: len(p.higher) for name, p in counts.items()},
            gallery={
                name: int((p.positives + p.negatives)[0]) for name, p in counts.items()
            },
            absent=[name for name in self.garments if name not in asked],
            chance=_recalls({name: p.chance() for name, p in counts.items()}),
        )
        self.examples = dict(queries=self._show(results['query'], parts))
        return _recalls(counts)

    def _split(self, results: dict[str, Table], garment: str) -> tuple[Table, Table]:
        """Queries and candidates of a garment."""
        queries, gallery = (
            take(table, _where(name == garment for name in table['garment']))
            for table in (results['query'], results['gallery'])
        )
        roles = dict(target=queries['target_id'])
        if self.protocol == 'val':
            roles['reference'] = queries['image_id']
        there = set(gallery['image_id'])
        for role, names in roles.items():
            missing = [name for name in names if name not in there]
            if missing:
                raise ValueError(
                    f'the {role} {missing[0]!r} of a {garment} query is not '
                    f'among the {len(there)} photos of the gallery '
                    f'({len(missing)} such queries): check image_splits'
                )
        if self.protocol == 'val':
            known = {*queries['image_id'], *queries['target_id']}
            gallery = take(
                gallery, _where(name in known for name in gallery['image_id'])
            )
        return queries, gallery

    def _show(
        self, queries: Table, parts: dict[str, tuple[Table, Table]]
    ) -> list[RetrievalExample]:
        examples = []
        for row in evenly_spaced(len(queries['garment']), self.num_examples):
            gallery = parts[queries['garment'][row]][1]
            target = queries['target_id'][row]
            examples.append(
                show(
                    queries['query_embedding'][row],
                    gallery['target_embedding'],
                    torch.tensor([n == target for n in gallery['image_id']]),
                    gallery['image_path'],
                    image=queries['image_path'][row],
                    text=queries['text'][row],
                    of_images=True,
                )
            )
        return examples


def _where(flags: Any) -> Tensor:
    return torch.tensor(list(flags), dtype=torch.bool).nonzero()[:, 0]


def _count(queries: Table, gallery: Table) -> RankCounts:
    numbers = {name: n for n, name in enumerate(set(gallery['image_id']))}
    return rank_gallery(
        queries['query_embedding'],
        gallery['target_embedding'],
        torch.tensor([numbers[name] for name in queries['target_id']]),
        torch.tensor([numbers[name] for name in gallery['image_id']]),
    )


def _recalls(counts: dict[str, RankCounts]) -> dict[str, float]:
    return add_mean(
        {
            f'{garment}_R@{k}': ranked.recall(k)
            for garment, ranked in counts.items()
            for k in RANKS
        }
    )
