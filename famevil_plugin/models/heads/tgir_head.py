"""Text-guided image retrieval (TGIR): fusion for the query, contrastive for
the target."""

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from famevil_plugin.models.adapted_clip import AdaptedCLIP
from famevil_plugin.models.losses import gather_batch, in_batch_targets
from famevil_plugin.registry import MODELS
from famevil_plugin.structures import FashionSample
from famevil_plugin.tasks import PHOTO, TEXT

from .fusing_head import FusingHead
from .scale_normalisation import ScaleNormalisation
from .task_head import Answer, HeadOutput, Inputs, write_rows


@MODELS.register_module()
class TGIRHead(FusingHead):
    """InfoNCE from query to target over all devices' samples.

    Args:
        scale (float): Initial length of an embedding. Defaults to 4.
        kwargs (Any): As :class:`FusingHead` takes them.
    """

    title = 'text-guided image retrieval'
    verb = 'compose'
    inputs = dict(image=PHOTO, tokens=TEXT, target_image=PHOTO)
    predictions = dict(
        query_embedding=('image', 'tokens'), target_embedding=('target_image',)
    )
    zero_shot = True
    contrast_by = 'target_id'

    def __init__(self, scale: float = 4.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.normalise = ScaleNormalisation(scale)

    def embed_query(
        self, encoder: AdaptedCLIP, image: Tensor, tokens: Tensor
    ) -> Tensor:
        """Reference ``(B, 3, H, W)`` and text ``(B, L)`` -> ``(B, E)``."""
        return self.normalise(self.encode_query(encoder, image, tokens))

    def embed_target(self, encoder: AdaptedCLIP, image: Tensor) -> Tensor:
        """Gallery photo ``(B, 3, H, W)`` -> ``(B, E)``."""
        return self.normalise(encoder.encode_image(image, self.task))

    def answers(self) -> dict[str, Answer]:
        """Embeddings of a query and of a gallery photo."""
        return {
            'a query': Answer(('image', 'tokens'), self.embed_query),
            'a gallery photo': Answer(('target_image',), self.embed_target),
        }

    def tensor(
        self, encoder: AdaptedCLIP, inputs: Inputs, samples: Sequence[FashionSample]
    ) -> HeadOutput:
        """Logits ``query_to_target``."""
        query = self.embed_query(encoder, inputs['image'], inputs['tokens'])
        target = self.embed_target(encoder, inputs['target_image'])
        return HeadOutput(
            logits=dict(query_to_target=query @ gather_batch(target).T),
            targets=dict(query_to_target=in_batch_targets(query)),
        )

    def predict(
        self, encoder: AdaptedCLIP, inputs: Inputs, samples: Sequence[FashionSample]
    ) -> list[FashionSample]:
        """Set ``query_embedding`` of queries and ``target_embedding`` of
        gallery photos."""
        if 'image' in inputs:
            query = self.embed_query(encoder, inputs['image'], inputs['tokens'])
            write_rows(samples, 'image', 'query_embedding', query)
        if 'target_image' in inputs:
            target = self.embed_target(encoder, inputs['target_image'])
            write_rows(samples, 'target_image', 'target_embedding', target)
        return list(samples)
