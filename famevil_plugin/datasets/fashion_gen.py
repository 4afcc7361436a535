"""FashionGen: product photos with title, description and sub-category.

Reads the authors' layout: ``FashionGen/{train,val}_info.json``, a list of
``{images, id, title, description, attributes_id, category_id,
subcategory_id}`` with the photos' paths relative to the folder.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmengine.dataset import BaseDataset

from famevil_plugin.registry import DATASETS
from famevil_plugin.tasks import check_task

from .data_root import (find_data_root, keep_present_photos,
                        read_annotations, require_items)


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
        **kwargs: Other arguments of MMEngine's ``BaseDataset``.
    """

    def __init__(self,
                 data_root: str,
                 split: str,
                 task: str,
                 pipeline: Sequence[Any] = (),
                 **kwargs: Any) -> None:
        if check_task(task) == 'tgir':
            raise ValueError('FashionGen serves the tasks xmr, scr and fic, '
                             "got 'tgir': use FashionIQ for it")
        self.task = task
        root = find_data_root(data_root) / 'FashionGen'
        names = root / 'subcategories.json'
        super().__init__(
            ann_file=str(root / f'{split}_info.json'),
            data_prefix=dict(img_path=str(root)),
            metainfo=dict(
                subcategories=json.loads(names.read_text())
                if names.exists() else None),
            pipeline=list(pipeline),
            **kwargs)

    def load_data_list(self) -> list[dict[str, Any]]:
        """List the items, see the class."""
        products = read_annotations(Path(self.ann_file))
        root = Path(self.data_prefix['img_path'])
        photos = keep_present_photos(
            root, (path for product in products for path in product['images']))
        known = [
            item for product in products
            if (item := self._read_product(product, photos)) is not None
        ]
        require_items(known, self.task, Path(self.ann_file))
        if not self.test_mode:
            return known
        views = [
            item | dict(image_path=path) for item in known
            for path in item['image_paths']
        ]
        if self.task != 'xmr':
            return views
        return [_without(view, 'text') for view in views
                ] + [_without(item, 'image_paths') for item in known]

    def _read_product(self, product: dict[str, Any],
                      photos: dict[str, str]) -> dict[str, Any] | None:
        """One product as the task sees it, or None if it cannot be used."""
        parts = (product.get('title'), product.get('description'))
        text = '.'.join(part for part in parts if part)
        label = product.get('subcategory_id')
        paths = [photos[path] for path in product['images'] if path in photos]
        lacking = label is None if self.task == 'scr' else not text
        if lacking or not paths:
            return None
        item = dict(
            task=self.task,
            product_id=product['id'],
            text=text,
            image_paths=paths)
        return item if label is None else item | dict(gt_label=label)


def _without(item: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name != key}
