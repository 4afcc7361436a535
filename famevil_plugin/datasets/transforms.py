"""From an annotation to tensors: load, augment, tokenize, pack.

Random transforms draw from torch's generator, which ``MultiTaskDataset``
seeds for each item.
"""

import functools
from pathlib import Path
from typing import Any

import torch
from mmcv.transforms import BaseTransform
from torch import Tensor
from torchvision.transforms import v2
from torchvision.transforms.v2.functional import pil_to_tensor

from famevil_plugin.registry import TRANSFORMS
from famevil_plugin.structures import FashionSample
from famevil_plugin.tokenizer import build_tokenizer

from .photos import decode_photo

IMAGES = ('image', 'target_image')


@TRANSFORMS.register_module()
class LoadPhotos(BaseTransform):
    """Read the photos of an item.

    Required keys: some of ``image_path``, ``target_image_path``, or
    ``image_paths`` to take a random one of. Added: ``image``,
    ``target_image``, uint8 ``(3, H, W)``, RGB; ``image_path``.
    """

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Load."""
        if 'image_paths' in results and 'image_path' not in results:
            results['image_path'] = _pick(results['image_paths'])
        for name in IMAGES:
            if f'{name}_path' in results:
                results[name] = _read_photo(results[f'{name}_path'])
        return results


def _pick(values: list[str]) -> str:
    return values[int(torch.randint(len(values), ()))]


def _read_photo(path: str) -> Tensor:
    try:
        # read in one go: Pillow asks the file system for a little at a time
        return pil_to_tensor(decode_photo(Path(path).read_bytes()))
    except (OSError, ValueError) as error:
        raise ValueError(
            f'cannot read the photo {path}: {error}. Mend it, or '
            "delete it and set missing='skip'"
        ) from error


class _PhotoTransform(BaseTransform):
    """Applies a torchvision transform to each photo on its own."""

    def __init__(self, transform: v2.Transform) -> None:
        self.photo_transform = transform

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Apply."""
        for name in IMAGES:
            if name in results:
                results[name] = self.photo_transform(results[name])
        return results


@TRANSFORMS.register_module()
class AugmentPhotos(_PhotoTransform):
    """The paper's training augmentation: random resized crop and flip.

    Args:
        size (int): Side in pixels. Defaults to 224.
        scale (tuple[float, float]): Area of the crop. Defaults to 0.8 to 1.
        ratio (tuple[float, float]): Width over height of the crop. Defaults
            to 0.75 to 1.3.
    """

    def __init__(
        self,
        size: int = 224,
        scale: tuple[float, float] = (0.8, 1.0),
        ratio: tuple[float, float] = (0.75, 1.3),
    ) -> None:
        super().__init__(
            v2.Compose(
                [
                    v2.RandomResizedCrop(
                        size, tuple(scale), tuple(ratio), antialias=True
                    ),
                    v2.RandomHorizontalFlip(),
                ]
            )
        )


@TRANSFORMS.register_module()
class CentrePhotos(_PhotoTransform):
    """The paper's evaluation view: squash to a square, crop its centre.

    Args:
        size (int): Side in pixels. Defaults to 224.
        resize (int, optional): Side of the square before the crop. Defaults
            to ``size * 256 / 224``.
    """

    def __init__(self, size: int = 224, resize: int | None = None) -> None:
        resize = resize or round(size * 256 / 224)
        super().__init__(
            v2.Compose(
                [v2.Resize((resize, resize), antialias=True), v2.CenterCrop(size)]
            )
        )


@TRANSFORMS.register_module()
class DropText(BaseTransform):
    """Leave an item its photos alone: its text is empty from here on.

    Required keys: none. Changed: ``text``.
    """

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Drop."""
        return results | dict(text='')


@TRANSFORMS.register_module()
class TokenizeText(BaseTransform):
    """Turn the text into token ids.

    Required keys: none. Where there is a ``text``, or ``texts`` to take a
    random one of: Added: ``tokens``, int64 ``(context length, )``, zero
    behind the end; ``text``.

    Args:
        tokenizer (dict): Arguments of
            :func:`~famevil_plugin.tokenizer.build_tokenizer`.
    """

    def __init__(self, tokenizer: dict[str, Any]) -> None:
        # a text comes again each epoch, and in several tasks
        self.tokenize = functools.lru_cache(maxsize=2**17)(build_tokenizer(**tokenizer))

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Tokenize."""
        if 'texts' in results:
            results['text'] = _pick(results['texts'])
        if 'text' in results:
            results['tokens'] = self.tokenize(results['text'])[0]
        return results


@TRANSFORMS.register_module()
class PackFashionInputs(BaseTransform):
    """Sort an item into model inputs and a :class:`FashionSample`.

    Required keys: ``task``, ``sample_idx``, and some of ``image``,
    ``target_image`` and ``tokens``. Optional: what FashionSample documents.
    """

    INPUTS = ('image', 'tokens', 'target_image')
    FACTS = (
        'product_id',
        'image_path',
        'text',
        'gt_label',
        'garment',
        'image_id',
        'target_id',
    )

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Pack."""
        inputs = {name: results[name] for name in self.INPUTS if name in results}
        sample = FashionSample(
            metainfo=dict(
                task=results['task'],
                sample_idx=results['sample_idx'],
                inputs=tuple(inputs),
            )
        )
        if 'image' not in results and 'target_image' in results:
            results['image_path'] = results['target_image_path']
        for name in self.FACTS:
            if name in results:
                sample.set_field(results[name], name)
        return dict(inputs=inputs, data_samples=sample)
