"""Metrics: each names its protocol, its chance level and some examples."""

from .caption_attributes import CaptionAttributes
from .caption_scores import CaptionScores
from .composed_recall import ComposedRecall
from .cross_modal_recall import CrossModalRecall
from .predictions import PredictionKeeper
from .row_metric import RowMetric
from .subcategory_scores import SubcategoryScores

__all__ = [
    'CaptionAttributes',
    'CaptionScores',
    'ComposedRecall',
    'CrossModalRecall',
    'PredictionKeeper',
    'RowMetric',
    'SubcategoryScores',
]
