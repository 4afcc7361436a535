"""Text-guided image retrieval (TGIR): a photo and a wish find a photo."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from famevil_plugin.registry import METRICS
from famevil_plugin.structures import RetrievalExample

from .full_gallery import rank_gallery
from .ranking import RankCounts, show
from .row_metric import RowMetric, add_mean, check_finite, evenly_spaced
from .row_table import Table, take

RANKS = (10, 50)
MACHINE_MADE = ', machine-made triplets'


@METRICS.register_module()
class ComposedRecall(RowMetric):
    """Recall at 10 and 50 of each garment.

    A query's candidates are the photos of its garment, the reference photo
    among them; the target is the only positive. Protocols:

    - ``original``: every photo of ``image_splits``.
    - ``val``: the reference and target photos of the queries; scores come
      out about 5 points higher.

    Where a program wrote triplets, as the data set's
    ``metainfo['machine_made']`` says, the protocol that is reported ends in
    ``MACHINE_MADE``.

    Scores: ``<garment>_R@k`` and their ``mean``, of the garments that the
    queries are of. Others of the data set's ``metainfo['garments']`` are
    reported as ``absent``.

    Args:
        protocol (str): ``original`` or ``val``. Defaults to ``original``.
        garments (Sequence[str], optional): Those to score, in this order.
            Defaults to all, in the order of the data set.
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
        gallery=('target_embedding', 'garment', 'image_id', 'target_image_path'),
    )
    optional = (*RowMetric.optional, 'target_image_path')

    def __init__(
        self,
        protocol: str = 'original',
        garments: Sequence[str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(protocol, **kwargs)
        self.garments = garments

    def score_tables(self, results: dict[str, Table]) -> dict[str, float]:
        """Score the tables ``query`` and ``gallery``."""
        check_finite(results['query']['query_embedding'], 'query_embedding')
        check_finite(results['gallery']['target_embedding'], 'target_embedding')
        scored, absent = self._choose_garments(results['query']['garment'])
        parts = {garment: self._split(results, garment) for garment in scored}
        counts = {name: _count(*part) for name, part in parts.items()}
        self.facts = dict(
            protocol=f'{self.protocol}{self._find_mark()}',
            queries={name: len(p.higher) for name, p in counts.items()},
            gallery={
                name: int((p.positives + p.negatives)[0]) for name, p in counts.items()
            },
            absent=absent,
            chance=_recalls({name: p.chance() for name, p in counts.items()}),
        )
        self.examples = dict(queries=self._show(results['query'], parts))
        return _recalls(counts)

    def _find_mark(self) -> str:
        machine_made = (self.dataset_meta or {}).get('machine_made')
        return MACHINE_MADE if machine_made else ''

    def _choose_garments(self, asked: list[str]) -> tuple[list[str], list[str]]:
        """Garments to score, and those that no query is of."""
        known = self.garments or (self.dataset_meta or {}).get('garments') or ()
        if not self.garments:
            known = dict.fromkeys([*known, *asked])
        scored = [garment for garment in known if garment in asked]
        if not scored:
            raise ValueError(
                f'no query is of the garments {list(known)}, they are of '
                f'{sorted(set(asked))}: set `garments` to some of these, or '
                'leave it out'
            )
        return scored, [garment for garment in known if garment not in scored]

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
        rows = [row for row, name in enumerate(queries['garment']) if name in parts]
        for place in evenly_spaced(len(rows), self.num_examples):
            row = rows[place]
            gallery = parts[queries['garment'][row]][1]
            target = queries['target_id'][row]
            examples.append(
                show(
                    queries['query_embedding'][row],
                    gallery['target_embedding'],
                    torch.tensor([n == target for n in gallery['image_id']]),
                    gallery['target_image_path'],
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
