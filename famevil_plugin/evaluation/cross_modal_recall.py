"""Cross-modal retrieval (XMR): photos find texts, texts find photos."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from famevil_plugin.registry import METRICS
from famevil_plugin.structures import RetrievalExample

from .full_gallery import rank_gallery
from .ranking import RankCounts, count_ranks, join_counts, score, show
from .row_metric import RowMetric, add_mean, check_finite, evenly_spaced
from .row_table import Table

RANKS = (1, 5, 10)
DRAWS = 5
QUERIES = 1000
NEGATIVES = 100
# queries of a draw at a time
CHUNK = 256


class _Side(NamedTuple):
    """Rows of one modality: ``(N, E)`` and ``(N, )``."""

    rows: Tensor
    products: Tensor
    labels: Tensor | None


@METRICS.register_module()
class CrossModalRecall(RowMetric):
    """Recall at 1, 5 and 10 from image to text and from text to image.

    A query is a photo (every view) or a product's text; a candidate is a
    positive if it belongs to the same product. Protocols:

    - ``full``: against every text or every photo of the evaluation (paper,
      table 4).
    - ``random-100``: 1,000 random queries, each against one positive and 100
      negatives of the same sub-category (filled up from others where it has
      fewer), mean of 5 draws. The authors' code
      (``mmf/modules/metrics.py``, ``r@k_kaleido``) ranks these among all
      others at a score of -1, so candidates below -1 fall behind items that
      were never drawn; here only the drawn ones are ranked.

    Scores: ``i2t_R@k``, ``t2i_R@k`` and their ``mean``.

    Args:
        protocol (str): ``full`` or ``random-100``. Defaults to ``full``.
        seed (int): Of the draws of ``random-100``. Defaults to 0.
        **kwargs: Other arguments of :class:`RowMetric`.

    Example:
        >>> import torch
        >>> metric = CrossModalRecall()
        >>> metric.process(None, [
        ...     dict(sample_idx=0, product_id=7,
        ...          image_embedding=torch.ones(2)),
        ...     dict(sample_idx=1, product_id=7,
        ...          text_embedding=torch.ones(2))
        ... ])
        >>> metric.evaluate(size=2)['i2t_R@1']
        100.0
    """

    protocols = ('full', 'random-100')

    def __init__(self, protocol: str = 'full', seed: int = 0, **kwargs: Any) -> None:
        super().__init__(protocol, **kwargs)
        self.seed = seed
        labels = ('gt_label',) if protocol == 'random-100' else ()
        self.tables = dict(
            image=('image_embedding', 'product_id', 'image_path', *labels),
            text=('text_embedding', 'product_id', 'text', *labels),
        )

    def score_tables(self, results: dict[str, Table]) -> dict[str, float]:
        """Score the tables ``image`` and ``text``."""
        image, text = (_side(results[name], name) for name in self.tables)
        _check_pairs(image, text)
        counts = dict(i2t=self._count(image, text), t2i=self._count(text, image))
        draws = 1 if self.protocol == 'full' else DRAWS
        self.facts = dict(
            protocol=self.protocol,
            queries={way: len(c.higher) // draws for way, c in counts.items()},
            gallery={
                way: int((c.positives + c.negatives).max()) for way, c in counts.items()
            },
            chance=_recalls({way: c.chance() for way, c in counts.items()}),
        )
        if self.protocol == 'random-100':
            self.facts |= dict(
                draws=draws,
                seed=self.seed,
                departs='only the drawn candidates are ranked; the authors '
                'rank the others with them, at a score of -1',
            )
        self.examples = self._show(results, image, text)
        return _recalls(counts)

    def _count(self, queries: _Side, gallery: _Side) -> RankCounts:
        if self.protocol == 'full':
            return rank_gallery(
                queries.rows, gallery.rows, queries.products, gallery.products
            )
        generator = torch.Generator().manual_seed(self.seed)
        return join_counts([_draw(queries, gallery, generator) for _ in range(DRAWS)])

    def _show(
        self, results: dict[str, Table], image: _Side, text: _Side
    ) -> dict[str, list[RetrievalExample]]:
        """Examples of both ways, against the whole gallery."""
        paths, texts = results['image']['image_path'], results['text']['text']
        return dict(
            image_to_text=self._examples(image, text, texts, image=paths),
            text_to_image=self._examples(text, image, paths, text=texts),
        )

    def _examples(
        self,
        queries: _Side,
        gallery: _Side,
        candidates: Sequence[str],
        **shown: Sequence[str],
    ) -> list[RetrievalExample]:
        """Examples of one way; ``shown`` is what its queries are."""
        return [
            show(
                queries.rows[row],
                gallery.rows,
                gallery.products == queries.products[row],
                candidates,
                of_images='text' in shown,
                **{name: values[row] for name, values in shown.items()},
            )
            for row in evenly_spaced(len(queries.rows), self.num_examples)
        ]


def _side(table: Table, name: str) -> _Side:
    rows = table[f'{name}_embedding']
    check_finite(rows, f'{name}_embedding')
    return _Side(rows, table['product_id'], table.get('gt_label'))


def _check_pairs(image: _Side, text: _Side) -> None:
    alone = set(image.products.tolist()) ^ set(text.products.tolist())
    if alone:
        raise ValueError(
            f'{len(alone)} products, {min(alone)} for one, came with photos '
            'alone or a text alone: cross-modal recall needs both of each '
            'product. Is only a part of the data set evaluated?'
        )


def _recalls(counts: dict[str, RankCounts]) -> dict[str, float]:
    return add_mean(
        {
            f'{way}_R@{k}': ranked.recall(k)
            for way, ranked in counts.items()
            for k in RANKS
        }
    )


def _draw(queries: _Side, gallery: _Side, generator: torch.Generator) -> RankCounts:
    """One draw of ``random-100``: random queries, random candidates."""
    assert queries.labels is not None and gallery.labels is not None
    views = int(gallery.products.unique(return_counts=True)[1].max())
    count = min(NEGATIVES, len(gallery.rows) - views)
    chosen = torch.randperm(len(queries.rows), generator=generator)[:QUERIES]
    parts = []
    for rows in chosen.split(CHUNK):
        positive = queries.products[rows, None] == gallery.products
        same_class = queries.labels[rows, None] == gallery.labels
        noise = torch.rand(positive.shape, generator=generator)
        drawn = torch.cat(
            [
                noise.masked_fill(~positive, -1).topk(1).indices,
                (noise + same_class).masked_fill(positive, -1).topk(count).indices,
            ],
            1,
        )
        scores = score(queries.rows[rows], gallery.rows.T).gather(1, drawn)
        parts.append(count_ranks(scores, positive.gather(1, drawn)))
    return join_counts(parts)
