"""A head of mmpretrain's for each task."""

from typing import Any

from mmengine.model import BaseModule, ModuleDict
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import Tensor

from famevil_plugin.current_task import said_task


@MODELS.register_module()
class TaskHeads(BaseModule):
    """Lets the head of the batch's task answer.

    Args:
        heads (dict[str, dict]): Config of each task's head, by task.
    """

    def __init__(self, heads: dict[str, dict[str, Any]]) -> None:
        super().__init__()
        self.heads = ModuleDict(
            {task: MODELS.build(head) for task, head in heads.items()}
        )

    @property
    def head(self) -> Any:
        """The head of the task that BatchTaskHook said."""
        return self.heads[said_task()]

    def loss(
        self, feats: tuple[Tensor, ...], data_samples: list[DataSample], **kwargs: Any
    ) -> dict[str, Tensor]:
        """The task's losses."""
        return self.head.loss(feats, data_samples, **kwargs)

    def predict(
        self, feats: tuple[Tensor, ...], data_samples: list[DataSample]
    ) -> list[DataSample]:
        """The samples with the task's predictions."""
        return self.head.predict(feats, data_samples)
