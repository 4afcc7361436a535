"""FashionIQ: a reference photo, a modifying text, and the photo meant.

Reads the official layout: ``FashionIQ/captions/cap.<garment>.<split>.json``,
lists of ``{candidate, target, captions}``; ``FashionIQ/image_splits/
split.<garment>.<split>.json``, lists of ids; and ``FashionIQ/images/<id>``
as ``.jpg`` or ``.png``.
"""

import logging
from collections.abc import Sequence
from typing import Any

from mmengine.dataset import BaseDataset
from mmengine.logging import print_log

from famevil_plugin.registry import DATASETS

from .data_root import find_data_root, read_annotations, require_items

GARMENTS = ('dress', 'shirt', 'toptee')


@DATASETS.register_module()
class FashionIQ(BaseDataset):
    """FashionIQ as TGIR reads it.

    A training item is a triplet: reference ``image_path``, ``text`` and
    ``target_image_path``. With ``test_mode`` the items are the queries
    (reference and text) and behind them each photo of the garment's split
    (``target_image_path``), so each is encoded once.

    Args:
        data_root (str): The folder that holds ``FashionIQ/``. A folder
            named ``mini_fashion`` is drawn if it does not exist.
        split (str): ``train`` or ``val``.
        garments (Sequence[str]): Of dress, shirt and toptee. Defaults to
            all three.
        pipeline (Sequence): Transforms.
        **kwargs: Other arguments of MMEngine's ``BaseDataset``.
    """

    def __init__(self,
                 data_root: str,
                 split: str,
                 garments: Sequence[str] = GARMENTS,
                 pipeline: Sequence[Any] = (),
                 **kwargs: Any) -> None:
        self.root = find_data_root(data_root) / 'FashionIQ'
        self.split = split
        self.garments = tuple(garments)
        super().__init__(
            pipeline=list(pipeline), **kwargs)

    def load_data_list(self) -> list[dict[str, Any]]:
        """List the items, see the class."""
        photos = self._photos()
        queries, gallery, lost = [], [], 0
        for garment in self.garments:
            triplets = read_annotations(self.root / 'captions' /
                                        f'cap.{garment}.{self.split}.json')
            for triplet in triplets:
                reference, target = triplet['candidate'], triplet['target']
                if reference not in photos or target not in photos:
                    lost += 1
                    continue
                item = dict(
                    task='tgir',
                    garment=garment,
                    image_id=reference,
                    target_id=target,
                    image_path=photos[reference],
                    text=', '.join(triplet['captions']))
                if not self.test_mode:
                    item['target_image_path'] = photos[target]
                queries.append(item)
            if self.test_mode:
                gallery += [
                    dict(
                        task='tgir',
                        garment=garment,
                        image_id=image_id,
                        target_image_path=photos[image_id])
                    for image_id in read_annotations(
                        self.root / 'image_splits' /
                        f'split.{garment}.{self.split}.json')
                    if image_id in photos
                ]
        if lost:
            print_log(
                f'{lost} of {lost + len(queries)} FashionIQ triplets of split '
                f'{self.split!r} are left out: a photo is missing in '
                f'{self.root / "images"}',
                logger='current',
                level=logging.WARNING)
        return require_items(queries, 'tgir', self.root) + gallery

    def _photos(self) -> dict[str, str]:
        """Paths of the photos that are there, by id."""
        folder = self.root / 'images'
        if not folder.is_dir():
            raise FileNotFoundError(
                f'no photos at {folder}: expected <id>.jpg or <id>.png')
        return {
            path.stem: str(path)
            for path in folder.iterdir()
            if path.suffix.lower() in ('.jpg', '.jpeg', '.png')
        }
