"""A fifth task as somebody else would add it: attributes of a product.

Nothing in ``famevil_plugin`` knows of it. A head, a data set, a metric and a
panel, each of one file, and a few lines of config.
"""

from .attribute_dataset import AttributeFashionGen
from .attribute_head import AttributeHead
from .mean_average_precision import MeanAveragePrecision
from .tags_panel import tags_panel

__all__ = ['AttributeFashionGen', 'AttributeHead', 'MeanAveragePrecision', 'tags_panel']
