"""FashionIQ: a reference photo, a modifying text, and the photo meant.

Reads the official layout: ``FashionIQ/captions/cap.<garment>.<split>.json``,
lists of ``{candidate, target, captions}``; ``FashionIQ/image_splits/
split.<garment>.<split>.json``, lists of ids; and ``FashionIQ/images/`` with
the photos ``<id>.jpg`` (or another format of :mod:`photos`), in folders or not.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from reprlib import repr as shorten
from typing import Any

from mmengine.dataset import BaseDataset
from mmengine.logging import print_log

from famevil_plugin.registry import DATASETS

from .annotations import Triplet, find_garments, read_photo_ids, read_triplets
from .data_root import LEAVE_OUT, find_data_root, require_items
from .photo_files import (
    check_policy,
    count_lost,
    find_by_id,
    handle_missing,
    leave_out_unreadable,
)
from .survey import Survey


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
        missing (str): How photos that are missing or not readable are
            handled: ``error`` names them; ``skip`` leaves them out, with
            their triplets, and counts them in ``metainfo['missing']``. In an
            evaluation all photos are opened for that; in training those
            that are not readable are passed over as they come. Defaults to
            ``error``.
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
        self.joining = f' {joining} ' if joining.isalpha() else joining
        self.both_orders = both_orders
        self.missing = check_policy(missing)
        super().__init__(
            metainfo=dict(garments=list(self.garments)),
            pipeline=list(pipeline),
            **kwargs,
        )

    @classmethod
    def survey(cls, **settings: Any) -> Survey:
        """Count the triplets that it would have; see :class:`TaskData`."""
        data = cls(**settings | dict(pipeline=(), lazy_init=True))
        if not data.garments:
            return Survey(0, describe_lack(data.root, data.split))
        count = sum(
            bool(triplet.captions) or data.test_mode
            for garment in data.garments
            for triplet in read_triplets(data._captions(garment))
        )
        places = ', '.join(data._captions(garment).name for garment in data.garments)
        lack = f'no triplets with a caption are in {places} of {data.root / "captions"}'
        return Survey(count, '' if count else lack)

    def load_data_list(self) -> list[dict[str, Any]]:
        """List the items, see the class."""
        if not self.garments:
            raise FileNotFoundError(
                f'{describe_lack(self.root, self.split)}. Check data_root and '
                f'split, or leave the task out: {LEAVE_OUT}'
            )
        triplets = {garment: self._triplets(garment) for garment in self.garments}
        self._metainfo['machine_made'] = any(
            triplet.machine_made for some in triplets.values() for triplet in some
        )
        gallery = {
            garment: self._gallery(garment, triplets[garment])
            for garment in self.garments
            if self.test_mode
        }
        needed = _named(t for some in triplets.values() for t in some)
        needed |= dict.fromkeys(name for ids in gallery.values() for name in ids)
        photos = self._find_photos(needed)
        kept = {
            garment: [t for t in some if photos.keys() >= _named([t]).keys()]
            for garment, some in triplets.items()
        }
        if len(photos) < len(needed):
            lost = self._count_effect(triplets, kept, gallery, photos)
            self._metainfo['missing'] |= lost
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

    def annotation_files(self) -> list[Path]:
        """The files that the items are read from."""
        names = [
            name
            for garment in self.garments
            for name in (
                f'captions/cap.{garment}.{self.split}.json',
                f'image_splits/split.{garment}.{self.split}.json',
            )
        ]
        return [self.root / name for name in names]

    def _triplets(self, garment: str) -> list[Triplet]:
        """The garment's triplets; in training, those with a word."""
        source = self._captions(garment)
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

    def _captions(self, garment: str) -> Path:
        return self.root / 'captions' / f'cap.{garment}.{self.split}.json'

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

    def _find_photos(self, needed: Mapping[str, None]) -> dict[str, str]:
        """Paths by id; refuse missing photos, or note how many are left out."""
        folder = self.root / 'images'
        found = find_by_id(folder)
        photos = {name: found[name][0] for name in needed if name in found}
        absent = [name for name in needed if name not in photos]
        handle_missing(absent, len(needed), folder, self.missing)
        there = len(photos)
        if self.test_mode and self.missing == 'skip':
            photos = leave_out_unreadable(photos, folder)
        if len(photos) < len(needed):
            self._metainfo['missing'] = count_lost(absent, there - len(photos))
        return photos

    def _count_effect(
        self,
        triplets: dict[str, list[Triplet]],
        kept: dict[str, list[Triplet]],
        gallery: dict[str, list[str]],
        photos: dict[str, str],
    ) -> dict[str, Any]:
        """Count what photos that are left out take from the scores."""
        return dict(
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


def describe_lack(root: Path, split: str) -> str:
    """Say of a folder why it has no triplets of a split."""
    there = sorted(path.name for path in (root / 'captions').glob('*'))[:8]
    return (
        f'no triplets of {split!r} in {root / "captions"}: expected '
        f'cap.<garment>.{split}.json, the folder holds '
        f'{", ".join(there) or "nothing"}'
    )


def _named(triplets: Iterable[Triplet]) -> dict[str, None]:
    """The ids that triplets name, each once, in their order."""
    return dict.fromkeys(
        name for triplet in triplets for name in (triplet.reference, triplet.target)
    )
