"""Photos of products with their attributes."""

from typing import Any

import numpy as np

from famevil_plugin.datasets import FashionGen
from famevil_plugin.datasets.annotations import Product
from famevil_plugin.datasets.data_root import find_data_root, find_vocabulary
from famevil_plugin.datasets.survey import Survey
from famevil_plugin.registry import DATASETS

from .vocabulary import NAMES, numbers_of


@DATASETS.register_module()
class AttributeFashionGen(FashionGen):
    """MiniFashion with ``gt_attributes``, a 1 for each attribute of a product.

    Args:
        **kwargs: Arguments of :class:`FashionGen`.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(needs=(), **kwargs)
        self._metainfo['attributes'] = NAMES

    @classmethod
    def survey(cls, **settings: Any) -> Survey:
        """Whether a data root serves the task: MiniFashion does."""
        if find_vocabulary(find_data_root(settings['data_root'])) is None:
            return Survey(0, 'only of MiniFashion are the attributes known')
        return super().survey(**settings)

    def is_usable(self, product: Product) -> bool:
        """Whether the product has one of the attributes."""
        return bool(numbers_of(product.attributes))

    def make_item(self, product: Product, photos: list[str]) -> dict[str, Any]:
        """FashionGen's item and the attributes."""
        labels = np.zeros(len(NAMES), np.int64)
        labels[numbers_of(product.attributes)] = 1
        return super().make_item(product, photos) | dict(gt_attributes=labels)
