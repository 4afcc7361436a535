"""Heads that read a photo and a text as one vector."""

from typing import Any

from torch import Tensor

from famevil_plugin.models.adapted_clip import AdaptedCLIP

from .task_head import TaskHead

QUERIES = ('fused', 'image', 'text')


class FusingHead(TaskHead):
    """Base of heads of the fusion mode (TGIR and SCR).

    Args:
        query (str): What the vector is made of: ``fused`` (photo and text, the
            task), or, to see what either brings alone, ``image`` or ``text``.
            Defaults to ``fused``.
    """

    cross_sides = ('image', 'text')

    def __init__(self, query: str = 'fused', **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if query not in QUERIES:
            raise ValueError(
                f'unknown query {query!r} of the {type(self).__name__}: '
                f'expected one of {", ".join(QUERIES)}'
            )
        self.query = query

    def encode_query(
        self, encoder: AdaptedCLIP, image: Tensor, tokens: Tensor
    ) -> Tensor:
        """``(B, 3, H, W)`` and ``(B, L)`` -> ``(B, E)``."""
        if self.query == 'image':
            return encoder.encode_image(image, self.task)
        if self.query == 'text':
            return encoder.encode_text(tokens, self.task)
        return encoder.fuse(image, tokens, self.task)
