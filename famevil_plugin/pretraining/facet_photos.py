"""MiniFashion's photos with what is on them."""

from typing import Any

from famevil_plugin.datasets import FashionGen
from famevil_plugin.datasets.annotations import Product
from famevil_plugin.datasets.mini_fashion.facets import facet_labels
from famevil_plugin.registry import DATASETS


@DATASETS.register_module()
class FacetPhotos(FashionGen):
    """Photos, each an item, with ``gt_facets``, a label for each facet.

    Args:
        **kwargs: Arguments of :class:`FashionGen`.
    """

    def __init__(self, task: str = 'facets', **kwargs: Any) -> None:
        super().__init__(task=task, needs=('label',), **kwargs)

    def make_item(self, product: Product, photos: list[str]) -> dict[str, Any]:
        """FashionGen's item with the labels and no text."""
        item = super().make_item(product, photos)
        del item['text']
        assert product.label is not None  # the task needs it
        return item | dict(gt_facets=facet_labels(product.label, product.attributes))

    def load_data_list(self) -> list[dict[str, Any]]:
        """List the photos."""
        items = super().load_data_list()
        if self.test_mode:
            return items
        return [
            item | dict(image_paths=[path])
            for item in items
            for path in item['image_paths']
        ]
