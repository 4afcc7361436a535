"""Facet recognition: accuracy in each facet."""

from typing import Any

import torch

from famevil_plugin.datasets.mini_fashion.facets import FACETS
from famevil_plugin.evaluation import RowMetric
from famevil_plugin.evaluation.row_metric import add_mean
from famevil_plugin.evaluation.row_table import Table
from famevil_plugin.registry import METRICS


@METRICS.register_module()
class FacetScores(RowMetric):
    """Percentage of the photos with the right label, by facet, and the mean.

    Chance is the most frequent label for every photo.

    Args:
        **kwargs: Arguments of :class:`RowMetric`.
    """

    protocols = ('per-image',)
    tables = dict(photo=('pred_facets', 'gt_facets'))

    def score_tables(self, results: dict[str, Table]) -> dict[str, float]:
        """Score the table ``photo``."""
        truth = results['photo']['gt_facets']
        hits = truth == results['photo']['pred_facets']
        common = truth == truth.mode(0).values
        self.facts: dict[str, Any] = dict(
            protocol=self.protocol,
            score=self.score,
            queries=len(truth),
            gallery=len(FACETS),
            chance=_percentages(common),
        )
        return _percentages(hits)


def _percentages(hits: torch.Tensor) -> dict[str, float]:
    shares = 100 * hits.double().mean(0)
    return add_mean(dict(zip(FACETS, shares.tolist())))
