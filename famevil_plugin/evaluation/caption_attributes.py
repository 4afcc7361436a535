"""What captions get right: the kind, the colours, the pattern."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from famevil_plugin.registry import METRICS

from .caption_scores import other_products
from .row_metric import RowMetric, add_mean
from .row_table import Table

Truth = Mapping[str, Sequence[str]]


@METRICS.register_module()
class CaptionAttributes(RowMetric):
    """Share of captions that name the true attributes and no others.

    The data set says how its texts name an attribute
    (``metainfo['attribute_words']``) and what is true of each photo's product
    (``attributes`` of a sample). With another data set there is nothing to
    judge by, and the metric gives no scores.

    A caption is read as its lower-case words, hyphens and punctuation left
    out. Of overlapping wordings the one that begins first counts, of these
    the longest: ``shirt dress`` names neither a shirt nor a dress, ``sky
    blue`` is not blue. Then a caption is right

    - in ``kind`` if the first kind that it names is the true one: what is
      named later may be a part, as the belt of a coat;
    - in ``colours`` if the colours that it names are all the true ones,
      those of prints and trims included, and no other;
    - in ``pattern`` if it names the true pattern and no other.

    A caption is judged in a facet where the texts' grammar can name the truth:
    not in ``pattern`` where the product is plain. True texts do not name
    everything, and some name a colour or a kind besides; the shares that they
    reach themselves are the ceiling, in ``facts['references']``. Chance is the
    text of another product.

    Scores: ``kind``, ``colours``, ``pattern``, in percent of the captions
    judged (``facts['queries']``), and their ``mean``.

    Args:
        protocol (str): ``named-attributes``: every photo's caption. The only
            one.
        seed (int): Of the choice of other products. Defaults to 0.
        prefix (str): Goes before the keys. Defaults to ``attributes``.
        **kwargs: Other arguments of :class:`RowMetric`.

    Example:
        >>> metric = CaptionAttributes()
        >>> metric.dataset_meta = dict(attribute_words=dict(
        ...     kind=dict(coat=['coat'], belt=['belt']),
        ...     colours=dict(red=['red'], navy=['navy']),
        ...     pattern=dict(dots=['polka dots'])))
        >>> metric.process(None, [
        ...     dict(sample_idx=0, product_id=7, gt_caption='navy coat.',
        ...          pred_caption='coat in navy. red belt.',
        ...          attributes='{"kind": ["coat"], "colours": ["navy"]}')
        ... ])
        >>> metric.evaluate(size=1)
        {'attributes/kind': 100.0, 'attributes/colours': 0.0, 'attributes/mean': 50.0}
    """

    protocols = ('named-attributes',)
    tables = dict(caption=('pred_caption', 'gt_caption', 'product_id', 'attributes'))

    def __init__(
        self,
        protocol: str = 'named-attributes',
        seed: int = 0,
        prefix: str = 'attributes',
        **kwargs: Any,
    ) -> None:
        super().__init__(protocol, prefix=prefix, **kwargs)
        self.seed = seed

    @property
    def words(self) -> Mapping[str, Mapping[str, Sequence[str]]]:
        """The data set's words by facet and value; none if it has none."""
        return (self.dataset_meta or {}).get('attribute_words') or {}

    def process(self, data_batch: Any, data_samples: Sequence[dict[str, Any]]) -> None:
        """Keep the batch's captions, if they can be judged."""
        if self.words:
            super().process(data_batch, data_samples)

    def evaluate(self, size: int) -> dict[str, float]:
        """Score all captions, if they can be judged.

        Args:
            size (int): Number of samples in the data set.
        """
        self.facts = {}
        return super().evaluate(size) if self.words else {}

    def score_tables(self, results: dict[str, Table]) -> dict[str, float]:
        """Score the table ``caption``."""
        table = results['caption']
        readers = {facet: FacetReader(words) for facet, words in self.words.items()}
        truths = [json.loads(truth) for truth in table['attributes']]
        if not any(truth.get(facet) for truth in truths for facet in readers):
            raise ValueError(
                f'no sample has a true value of {", ".join(readers)}: check the '
                "annotation's attributes_id and subcategory_id, or leave "
                'CaptionAttributes out'
            )
        products = table['product_id'].tolist()
        texts = dict(
            model=table['pred_caption'],
            references=table['gt_caption'],
            chance=other_products(products, table['gt_caption'], self.seed),
        )
        shares = {
            name: add_mean(_shares(readers, truths, captions))
            for name, captions in texts.items()
            if captions
        }
        self.facts = dict(
            protocol=self.protocol,
            queries={
                facet: sum(bool(truth.get(facet)) for truth in truths)
                for facet in readers
            },
            gallery=len(set(products)),
            chance=shares.get('chance', {}),
            references=shares['references'],
        )
        return shares['model']


class FacetReader:
    """Finds the values of a facet that a caption names.

    Args:
        words (Mapping): By value the regular expressions of its wordings.
    """

    def __init__(self, words: Mapping[str, Sequence[str]]) -> None:
        self.patterns = {
            value: re.compile(rf'\b(?:{"|".join(wordings)})\b')
            for value, wordings in words.items()
        }

    def read(self, caption: str) -> list[str]:
        """The values named, in their order."""
        text = ' '.join(re.findall(r'[^\W_]+', caption.lower()))
        found = sorted(
            (match.start(), -match.end(), value)
            for value, pattern in self.patterns.items()
            for match in pattern.finditer(text)
        )
        named, end = [], 0
        for begin, negative_end, value in found:
            if begin >= end:
                named.append(value)
                end = -negative_end
        return named


def _shares(
    readers: Mapping[str, FacetReader], truths: Sequence[Truth], captions: Sequence[str]
) -> dict[str, float]:
    shares = {}
    for facet, reader in readers.items():
        right = [
            _is_right(facet, reader.read(caption), truth[facet])
            for truth, caption in zip(truths, captions)
            if truth.get(facet)
        ]
        if right:
            shares[facet] = 100 * sum(right) / len(right)
    return shares


def _is_right(facet: str, named: Sequence[str], truth: Sequence[str]) -> bool:
    if facet == 'kind':
        return bool(named) and named[0] in truth
    return set(named) == set(truth)
