"""TSA: one small adapter a layer for each task (paper section 3.2)."""

from collections.abc import Sequence

from torch import Tensor, nn

from .bottleneck_adapter import BottleneckAdapter


class TaskSpecificAdapter(nn.Module):
    """The task-specific adapters of one tower.

    In each layer, ``z_tsa = s * AdaptMLP(LN(z'))`` runs beside the MLP on the
    state ``z'`` after self-attention; each task has its own set.

    Args:
        tasks (Sequence[str]): The tasks.
        width (int): The tower's width.
        layers (int): The tower's depth.
        bottleneck (int): Width inside an adapter. Defaults to 64.
    """

    def __init__(
        self, tasks: Sequence[str], width: int, layers: int, bottleneck: int = 64
    ) -> None:
        super().__init__()
        self.banks = nn.ModuleDict(
            {
                task: nn.ModuleList(
                    BottleneckAdapter(width, bottleneck) for _ in range(layers)
                )
                for task in tasks
            }
        )

    def forward(self, task: str, layer: int, x: Tensor) -> Tensor:
        """``z'`` of a layer, ``(B, N, width)`` -> ``z_tsa``, same shape.

        Raises:
            ValueError: If there is no adapter for ``task``.
        """
        if task not in self.banks:
            raise ValueError(
                f'no adapters for task {task!r}: the model was '
                f'built for {", ".join(self.banks)}'
            )
        return self.banks[task][layer](x)
