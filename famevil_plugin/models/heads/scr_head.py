"""Sub-category recognition (SCR): fusion mode and a linear classifier."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from famevil_plugin.findings import TaskStart
from famevil_plugin.models.adapted_clip import AdaptedCLIP
from famevil_plugin.registry import MODELS
from famevil_plugin.structures import FashionSample
from famevil_plugin.tasks import PHOTO, TEXT

from .fusing_head import FusingHead
from .task_head import Answer, HeadOutput, Inputs, write_rows


@MODELS.register_module()
class SCRHead(FusingHead):
    """Cross-entropy over sub-categories from the fused vector.

    Args:
        num_classes (int): Sub-categories. Defaults to FashionGen's 121,
            which also serves data sets with fewer.
        kwargs (Any): As :class:`FusingHead` takes them.
    """

    title = 'sub-category recognition'
    verb = 'classify'
    inputs = dict(image=PHOTO, tokens=TEXT)
    predictions = dict(pred_scores=('image', 'tokens'))

    def __init__(self, num_classes: int = 121, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.classifier = nn.Linear(self.encoder_widths['embedding'], num_classes)

    def score(self, encoder: AdaptedCLIP, image: Tensor, tokens: Tensor) -> Tensor:
        """``(B, 3, H, W)`` and ``(B, L)`` -> logits ``(B, classes)``."""
        return self.classifier(self.encode_query(encoder, image, tokens))

    def answers(self) -> dict[str, Answer]:
        """Logits of the sub-categories."""
        both = ('image', 'tokens')
        return {'a sub-category': Answer(both, self.score, columns='subcategories')}

    def example(self) -> dict[str, Any]:
        """A label."""
        return dict(gt_label=0)

    def check_start(self, start: TaskStart) -> None:
        """Look at every label."""
        super().check_start(start)
        classes = self.classifier.out_features
        labels = Counter(item['gt_label'] for item in start.items if 'gt_label' in item)
        unknown = sorted(label for label in labels if label >= classes)
        start.fault(
            f'sub-categories do not fit the SCR head, which knows {classes}',
            (f'number {label} of {labels[label]:,} items' for label in unknown),
            f'Set model.heads.{self.task}.num_classes to '
            f'{max(labels, default=0) + 1} or more',
        )

    def tensor(
        self, encoder: AdaptedCLIP, inputs: Inputs, samples: Sequence[FashionSample]
    ) -> HeadOutput:
        """Logits ``subcategory``."""
        logits = self.score(encoder, inputs['image'], inputs['tokens'])
        labels = [sample.gt_label for sample in samples]
        if max(labels) >= logits.size(1):
            raise ValueError(
                f'sub-category {max(labels)} of the data does not fit the SCR '
                f'head, which knows {logits.size(1)}: raise '
                f'model.heads.{self.task}.num_classes'
            )
        return HeadOutput(
            logits=dict(subcategory=logits),
            targets=dict(subcategory=torch.tensor(labels, device=logits.device)),
        )

    def predict(
        self, encoder: AdaptedCLIP, inputs: Inputs, samples: Sequence[FashionSample]
    ) -> list[FashionSample]:
        """Set ``pred_scores``, the softmax over sub-categories."""
        logits = self.score(encoder, inputs['image'], inputs['tokens'])
        write_rows(samples, 'image', 'pred_scores', logits.float().softmax(-1))
        return list(samples)
