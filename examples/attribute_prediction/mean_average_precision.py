"""Mean average precision of attributes over all photos."""

from typing import Any

import torch
from torch import Tensor

from famevil_plugin.evaluation import RowMetric
from famevil_plugin.evaluation.row_metric import evenly_spaced
from famevil_plugin.evaluation.row_table import Table
from famevil_plugin.registry import METRICS

from .tags_panel import TagsExample
from .vocabulary import NAMES


@METRICS.register_module()
class MeanAveragePrecision(RowMetric):
    """``mAP``: the mean over attributes of how well they rank the photos."""

    protocols = ('per-image',)
    tables = dict(photo=('pred_attributes', 'gt_attributes', 'image_path'))
    score = 'mAP'

    def score_tables(self, results: dict[str, Table]) -> dict[str, float]:
        """Score the table ``photo``."""
        photos = results['photo']
        scores, truth = photos['pred_attributes'], photos['gt_attributes'].bool()
        seen = truth.any(0)
        self.facts: dict[str, Any] = dict(
            protocol=self.protocol,
            score=self.score,
            queries=int(seen.sum()),
            gallery=len(truth),
            chance=dict(mAP=100 * float(truth[:, seen].double().mean())),
        )
        self.examples = dict(
            tags=[
                TagsExample(
                    image=photos['image_path'][row],
                    truth=_name(truth[row].nonzero()[:, 0]),
                    predicted=_name(scores[row].topk(3).indices),
                )
                for row in evenly_spaced(len(truth), self.num_examples)
            ]
        )
        precisions = [
            average_precision(scores[:, column], truth[:, column])
            for column in seen.nonzero()[:, 0].tolist()
        ]
        return dict(mAP=100 * sum(precisions) / len(precisions))


def _name(numbers: Tensor) -> list[str]:
    return [NAMES[number] for number in numbers.tolist()]


def average_precision(scores: Tensor, truth: Tensor) -> float:
    """Mean of the precision at each positive, best score first."""
    hits = truth[scores.argsort(descending=True)].double()
    ranks = torch.arange(1, len(hits) + 1)
    return float((hits.cumsum(0) / ranks)[hits.bool()].mean())
