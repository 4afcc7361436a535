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

from .annotations import Product, read_names, read_products
from .data_root import find_data_root, find_vocabulary, require_items
from .photo_files import (
    check_policy,
    count_lost,
    find_by_path,
    handle_missing,
    leave_out_unreadable,
)
from .survey import Survey

NEEDS = dict(text='a text', label='a sub-category')
# of the paper's tasks (arXiv 2303.02483, section 3.1)
PAPER_NEEDS = dict(xmr=('text',), scr=('label',), fic=('text',))


@DATASETS.register_module()
class FashionGen(BaseDataset):
    """FashionGen as one task reads it: products with photos.

    A training item is a product; the pipeline picks one of its views. With
    ``test_mode`` an item is a view. Where texts are separate, the products'
    texts are items of their own behind the views, so each is encoded once.

    Products without a photo or without what the task needs are left out. A
    subclass adds fields of the annotation to the items, or asks more of the
    products, by :meth:`make_item` and :meth:`is_usable`.

    Args:
        data_root (str): The folder that holds ``FashionGen/``. A folder
            named ``mini_fashion`` is drawn if it does not exist.
        split (str): ``train`` or ``val``.
        task (str): Name of the task that the items belong to.
        pipeline (Sequence): Transforms.
        needs (Sequence[str], optional): What the task needs of a product, of
            ``text`` and ``label`` (the sub-category). Defaults to a text for
            ``xmr`` and ``fic`` and a label for ``scr``; other tasks say it.
        separate_texts (bool, optional): Whether texts are evaluated as items
            of their own. Defaults to True for ``xmr`` and False for others.
        with_attributes (bool, optional): Whether items tell the true kind,
            colours and pattern, where the data set knows how texts name
            them: ``attributes``, JSON, and ``metainfo['attribute_words']``.
            Defaults to True for an evaluation of ``fic``.
        missing (str): How photos that the task needs and that are missing or
            not readable are handled: ``error`` names them; ``skip`` leaves
            them out, with products that have no other, and counts them in
            ``metainfo['missing']``. In an evaluation all photos are opened
            for that; in training those that are not readable are passed
            over as they come. Defaults to ``error``.
        **kwargs: Other arguments of MMEngine's ``BaseDataset``.
    """

    def __init__(
        self,
        data_root: str,
        split: str,
        task: str,
        pipeline: Sequence[Any] = (),
        needs: Sequence[str] | None = None,
        separate_texts: bool | None = None,
        with_attributes: bool | None = None,
        missing: str = 'error',
        **kwargs: Any,
    ) -> None:
        self.task = task
        self.needs = _find_needs(task, needs)
        self.separate_texts = (
            task == 'xmr' if separate_texts is None else separate_texts
        )
        if with_attributes is None:
            with_attributes = task == 'fic' and bool(kwargs.get('test_mode'))
        self.missing = check_policy(missing)
        root = find_data_root(data_root) / 'FashionGen'
        self.vocabulary = find_vocabulary(root.parent) if with_attributes else None
        metainfo: dict[str, Any] = dict(
            subcategories=read_names(root / 'subcategories.json')
        )
        if self.vocabulary is not None:
            metainfo['attribute_words'] = self.vocabulary.words
        super().__init__(
            ann_file=str(root / f'{split}_info.json'),
            data_prefix=dict(img_path=str(root)),
            metainfo=metainfo,
            pipeline=list(pipeline),
            **kwargs,
        )

    @classmethod
    def survey(cls, **settings: Any) -> Survey:
        """Count the products that it would have; see :class:`TaskData`."""
        data = cls(**settings | dict(pipeline=(), lazy_init=True))
        source = Path(str(data.ann_file))
        if not source.is_file():
            return Survey(0, f'there is no {source}')
        names = data._metainfo['subcategories']
        products = read_products(source, names)
        usable = [p for p in products if p.images and data.is_usable(p)]
        if not usable:
            return Survey(0, describe_lack(source, products, data.needs))
        known = [p.label for p in usable if p.label is not None]
        labels = max(known, default=-1) + 1 if names is None else len(names)
        return Survey(len(usable), labels=labels)

    def load_data_list(self) -> list[dict[str, Any]]:
        """List the items, see the class."""
        source = Path(str(self.ann_file))
        products = [
            product
            for product in read_products(source, self._metainfo['subcategories'])
            if self.is_usable(product)
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
        if not self.separate_texts:
            return views
        return [_without(view, 'text') for view in views] + [
            _without(item, 'image_paths') for item in items
        ]

    def annotation_files(self) -> list[Path]:
        """The files that the items are read from."""
        source = Path(str(self.ann_file))
        return [source, source.with_name('subcategories.json')]

    def is_usable(self, product: Product) -> bool:
        """Whether the product has what the task needs, photos aside."""
        return has_needs(product, self.needs)

    def make_item(self, product: Product, photos: list[str]) -> dict[str, Any]:
        """Make the training item of a product.

        Args:
            product (Product): Its annotation.
            photos (list[str]): Full paths of its photos, at least one.
        """
        item: dict[str, Any] = dict(
            task=self.task, product_id=product.id, text=product.text, image_paths=photos
        )
        if product.label is not None:
            item['gt_label'] = product.label
        if self.vocabulary is not None:
            truth = self.vocabulary.name(product.label, product.attributes)
            item['attributes'] = json.dumps(truth)
        return item

    def _make_items(self, products: list[Product], root: Path) -> list[dict[str, Any]]:
        """Make items of the products of which a photo is there."""
        named = [path for product in products for path in product.images]
        photos = find_by_path(root, named)
        absent = [path for path in dict.fromkeys(named) if path not in photos]
        handle_missing(absent, len(absent) + len(photos), root, self.missing)
        there = len(photos)
        if self.test_mode and self.missing == 'skip':
            photos = leave_out_unreadable(photos, root)
        unreadable = there - len(photos)
        items, lost = [], 0
        for product in products:
            paths = [photos[path] for path in product.images if path in photos]
            if paths:
                items.append(self.make_item(product, paths))
            else:
                lost += bool(product.images)
        if absent or unreadable:
            views = sum(path not in photos for path in named)
            self._metainfo['missing'] = count_lost(absent, unreadable) | dict(
                products=lost, **self._effect(views, lost)
            )
        return items

    def _effect(self, views: int, products: int) -> dict[str, Any]:
        """Count what missing photos take from the task's evaluation."""
        if not self.separate_texts:
            return dict(queries=views)
        return dict(
            queries=dict(i2t=views, t2i=products), gallery=dict(i2t=products, t2i=views)
        )


def has_needs(product: Product, needs: Sequence[str]) -> bool:
    """Whether a product has what a task needs, of :data:`NEEDS`."""
    has = dict(text=bool(product.text), label=product.label is not None)
    return all(has[need] for need in needs)


def describe_lack(
    source: Path, products: Sequence[Product], needs: Sequence[str]
) -> str:
    """Say of products why none of them serves a task with these needs."""
    if not products:
        return f'{source} has no products'
    has_photos = any(product.images for product in products)
    words = [NEEDS[need] for need in needs]
    wanted = ' and '.join(words if words and has_photos else ['a photo', *words])
    return f'none of the {len(products):,} products in {source} has {wanted}'


def _find_needs(task: str, needs: Sequence[str] | None) -> tuple[str, ...]:
    if needs is None and task not in PAPER_NEEDS:
        raise ValueError(
            f'FashionGen does not know what the task {task!r} needs of a product: '
            f'set `needs` to some of {", ".join(NEEDS)} (or to [])'
        )
    found = tuple(PAPER_NEEDS[task] if needs is None else needs)
    unknown = [need for need in found if need not in NEEDS]
    if unknown:
        raise ValueError(
            f'needs={list(found)} of the task {task!r}: expected some of '
            f'{", ".join(NEEDS)}'
        )
    return found


def _without(item: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name != key}
