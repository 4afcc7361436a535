"""FashionGen: product photos with title, description and sub-category.

Reads the authors' layout: ``FashionGen/{train,val}_info.json``, a list of
``{images, id, title, description, attributes_id, category_id,
subcategory_id}`` with the photos' paths relative to the folder.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmengine.dataset import BaseDataset

from famevil_plugin.registry import DATASETS

from .annotations import Product, read_names, read_products
from .data_root import find_data_root, require_items
from .photos import check_policy, find_by_path, handle_missing


@DATASETS.register_module()
class FashionGen(BaseDataset):
    """FashionGen as XMR, SCR or FIC reads it.

    A training item is a product; the pipeline picks one of its views. With
    ``test_mode`` an item is a view, and XMR has the products' texts as items
    of their own behind the views, so each is encoded once.

    Products without what the task needs are left out: a text for XMR and
    FIC, a sub-category for SCR.

    Args:
        data_root (str): The folder that holds ``FashionGen/``. A folder
            named ``mini_fashion`` is drawn if it does not exist.
        split (str): ``train`` or ``val``.
        task (str): ``xmr``, ``scr`` or ``fic``.
        pipeline (Sequence): Transforms.
        missing (str): What becomes of missing photos that the task needs:
            ``error`` names them; ``skip`` leaves them out, with products
            that have no other, and counts them in ``metainfo['missing']``.
            Defaults to ``error``.
        **kwargs: Other arguments of MMEngine's ``BaseDataset``.
    """

    def __init__(
        self,
        data_root: str,
        split: str,
        task: str,
        pipeline: Sequence[Any] = (),
        missing: str = 'error',
        **kwargs: Any,
    ) -> None:
        if task not in ('xmr', 'scr', 'fic'):
            raise ValueError(
                'FashionGen serves the tasks xmr, scr and fic, '
                f'got {task!r}: use FashionIQ for tgir'
            )
        self.task = task
        self.missing = check_policy(missing)
        root = find_data_root(data_root) / 'FashionGen'
        super().__init__(
            ann_file=str(root / f'{split}_info.json'),
            data_prefix=dict(img_path=str(root)),
            metainfo=dict(subcategories=read_names(root / 'subcategories.json')),
            pipeline=list(pipeline),
            **kwargs,
        )

    def load_data_list(self) -> list[dict[str, Any]]:
        """List the items, see the class."""
        source = Path(self.ann_file)
        products = [
            product
            for product in read_products(source, self._metainfo['subcategories'])
            if self._is_usable(product)
        ]
        items = self._make_items(products, source.parent)
        require_items(items, self.task, source)
        if not self.test_mode:
            return items
        views = [
            item | dict(image_path=path)
            for item in items
            for path in item['image_paths']
        ]
        if self.task != 'xmr':
            return views
        return [_without(view, 'text') for view in views] + [
            _without(item, 'image_paths') for item in items
        ]

    def _is_usable(self, product: Product) -> bool:
        """Whether the product has what the task needs, photos aside."""
        return product.label is not None if self.task == 'scr' else bool(product.text)

    def _make_items(self, products: list[Product], root: Path) -> list[dict[str, Any]]:
        """The products of which a photo is there."""
        named = [path for product in products for path in product.images]
        photos = find_by_path(root, named)
        absent = [path for path in dict.fromkeys(named) if path not in photos]
        handle_missing(absent, len(absent) + len(photos), root, self.missing)
        items, lost = [], 0
        for product in products:
            paths = [photos[path] for path in product.images if path in photos]
            if not paths:
                lost += bool(product.images)
                continue
            item = dict(
                task=self.task,
                product_id=product.id,
                text=product.text,
                image_paths=paths,
            )
            items.append(
                item if product.label is None else item | dict(gt_label=product.label)
            )
        if absent:
            views = sum(path not in photos for path in named)
            self._metainfo['missing'] = dict(
                photos=len(absent), products=lost, **self._effect(views, lost)
            )
        return items

    def _effect(self, views: int, products: int) -> dict[str, Any]:
        """Count what missing photos take from the task's evaluation."""
        if self.task != 'xmr':
            return dict(queries=views)
        return dict(
            queries=dict(i2t=views, t2i=products), gallery=dict(i2t=products, t2i=views)
        )


def _without(item: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name != key}
