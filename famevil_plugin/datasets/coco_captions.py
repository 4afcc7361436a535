"""Captioned photos in COCO's format, read by pycocotools.

``annotations/captions_<split>*.json`` holds ``images`` (``{id, file_name}``)
and ``annotations`` (``{image_id, caption}``), several captions a photo; the
photos are in the folder named like the file, as ``val2017/``, in
``images/<that>/``, in ``images/`` or in the root.
"""

import contextlib
import io
from collections.abc import Sequence
from pathlib import Path
from reprlib import repr as shorten
from typing import Any, NamedTuple

from mmengine.dataset import BaseDataset

from famevil_plugin.registry import DATASETS

from .data_root import require_items
from .photo_files import check_policy, find_by_path, handle_missing
from .survey import Survey


class CaptionedPhoto(NamedTuple):
    """A photo of an annotation file.

    Attributes:
        id (int): COCO's ``image_id``.
        file_name (str): Its path in the folder of photos.
        captions (list[str]): What people said of it, at least one.
    """

    id: int
    file_name: str
    captions: list[str]


@DATASETS.register_module()
class COCOCaptions(BaseDataset):
    """COCO's captions as XMR and FIC read them.

    A training item is a photo, with one of its captions by chance. With
    ``test_mode`` an item is a photo; where texts are separate, every caption
    is an item of its own behind the photos, and each of a photo's captions is
    a right answer. Else the item has all captions as ``references``.

    Args:
        data_root (str): The folder that holds ``annotations/``.
        split (str): ``train``, ``val`` or a longer name of one file, as
            ``val2017``.
        task (str): Name of the task that the items belong to.
        pipeline (Sequence): Transforms.
        images (str, optional): Folder of the photos, from ``data_root``.
            Defaults to where COCO has them.
        separate_texts (bool, optional): Whether captions are evaluated as
            items of their own. Defaults to True for ``xmr`` and False for
            others.
        missing (str): How missing photos are handled: ``error`` names them;
            ``skip`` leaves them out and counts them in
            ``metainfo['missing']``. Defaults to ``error``.
        **kwargs: Other arguments of MMEngine's ``BaseDataset``.
    """

    def __init__(
        self,
        data_root: str,
        split: str,
        task: str,
        pipeline: Sequence[Any] = (),
        images: str | None = None,
        separate_texts: bool | None = None,
        missing: str = 'error',
        **kwargs: Any,
    ) -> None:
        self.task = task
        self.separate_texts = (
            task == 'xmr' if separate_texts is None else separate_texts
        )
        self.missing = check_policy(missing)
        root = Path(data_root)
        source = find_annotations(root, split)
        folder = root / images if images else find_images(root, source)
        super().__init__(
            ann_file=str(source),
            data_prefix=dict(img_path=str(folder)),
            pipeline=list(pipeline),
            **kwargs,
        )

    @classmethod
    def survey(cls, **settings: Any) -> Survey:
        """Count the photos that it would have; see :class:`TaskData`."""
        root, split = Path(settings['data_root']), settings['split']
        if root.is_dir() and not _captions_of(root, split):
            return Survey(0, _describe_lack(root, split))
        source = find_annotations(root, split)
        count = len(read_captions(source))
        return Survey(count, '' if count else f'no photo in {source} has a caption')

    def load_data_list(self) -> list[dict[str, Any]]:
        """List the items, see the class."""
        source = Path(str(self.ann_file))
        folder = Path(self.data_prefix['img_path'])
        photos = read_captions(source)
        found = find_by_path(folder, [photo.file_name for photo in photos])
        absent = [p.file_name for p in photos if p.file_name not in found]
        handle_missing(absent, len(photos), folder, self.missing)
        kept = [photo for photo in photos if photo.file_name in found]
        if absent:
            lost = sum(len(p.captions) for p in photos if p.file_name not in found)
            count = dict(i2t=len(absent), t2i=lost)
            self._metainfo['missing'] = dict(
                photos=len(absent),
                queries=count if self.separate_texts else len(absent),
            )
        items = [self._make_item(photo, found[photo.file_name]) for photo in kept]
        require_items(items, self.task, source)
        if not (self.test_mode and self.separate_texts):
            return items
        return items + [
            dict(task=self.task, product_id=photo.id, text=caption)
            for photo in kept
            for caption in photo.captions
        ]

    def _make_item(self, photo: CaptionedPhoto, path: str) -> dict[str, Any]:
        item = dict(task=self.task, product_id=photo.id, image_path=path)
        if not self.test_mode:
            return item | dict(texts=photo.captions)
        if self.separate_texts:
            return item
        return item | dict(text=photo.captions[0], references='\n'.join(photo.captions))


def find_annotations(root: Path, split: str) -> Path:
    """The file of a split.

    Raises:
        FileNotFoundError: If there is none, with what is there.
        ValueError: If there are several.
    """
    found = _captions_of(root, split)
    if not found:
        raise FileNotFoundError(
            f'{_describe_lack(root, split)}. Check data_root and split'
        )
    if len(found) > 1:
        raise ValueError(
            f'{found[0].parent} has {", ".join(path.name for path in found)}: give the '
            f'whole name after captions_ as split, got {split!r}'
        )
    return found[0]


def _captions_of(root: Path, split: str) -> list[Path]:
    """The file of a split, or those that may be."""
    found = sorted((root / 'annotations').glob(f'captions_{split}*.json'))
    exact = [path for path in found if path.stem == f'captions_{split}']
    return exact or found


def _describe_lack(root: Path, split: str) -> str:
    folder = root / 'annotations'
    there = ', '.join(sorted(path.name for path in folder.glob('*.json'))[:8])
    return (
        f'no captions of {split!r} in {folder}: expected captions_{split}.json or '
        f'captions_{split}2017.json, the folder holds {there or "nothing"}'
    )


def find_images(root: Path, source: Path) -> Path:
    """The folder of an annotation file's photos."""
    name = source.stem.removeprefix('captions_')
    places = (root / name, root / 'images' / name, root / 'images')
    return next((place for place in places if place.is_dir()), root)


def read_captions(path: Path) -> list[CaptionedPhoto]:
    """Read the photos of a file that have a caption.

    Raises:
        ValueError: If the file is not in COCO's format; names the field.
    """
    from pycocotools.coco import COCO

    try:
        with contextlib.redirect_stdout(io.StringIO()):
            coco = COCO(str(path))
    except (ValueError, AssertionError, KeyError, TypeError, RecursionError) as error:
        raise ValueError(
            f"{path} is not in COCO's format: expected an object with the lists "
            f'images and annotations, of objects; {type(error).__name__}: {error}'
        ) from None
    photos = []
    for number, image in coco.imgs.items():
        where = f'{path}: the image {shorten(number)}'
        name = image.get('file_name')
        if type(number) is not int or not 0 <= number < 2**63:
            raise ValueError(f'{where} must have a whole number from 0 as id')
        if not isinstance(name, str) or not _is_inside(name):
            raise ValueError(
                f"{where}: 'file_name' must be a path inside the folder of photos, got "
                f'{shorten(name)}'
            )
        captions = [
            ' '.join(_read_caption(annotation, where).split())
            for annotation in coco.imgToAnns.get(number, ())
        ]
        if any(captions):
            photos.append(CaptionedPhoto(number, name, [c for c in captions if c]))
    return photos


def _read_caption(annotation: dict[str, Any], where: str) -> str:
    caption = annotation.get('caption')
    if not isinstance(caption, str):
        raise ValueError(
            f"{where}: 'caption' of an annotation must be a text, got "
            f'{shorten(caption)}; is it a file of instances or key points?'
        )
    return caption.encode('utf-8', 'ignore').decode('utf-8')


def _is_inside(name: str) -> bool:
    path = Path(name)
    return bool(path.parts) and not path.is_absolute() and '..' not in path.parts
