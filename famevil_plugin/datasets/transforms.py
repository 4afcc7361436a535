"""From an annotation to tensors: load, augment, tokenize, pack.

Random transforms draw from torch's generator, which ``MultiTaskDataset``
seeds for each item.
"""

import functools
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from mmcv.transforms import BaseTransform
from torch import Tensor
from torchvision.transforms import v2
from torchvision.transforms.v2.functional import pil_to_tensor

from famevil_plugin.findings import TaskStart
from famevil_plugin.photos import UnreadablePhoto, open_photo
from famevil_plugin.registry import TRANSFORMS
from famevil_plugin.structures import FashionSample
from famevil_plugin.tokenizer import build_tokenizer, find_losses, lost_percentage

from .photo_files import find_unreadable

# looked at before a run
PHOTOS_AT_START, SECONDS_AT_START, TEXTS_AT_START = 64, 5.0, 256
# percent of the tokens: a long text now and then is nothing to mend
NOTED_LOSS = 0.1


@TRANSFORMS.register_module()
class LoadPhotos(BaseTransform):
    """Read the photos of an item, in their order.

    Required keys: none. Of ``<name>_paths``, where there is no
    ``<name>_path``, a random one becomes it. For each ``<name>_path``:
    Added: ``<name>``, uint8 ``(3, H, W)``, RGB.
    """

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Load."""
        for key in [key for key in results if key.endswith('_paths')]:
            path = key.removesuffix('s')
            if path not in results:
                results[path] = _pick(results[key])
        for key in [key for key in results if key.endswith('_path')]:
            results[key.removesuffix('_path')] = _read_photo(results[key])
        return results

    def check_start(self, start: TaskStart) -> None:
        """Open some photos, spread over the items."""
        paths: dict[str, None] = {}
        for turn, item in enumerate(start.sample(PHOTOS_AT_START)):
            for key, value in item.items():
                if key.endswith('_paths') and key.removesuffix('s') not in item:
                    paths[value[turn % len(value)]] = None
                elif key.endswith('_path'):
                    paths[value] = None
        bad = find_unreadable(list(paths)[:PHOTOS_AT_START], SECONDS_AT_START).values()
        what = 'photos cannot be read, of some that were looked at'
        if start.missing == 'skip':
            start.note(what, bad, 'They are left out as they come')
        else:
            start.fault(what, bad, REMEDY)


REMEDY = (
    'Mend them (tools/misc/verify_dataset.py names all), or have them left out by '
    "missing='skip' (on the command line --cfg-options missing=skip)"
)


def photo_names(values: Mapping[str, Any]) -> list[str]:
    """Names of the photos among an item's values, in their order.

    A photo is a uint8 tensor ``(3, H, W)``.
    """
    return [
        name
        for name, value in values.items()
        if isinstance(value, Tensor)
        and value.dtype == torch.uint8
        and value.ndim == 3
        and len(value) == 3
    ]


def _pick(values: list[str]) -> str:
    return values[int(torch.randint(len(values), ()))]


def _read_photo(path: str) -> Tensor:
    try:
        return pil_to_tensor(open_photo(path))
    except UnreadablePhoto as error:
        raise UnreadablePhoto(f'{error}. {REMEDY}') from error


class PhotoTransform(BaseTransform):
    """Apply a torchvision transform to each photo on its own.

    Args:
        transform (Transform): Of uint8 ``(3, H, W)``.
    """

    def __init__(self, transform: v2.Transform) -> None:
        self.photo_transform = transform

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Apply."""
        for name in photo_names(results):
            results[name] = self.photo_transform(results[name])
        return results


@TRANSFORMS.register_module()
class AugmentPhotos(PhotoTransform):
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
class CentrePhotos(PhotoTransform):
    """The paper's evaluation view: squash to a square, crop its centre.

    Args:
        size (int): Side in pixels. Defaults to 224.
        resize (int, optional): Side of the square before the crop. Defaults
            to ``size * 256 / 224``.
    """

    def __init__(self, size: int = 224, resize: int | None = None) -> None:
        self.size = size
        self.resize = resize or round(size * 256 / 224)
        super().__init__(
            v2.Compose(
                [
                    v2.Resize((self.resize, self.resize), antialias=True),
                    v2.CenterCrop(size),
                ]
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
class ShortenText(BaseTransform):
    """Cut some texts after a few words, by chance.

    Descriptions are long and the queries of people short: a model that never
    saw a short text does not know where one ends. Two to four words stay as
    often as four to eight (the number's logarithm is uniform), without a mark
    behind the last.

    Required keys: none. Changed: ``text``, where there is one.

    Args:
        share (float): Of the items, those that are cut. Defaults to 0.5.
        at_least (int): Words that stay. Defaults to 2.
    """

    def __init__(self, share: float = 0.5, at_least: int = 2) -> None:
        self.share = share
        self.at_least = at_least

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Cut, or leave."""
        words = results.get('text', '').split()
        if len(words) <= self.at_least or float(torch.rand(())) >= self.share:
            return results
        longer = (len(words) / self.at_least) ** float(torch.rand(()))
        kept = words[: int(self.at_least * longer)]
        return results | dict(text=' '.join(kept).rstrip('.,;:'))


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
        self.settings = dict(tokenizer)
        self.tokenizer = build_tokenizer(**tokenizer)
        # a text comes again each epoch, and in several tasks
        self.tokenize = functools.lru_cache(maxsize=2**17)(self.tokenizer)

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Tokenize."""
        if 'texts' in results:
            results['text'] = _pick(results['texts'])
        if 'text' in results:
            results['tokens'] = self.tokenize(results['text'])[0]
        return results

    def check_start(self, start: TaskStart) -> None:
        """Count what is cut from some texts, spread over the items."""
        texts = [
            text
            for item in start.sample(TEXTS_AT_START)
            for text in item.get('texts', [item['text']] if 'text' in item else [])
        ]
        losses = find_losses(self.tokenizer, texts).values()
        cut, lost = sum(loss.lost > 0 for loss in losses), lost_percentage(losses)
        start.note(
            f'texts are cut at {self.tokenizer.context_length} tokens',
            [
                f'{cut} of {len(losses)} that were looked at, {lost:.1f} % of their '
                'tokens'
            ]
            * (lost >= NOTED_LOSS),
        )


@TRANSFORMS.register_module()
class PackFashionInputs(BaseTransform):
    """Sort an item into model inputs and a :class:`FashionSample`.

    Required keys: ``task`` and ``sample_idx``, which with the names of the
    inputs become the sample's metainfo. All other values that are no inputs
    become its fields, but for those that a random one was taken of
    (``<name>_paths``, ``texts``).

    Args:
        inputs (Sequence[str], optional): Names of the model inputs, where an
            item has them. Defaults to all tensors of the item.
    """

    def __init__(self, inputs: Sequence[str] | None = None) -> None:
        self.inputs = inputs

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Pack."""
        if self.inputs is None:
            names = [n for n, value in results.items() if isinstance(value, Tensor)]
        else:
            names = [name for name in self.inputs if name in results]
        sample = FashionSample(
            metainfo=dict(
                task=results['task'],
                sample_idx=results['sample_idx'],
                inputs=tuple(names),
            )
        )
        for name, value in results.items():
            if not (
                name in ('task', 'sample_idx', 'texts', *names)
                or name.endswith('_paths')
            ):
                sample.set_field(value, name)
        return dict(inputs={name: results[name] for name in names}, data_samples=sample)
