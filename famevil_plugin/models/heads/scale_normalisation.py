"""The retrieval heads' normalisation."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class ScaleNormalisation(nn.Module):
    """``s * x / |x|`` with a learnable ``s``, one for both sides of a task.

    With the initial 4, logits begin at ``16 cos``; CLIP's own logit scale is
    not used (the authors' code, ``NormalizationLayer``).

    Args:
        scale (float): Initial ``s``. Defaults to 4.
    """

    def __init__(self, scale: float = 4.0) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.full((1,), scale))

    def forward(self, x: Tensor) -> Tensor:
        """``(B, E)`` -> ``(B, E)``, each row of length ``s``."""
        return self.scale * F.normalize(x, dim=-1)
