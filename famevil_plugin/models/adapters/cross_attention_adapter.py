"""XAA: the towers attend to each other (paper section 3.2)."""

import torch.nn.functional as F
from torch import Tensor, nn

from .bottleneck_adapter import BottleneckAdapter

KeysValues = tuple[Tensor, Tensor]


class CrossAttentionAdapter(nn.Module):
    """``z_xaa = s * AdaptMLP(LN(MHXA(z', y)))``, shared by all tasks.

    Queries come from the own stream, keys and values from the other tower's.
    Query and context have a LayerNorm each; there is no output projection
    before the bottleneck (the authors' code, ``modeling_clip_adapter.py``).

    Args:
        width (int): Width of the own stream; also the attention's inside.
        context_width (int): Width of the other stream.
        heads (int): Attention heads, those of the own tower.
        bottleneck (int): Width inside the adapter. Defaults to 64.
    """

    def __init__(
        self, width: int, context_width: int, heads: int, bottleneck: int = 64
    ) -> None:
        super().__init__()
        self.heads = heads
        self.query_norm = nn.LayerNorm(width)
        self.context_norm = nn.LayerNorm(context_width)
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(context_width, width)
        self.value = nn.Linear(context_width, width)
        self.adapter = BottleneckAdapter(width, bottleneck)
        for linear in (self.query, self.key, self.value):
            nn.init.zeros_(linear.bias)

    def _split(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)

    def project_context(self, context: Tensor) -> KeysValues:
        """Keys and values of a context ``(B, M, context_width)``.

        Returns:
            tuple: Two tensors ``(B, heads, M, width / heads)``.
        """
        context = self.context_norm(context)
        return self._split(self.key(context)), self._split(self.value(context))

    def forward(
        self, x: Tensor, context: KeysValues, padding: Tensor | None = None
    ) -> Tensor:
        """Attend to the context.

        Args:
            x (Tensor): ``z'`` of the own stream, ``(B, N, width)``.
            context (tuple[Tensor, Tensor]): From :meth:`project_context`.
            padding (Tensor, optional): ``(B, M)`` booleans, true where the
                context is padding.

        Returns:
            Tensor: ``z_xaa``, ``(B, N, width)``.
        """
        attended = F.scaled_dot_product_attention(
            self._split(self.query(self.query_norm(x))),
            *context,
            attn_mask=None if padding is None else ~padding[:, None, None],
        )
        return self.adapter(attended.transpose(1, 2).flatten(2))
