"""Sub-category recognition (SCR): fusion mode and a linear classifier."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

from famevil_plugin.models.adapted_clip import AdaptedCLIP
from famevil_plugin.registry import MODELS
from famevil_plugin.structures import FashionSample

from .task_head import HeadOutput, Inputs, TaskHead, write_rows


@MODELS.register_module()
class SCRHead(TaskHead):
    """Cross-entropy over sub-categories from the fused vector.

    Args:
        num_classes (int): Sub-categories. Defaults to FashionGen's 121,
            which also serves data sets with fewer.
    """

    cross_sides = ('image', 'text')

    def __init__(self, num_classes: int = 121, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.classifier = nn.Linear(self.encoder_widths['embedding'], num_classes)

    def tensor(
        self, encoder: AdaptedCLIP, inputs: Inputs, samples: Sequence[FashionSample]
    ) -> HeadOutput:
        """Logits ``subcategory``."""
        fused = encoder.fuse(inputs['image'], inputs['tokens'], self.task)
        logits = self.classifier(fused)
        labels = [sample.gt_label for sample in samples]
        if max(labels) >= logits.size(1):
            raise ValueError(
                f'sub-category {max(labels)} of the data does not fit the SCR '
                f'head, which knows {logits.size(1)}: raise '
                'model.heads.scr.num_classes'
            )
        return HeadOutput(
            logits=dict(subcategory=logits),
            targets=dict(subcategory=torch.tensor(labels, device=logits.device)),
        )

    def predict(
        self, encoder: AdaptedCLIP, inputs: Inputs, samples: Sequence[FashionSample]
    ) -> list[FashionSample]:
        """Set ``pred_scores``, the softmax over sub-categories."""
        fused = encoder.fuse(inputs['image'], inputs['tokens'], self.task)
        write_rows(
            samples, 'image', 'pred_scores', self.classifier(fused).float().softmax(-1)
        )
        return list(samples)
