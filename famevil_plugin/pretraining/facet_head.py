"""Facet recognition: what is on a photo, facet by facet."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from famevil_plugin.datasets.mini_fashion import FACETS
from famevil_plugin.models import AdaptedCLIP, Answer, HeadOutput, TaskHead
from famevil_plugin.models.heads.task_head import Inputs, write_rows
from famevil_plugin.registry import MODELS
from famevil_plugin.structures import FashionSample
from famevil_plugin.tasks import PHOTO


@MODELS.register_module()
class FacetHead(TaskHead):
    """Cross-entropy over the values of each of MiniFashion's facets from the
    photo's embedding."""

    title = 'facet recognition'
    verb = 'recognise'
    inputs = dict(image=PHOTO)
    predictions = dict(pred_facets=('image',))

    sizes = [len(values) for values in FACETS.values()]

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.classifier = nn.Linear(self.encoder_widths['embedding'], sum(self.sizes))

    def score(self, encoder: AdaptedCLIP, image: Tensor) -> Tensor:
        """``(B, 3, H, W)`` -> logits of all facets, ``(B, values)``."""
        return self.classifier(encoder.encode_image(image, self.task))

    def answers(self) -> dict[str, Answer]:
        """Logits of the facets."""
        return {'facets': Answer(('image',), self.score)}

    def example(self) -> dict[str, Any]:
        """A label for each facet."""
        return dict(gt_facets=np.zeros(len(FACETS), np.int64))

    def tensor(
        self, encoder: AdaptedCLIP, inputs: Inputs, samples: Sequence[FashionSample]
    ) -> HeadOutput:
        """Logits and targets by facet."""
        logits = self._split(self.score(encoder, inputs['image']))
        labels = np.stack([sample.get('gt_facets') for sample in samples], 1)
        targets = torch.from_numpy(labels).to(logits[0].device)
        return HeadOutput(
            logits=dict(zip(FACETS, logits)), targets=dict(zip(FACETS, targets))
        )

    def loss(self, output: HeadOutput) -> Tensor:
        """The sum over the facets, so that each weighs as a task's own."""
        return len(FACETS) * super().loss(output)

    def predict(
        self, encoder: AdaptedCLIP, inputs: Inputs, samples: Sequence[FashionSample]
    ) -> list[FashionSample]:
        """Set ``pred_facets``, a label for each facet."""
        logits = self._split(self.score(encoder, inputs['image']))
        labels = torch.stack([rows.argmax(1) for rows in logits], 1)
        write_rows(samples, 'image', 'pred_facets', labels)
        return list(samples)

    def _split(self, logits: Tensor) -> tuple[Tensor, ...]:
        return logits.split(self.sizes, 1)
