"""From collated batch to model input: one-task check, device, normalisation,
and text trimmed to the batch's longest."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, cast

import torch
from mmengine.model import BaseDataPreprocessor
from open_clip import OPENAI_DATASET_MEAN, OPENAI_DATASET_STD
from torch import Tensor

from famevil_plugin.registry import MODELS
from famevil_plugin.tasks import PHOTO, TEXT, Task

from .backbone import preprocessing_of
from .text_lengths import text_lengths


@MODELS.register_module()
class TaskDataPreprocessor(BaseDataPreprocessor):
    """Prepares batches of :func:`~famevil_plugin.datasets.collate_batch`.

    Args:
        mean (Sequence[float]): Channel means of RGB in 0 to 1. Defaults to
            CLIP's.
        std (Sequence[float]): Channel deviations. Defaults to CLIP's.
        photos (Collection[str]): Names of the inputs to normalise. Defaults
            to those of the paper's tasks.
        texts (Collection[str]): Names of the token ids to trim. Defaults to
            ``tokens``.
        text_multiple (int): The length that texts are trimmed to is the next
            multiple of it. Defaults to 1; with 8 a compiled model sees few
            shapes.
    """

    mean: Tensor
    std: Tensor

    def __init__(
        self,
        mean: Sequence[float] = OPENAI_DATASET_MEAN,
        std: Sequence[float] = OPENAI_DATASET_STD,
        photos: Collection[str] = ('image', 'target_image'),
        texts: Collection[str] = ('tokens',),
        text_multiple: int = 1,
    ) -> None:
        super().__init__()
        self.photos = frozenset(photos)
        self.texts = frozenset(texts)
        self.text_multiple = text_multiple
        shape = (-1, 1, 1)
        self.register_buffer(
            'mean', 255 * torch.tensor(mean).view(shape), persistent=False
        )
        self.register_buffer(
            'std', 255 * torch.tensor(std).view(shape), persistent=False
        )

    def forward(self, data: dict[str, Any], training: bool = False) -> dict[str, Any]:
        """Check, move, normalise and trim.

        Args:
            data (dict): ``inputs``, by name photos, uint8 ``(B, 3, H, W)``,
                texts, int64 ``(B, context length)``, and other tensors, which
                stay as they are; ``data_samples``, a list.
            training (bool): Not used; part of MMEngine's interface.

        Returns:
            dict: The same, with float photos and texts ``(B, L)``.

        Raises:
            ValueError: If the batch holds more than one task.
        """
        tasks = sorted({sample.task for sample in data['data_samples']})
        if len(tasks) != 1:
            raise ValueError(
                f'a batch must hold one task, got {", ".join(tasks)}: draw '
                "batches with TaskSampler, and give it the dataloader's "
                'batch_size'
            )
        inputs = cast(dict[str, Tensor], self.cast_data(data['inputs']))
        for key, value in inputs.items():
            if key in self.photos:
                inputs[key] = (value.float() - self.mean) / self.std
            elif key in self.texts:
                longest = int(text_lengths(value).max())
                longest += -longest % self.text_multiple
                inputs[key] = value[:, :longest]
        return dict(inputs=inputs, data_samples=data['data_samples'])


def whole_preprocessor(
    given: Mapping[str, Any] | None,
    encoder: Mapping[str, Any],
    tasks: Mapping[str, Task],
) -> dict[str, Any]:
    """Config of a model's data preprocessor.

    Args:
        given (Mapping, optional): What the model's config says of it: with a
            ``type`` all of it, else what differs from the default, the
            backbone's statistics and the photos and texts among the tasks'
            inputs.
        encoder (Mapping): Config of the model's encoder.
        tasks (Mapping[str, Task]): The model's tasks, by name.
    """
    given = dict(given or {})
    if 'type' in given:
        return given
    photos = preprocessing_of(encoder['backbone'], encoder.get('pretrained'))
    return (
        dict(
            type=TaskDataPreprocessor,
            mean=photos.mean,
            std=photos.std,
            photos=_inputs_of_kind(PHOTO, tasks),
            texts=_inputs_of_kind(TEXT, tasks),
        )
        | given
    )


def _inputs_of_kind(kind: str, tasks: Mapping[str, Task]) -> list[str]:
    """Names of the model inputs of a kind, over all tasks."""
    inputs = {name: own for task in tasks.values() for name, own in task.inputs.items()}
    return sorted(name for name, own in inputs.items() if own == kind)
