"""Attribute prediction: which of many words fit a photo."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from famevil_plugin.models import AdaptedCLIP, Answer, HeadOutput, TaskHead
from famevil_plugin.models.heads.task_head import Inputs, write_rows
from famevil_plugin.registry import MODELS
from famevil_plugin.structures import FashionSample
from famevil_plugin.tasks import PHOTO

from .vocabulary import NAMES


@MODELS.register_module()
class AttributeHead(TaskHead):
    """Binary cross-entropy of each attribute from the photo's embedding.

    An attribute's logit against zero is a choice of two classes, so that the
    loss and the distillation of all tasks serve this one, too.

    Args:
        threshold (float): The probability from which on an attribute is
            named. Defaults to 0.5.
        **kwargs: Arguments of :class:`TaskHead`.
    """

    title = 'attribute prediction'
    verb = 'tag'
    inputs = dict(image=PHOTO)
    predictions = dict(pred_attributes=('image',))

    def __init__(self, threshold: float = 0.5, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.threshold = threshold
        self.classifier = nn.Linear(self.encoder_widths['embedding'], len(NAMES))

    def score(self, encoder: AdaptedCLIP, image: Tensor) -> Tensor:
        """``(B, 3, H, W)`` -> logits ``(B, attributes)``."""
        return self.classifier(encoder.encode_image(image, self.task))

    def answers(self) -> dict[str, Answer]:
        """Logits of the attributes."""
        return {'attributes': Answer(('image',), self.score, columns='attributes')}

    def example(self) -> dict[str, Any]:
        """A photo without attributes."""
        return dict(gt_attributes=np.zeros(len(NAMES)))

    def tensor(
        self, encoder: AdaptedCLIP, inputs: Inputs, samples: Sequence[FashionSample]
    ) -> HeadOutput:
        """Logits ``attribute``, ``(B * attributes, 2)``."""
        logits = self.score(encoder, inputs['image']).flatten()
        labels = np.stack([sample.gt_attributes for sample in samples])
        targets = torch.from_numpy(labels).long().flatten()
        return HeadOutput(
            logits=dict(attribute=torch.stack([torch.zeros_like(logits), logits], 1)),
            targets=dict(attribute=targets.to(logits.device)),
        )

    def predict(
        self, encoder: AdaptedCLIP, inputs: Inputs, samples: Sequence[FashionSample]
    ) -> list[FashionSample]:
        """Set ``pred_attributes``, a probability each, and ``tags``, in words."""
        scores = self.score(encoder, inputs['image']).float().sigmoid()
        write_rows(samples, 'image', 'pred_attributes', scores)
        for sample in samples:
            sample.set_data(dict(tags=self._name(sample.pred_attributes)))
        return list(samples)

    def _name(self, scores: Tensor) -> str:
        """The attributes above the threshold, the surest first."""
        order = scores.argsort(descending=True).tolist()
        return ', '.join(NAMES[k] for k in order if scores[k] >= self.threshold)
