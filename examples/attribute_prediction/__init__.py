"""A fifth task: the colours, the pattern and the sleeves of a product.

Nothing in ``famevil_plugin`` knows of it. docs/add_a_task.md walks through the
files.
"""

from .attribute_dataset import AttributeFashionGen
from .attribute_head import AttributeHead
from .mean_average_precision import MeanAveragePrecision
from .tags_panel import tags_panel

__all__ = ['AttributeFashionGen', 'AttributeHead', 'MeanAveragePrecision', 'tags_panel']
