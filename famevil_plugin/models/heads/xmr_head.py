"""Cross-modal retrieval (XMR): image <-> text, contrastive mode."""

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from famevil_plugin.models.adapted_clip import AdaptedCLIP
from famevil_plugin.models.losses import gather_batch, in_batch_targets
from famevil_plugin.registry import MODELS
from famevil_plugin.structures import FashionSample
from famevil_plugin.tasks import PHOTO, TEXT

from .scale_normalisation import ScaleNormalisation
from .task_head import Answer, HeadOutput, Inputs, TaskHead, write_rows


@MODELS.register_module()
class XMRHead(TaskHead):
    r"""Symmetric InfoNCE over all devices' samples (paper section 3.4).

    With :math:`v_i` and :math:`t_i` the scale-normalised embeddings of photo
    and text of product :math:`i`, the loss of a batch of :math:`B` is

    .. math:: -\frac{1}{2B} \sum_i
        \log \frac{e^{v_i t_i}}{\sum_j e^{v_i t_j}} +
        \log \frac{e^{t_i v_i}}{\sum_j e^{t_i v_j}}

    Args:
        scale (float): Initial length of an embedding. Defaults to 4.
    """

    title = 'cross-modal retrieval'
    verb = 'retrieve'
    inputs = dict(image=PHOTO, tokens=TEXT)
    predictions = dict(image_embedding=('image',), text_embedding=('tokens',))
    zero_shot = True
    contrast_by = 'product_id'

    def __init__(self, scale: float = 4.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.normalise = ScaleNormalisation(scale)

    def embed_image(self, encoder: AdaptedCLIP, image: Tensor) -> Tensor:
        """``(B, 3, H, W)`` -> ``(B, E)``."""
        return self.normalise(encoder.encode_image(image, self.task))

    def embed_text(self, encoder: AdaptedCLIP, tokens: Tensor) -> Tensor:
        """``(B, L)`` -> ``(B, E)``."""
        return self.normalise(encoder.encode_text(tokens, self.task))

    def answers(self) -> dict[str, Answer]:
        """Embeddings of a photo and of a text."""
        return {
            'a photo': Answer(('image',), self.embed_image),
            'a text': Answer(('tokens',), self.embed_text),
        }

    def tensor(
        self, encoder: AdaptedCLIP, inputs: Inputs, samples: Sequence[FashionSample]
    ) -> HeadOutput:
        """Logits ``image_to_text`` and ``text_to_image``."""
        image = self.embed_image(encoder, inputs['image'])
        text = self.embed_text(encoder, inputs['tokens'])
        target = in_batch_targets(image)
        return HeadOutput(
            logits=dict(
                image_to_text=image @ gather_batch(text).T,
                text_to_image=text @ gather_batch(image).T,
            ),
            targets=dict(image_to_text=target, text_to_image=target),
        )

    def predict(
        self, encoder: AdaptedCLIP, inputs: Inputs, samples: Sequence[FashionSample]
    ) -> list[FashionSample]:
        """Set ``image_embedding`` and ``text_embedding`` where there is
        something to embed."""
        for key, field, embed in (
            ('image', 'image_embedding', self.embed_image),
            ('tokens', 'text_embedding', self.embed_text),
        ):
            if key in inputs:
                write_rows(samples, key, field, embed(encoder, inputs[key]))
        return list(samples)
