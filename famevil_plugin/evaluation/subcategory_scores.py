"""Sub-category recognition (SCR): accuracy and macro F1."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from famevil_plugin.registry import METRICS
from famevil_plugin.structures import ClassExample

from .row_metric import RowMetric, add_mean, check_finite, evenly_spaced
from .row_table import Table


@METRICS.register_module()
class SubcategoryScores(RowMetric):
    """Accuracy and macro F1 over photos, and their ``mean``.

    Macro F1 is scikit-learn's ``f1_score(average='macro')``: the mean over
    the classes that occur among the labels or the predictions. Chance is
    the most frequent class for every photo.

    Samples bring ``pred_scores``, a row of probabilities, or ``pred_label``.

    Args:
        protocol (str): ``per-image``: every view counts. The only one.
        **kwargs: Other arguments of :class:`RowMetric`.

    Example:
        >>> metric = SubcategoryScores()
        >>> metric.process(None, [
        ...     dict(sample_idx=0, pred_label=1, gt_label=1),
        ...     dict(sample_idx=1, pred_label=1, gt_label=0)
        ... ])
        >>> metric.evaluate(size=2)['accuracy']
        50.0
    """

    protocols = ('per-image',)
    tables = dict(photo=('pred_label', 'pred_score', 'gt_label', 'image_path', 'text'))

    def __init__(self, protocol: str = 'per-image', **kwargs: Any) -> None:
        super().__init__(protocol, **kwargs)

    def process(self, data_batch: Any, data_samples: Sequence[dict[str, Any]]) -> None:
        """Keep each photo's best class and its score."""
        super().process(data_batch, [_decide(s) for s in data_samples])

    def compute_metrics(self, results: dict[str, Table]) -> dict[str, float]:
        """Score the table ``photo``."""
        photos = results['photo']
        truth, predicted = photos['gt_label'], photos['pred_label']
        check_finite(photos['pred_score'], 'pred_scores')
        commonest = truth.bincount().argmax()
        self.facts = dict(
            protocol=self.protocol,
            queries=len(truth),
            gallery=len(truth.unique()),
            chance=score_classes(truth, commonest.expand_as(truth)),
        )
        self.examples = dict(
            predictions=[
                ClassExample(
                    image=photos['image_path'][row],
                    text=photos['text'][row],
                    truth=self._name(truth[row]),
                    predicted=self._name(predicted[row]),
                    score=100 * float(photos['pred_score'][row]),
                )
                for row in evenly_spaced(len(truth), self.num_examples)
            ]
        )
        return score_classes(truth, predicted)

    def _name(self, label: Tensor) -> str:
        """A sub-category's name, or its number where none is known."""
        names = (self.dataset_meta or {}).get('subcategories') or ()
        number = int(label)
        return str(names[number]) if number < len(names) else f'#{number}'


def score_classes(truth: Tensor, predicted: Tensor) -> dict[str, float]:
    """Accuracy, macro F1 and their mean, in percent.

    Args:
        truth (Tensor): ``(N, )``, labels.
        predicted (Tensor): ``(N, )``, labels.
    """
    classes = int(torch.maximum(truth.max(), predicted.max())) + 1
    hits = truth[truth == predicted].bincount(minlength=classes).double()
    # 2 TP / (2 TP + FP + FN): twice the hits over labelled + predicted
    either = truth.bincount(minlength=classes) + predicted.bincount(minlength=classes)
    seen = either > 0
    return add_mean(
        dict(
            accuracy=100 * float(hits.sum() / len(truth)),
            macro_F1=100 * float((2 * hits[seen] / either[seen]).mean()),
        )
    )


def _decide(sample: dict[str, Any]) -> dict[str, Any]:
    if 'pred_scores' in sample:
        score, label = sample['pred_scores'].float().max(0)
        return sample | dict(pred_score=score, pred_label=label)
    return dict(pred_score=1.0) | sample
