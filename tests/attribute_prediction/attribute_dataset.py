"""Photos of products with all their attributes."""

from typing import Any

import numpy as np

from famevil_plugin.datasets import FashionGen
from famevil_plugin.datasets.annotations import Product
from famevil_plugin.registry import DATASETS


@DATASETS.register_module()
class AttributeFashionGen(FashionGen):
    """FashionGen with ``gt_attributes``, a 1 for each attribute of a product.

    Args:
        num_attributes (int): How many there are.
        **kwargs: Arguments of :class:`FashionGen`.
    """

    def __init__(self, num_attributes: int, **kwargs: Any) -> None:
        self.num_attributes = num_attributes
        super().__init__(needs=(), **kwargs)

    def make_item(self, product: Product, photos: list[str]) -> dict[str, Any]:
        """FashionGen's item and the attributes."""
        labels = np.zeros(self.num_attributes, np.int64)
        labels[product.attributes] = 1
        return super().make_item(product, photos) | dict(gt_attributes=labels)
