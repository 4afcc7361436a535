"""FashionIQ: a reference photo, a modifying text, and the photo meant.

Reads the official layout: ``FashionIQ/captions/cap.<garment>.<split>.json``,
lists of ``{candidate, target, captions}``; ``FashionIQ/image_splits/
split.<garment>.<split>.json``, lists of ids; and ``FashionIQ/images/`` with
the photos ``<id>.jpg`` (or another format of :mod:`photos`), in folders or not.
"""

import logging
from collections.abc import Iterable, Sequence
from pathlib import Path
from reprlib import repr as shorten
from typing import Any

from mmengine.dataset import BaseDataset
from mmengine.logging import print_log

from famevil_plugin.registry import DATASETS

from .annotations import Triplet, find_garments, read_photo_ids, read_triplets
from .data_root import find_data_root, require_items
from .photo_files import check_policy, find_by_id, handle_missing


@DATASETS.register_module()
class FashionIQ(BaseDataset):
    """FashionIQ as TGIR reads it.

    A training item is a triplet: reference ``image_path``, ``text`` and
    ``target_image_path``. With ``test_mode`` the items are the queries
    (reference and text) and behind them each photo of the garment's split
    (``target_image_path``), so each is encoded once.

    The text is the triplet's captions, joined; a blank one is left out and
    so is its joint. A triplet with no other is left out of training; in an
    evaluation it stays, a photo without a wish, for the protocols count all.

    Args:
        data_root (str): The folder that holds ``FashionIQ/``. A folder
            named ``mini_fashion`` is drawn if it does not exist.
        split (str): ``train`` or ``val``.
        garments (Sequence[str], optional): Some of those that
            ``captions/`` has of the split. Defaults to all: dress, shirt and
            toptee first, then others by name. They are in
            ``metainfo['garments']``; ``metainfo['machine_made']`` says
            whether a program wrote some of the triplets.
        pipeline (Sequence): Transforms.
        joining (str): What stands between the captions; a word, as ``and``,
            gets spaces around it. Defaults to ``', '``.
        both_orders (bool): Whether to train with the captions in their own
            order and in the other one, by chance. Defaults to False.
        missing (str): How missing photos are handled: ``error`` names them;
            ``skip`` leaves them out, with their triplets, and counts them in
            ``metainfo['missing']``. Defaults to ``error``.
        **kwargs: Other arguments of MMEngine's ``BaseDataset``.
    """

    def __init__(
        self,
        data_root: str,
        split: str,
        garments: Sequence[str] | None = None,
        pipeline: Sequence[Any] = (),
        joining: str = ', ',
        both_orders: bool = False,
        missing: str = 'error',
        **kwargs: Any,
    ) -> None:
        if both_orders and kwargs.get('test_mode'):
            raise ValueError(
                'both_orders=True is for training, got it with '
                'test_mode=True: an evaluation asks once for each triplet'
            )
        self.root = find_data_root(data_root) / 'FashionIQ'
        self.split = split
        self.garments = tuple(garments or find_garments(self.root, [split]))
        if not self.garments:
            raise FileNotFoundError(_describe_lack(self.root, split))
        self.joining = f' {joining} ' if joining.isalpha() else joining
        self.both_orders = both_orders
        self.missing = check_policy(missing)
        super().__init__(
            metainfo=dict(garments=list(self.garments)),
            pipeline=list(pipeline),
            **kwargs,
        )

    def load_data_list(self) -> list[dict[str, Any]]:
        """List the items, see the class."""
        triplets = {garment: self._triplets(garment) for garment in self.garments}
        self._metainfo['machine_made'] = any(
            triplet.machine_made for some in triplets.values() for triplet in some
        )
        gallery = {
            garment: self._gallery(garment, triplets[garment])
            for garment in self.garments
            if self.test_mode
        }
        found = find_by_id(self.root / 'images')
        photos = {name: paths[0] for name, paths in found.items()}
        kept = {
            garment: [t for t in some if photos.keys() >= _named([t]).keys()]
            for garment, some in triplets.items()
        }
        self._handle_missing(triplets, kept, gallery, photos)
        queries = [
            self._make_query(garment, triplet, photos)
            for garment, some in kept.items()
            for triplet in some
        ]
        return require_items(queries, 'tgir', self.root) + [
            dict(
                task='tgir',
                garment=garment,
                image_id=image_id,
                target_image_path=photos[image_id],
            )
            for garment, ids in gallery.items()
            for image_id in ids
            if image_id in photos
        ]

    def _triplets(self, garment: str) -> list[Triplet]:
        """The garment's triplets; in training, those with a word."""
        source = self.root / 'captions' / f'cap.{garment}.{self.split}.json'
        triplets = read_triplets(source)
        blank = sum(not triplet.captions for triplet in triplets)
        if blank:
            print_log(
                f'{blank} of {len(triplets)} triplets in {source} have no '
                'caption but blank ones and are '
                f'{"kept" if self.test_mode else "left out"}',
                logger='current',
                level=logging.WARNING,
            )
        return [t for t in triplets if t.captions or self.test_mode]

    def _gallery(self, garment: str, triplets: list[Triplet]) -> list[str]:
        """The ids of the garment's photos.

        Raises:
            ValueError: If a triplet names a photo that is not among them.
        """
        source = self.root / 'image_splits' / f'split.{garment}.{self.split}.json'
        ids = read_photo_ids(source)
        unknown = _named(triplets).keys() - set(ids)
        if unknown:
            raise ValueError(
                f'{source} lacks {len(unknown)} photos of the triplets in '
                f'captions/cap.{garment}.{self.split}.json, '
                f'{shorten(min(unknown))} for one: every reference and target '
                'is a candidate too'
            )
        return ids

    def _handle_missing(
        self,
        triplets: dict[str, list[Triplet]],
        kept: dict[str, list[Triplet]],
        gallery: dict[str, list[str]],
        photos: dict[str, str],
    ) -> None:
        """Refuse missing photos, or note what they take from the scores."""
        needed = _named(t for some in triplets.values() for t in some)
        needed |= dict.fromkeys(name for ids in gallery.values() for name in ids)
        absent = [name for name in needed if name not in photos]
        handle_missing(absent, len(needed), self.root / 'images', self.missing)
        if not absent:
            return
        self._metainfo['missing'] = dict(
            photos=len(absent),
            queries={
                garment: len(some) - len(kept[garment])
                for garment, some in triplets.items()
            },
            gallery=dict(
                original={
                    garment: sum(name not in photos for name in ids)
                    for garment, ids in gallery.items()
                },
                val={
                    garment: len(_named(some)) - len(_named(kept[garment]))
                    for garment, some in triplets.items()
                },
            ),
        )

    def _make_query(
        self, garment: str, triplet: Triplet, photos: dict[str, str]
    ) -> dict[str, Any]:
        item: dict[str, Any] = dict(
            task='tgir',
            garment=garment,
            image_id=triplet.reference,
            target_id=triplet.target,
            image_path=photos[triplet.reference],
            text=self.joining.join(triplet.captions),
        )
        if not self.test_mode:
            item['target_image_path'] = photos[triplet.target]
        if self.both_orders:
            item['texts'] = [
                item['text'],
                self.joining.join(reversed(triplet.captions)),
            ]
        return item


def _describe_lack(root: Path, split: str) -> str:
    there = sorted(path.name for path in (root / 'captions').glob('*'))[:8]
    return (
        f'no triplets of {split!r} in {root / "captions"}: expected '
        f'cap.<garment>.{split}.json, the folder holds '
        f'{", ".join(there) or "nothing"}. Check data_root and split'
    )


def _named(triplets: Iterable[Triplet]) -> dict[str, None]:
    """The ids that triplets name, each once, in their order."""
    return dict.fromkeys(
        name for triplet in triplets for name in (triplet.reference, triplet.target)
    )
