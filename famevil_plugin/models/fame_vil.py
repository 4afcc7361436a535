"""FAME-ViL: routes a batch to its task's head."""

from collections.abc import Sequence
from typing import Any, cast

from mmengine.model import BaseModel
from torch import Tensor, nn

from famevil_plugin.current_task import say_task
from famevil_plugin.registry import MODELS
from famevil_plugin.structures import FashionSample
from famevil_plugin.tasks import find_tasks

from .adapted_clip import AdaptedCLIP
from .heads import HeadOutput, TaskHead
from .task_data_preprocessor import whole_preprocessor
from .teacher_bank import TeacherBank
from .weights.pretrained import find_weights, load_parts


@MODELS.register_module()
class FAMEViL(BaseModel):
    """One encoder and a head for each task (paper figure 2).

    Args:
        encoder (dict): Arguments of :class:`AdaptedCLIP`; ``tasks`` are
            those of the heads, and ``cross_sides`` by default the towers
            that some head lets attend to the other.
        heads (dict[str, dict]): Config of each task's head, by task.
        data_preprocessor (dict, optional): Defaults to
            :class:`TaskDataPreprocessor` with the backbone's statistics, and
            with the photos and texts among the heads' inputs; without a
            ``type``, what is to differ from these.
        teachers (dict[str, dict], optional): By task, the single-task model
            to learn from besides: arguments of :class:`TeacherBank`.
        pretrained_parts (Sequence[str]): Modules that begin as the file
            ``encoder.pretrained`` holds them, beside the CLIP that always
            does: ``'encoder.cross_adapters'`` and ``'heads.fic'`` of
            ``'small_clip'``. Defaults to none.
    """

    def __init__(
        self,
        encoder: dict[str, Any],
        heads: dict[str, dict[str, Any]],
        data_preprocessor: dict[str, Any] | None = None,
        teachers: dict[str, dict[str, Any]] | None = None,
        pretrained_parts: Sequence[str] = (),
    ) -> None:
        tasks = find_tasks(heads)
        super().__init__(whole_preprocessor(data_preprocessor, encoder, tasks))
        sides = {side for task in tasks.values() for side in task.cross_sides}
        self.encoder: AdaptedCLIP = MODELS.build(
            dict(type=AdaptedCLIP, cross_sides=sides)
            | encoder
            | dict(tasks=tuple(heads))
        )
        widths = dict(
            embedding=self.encoder.embedding_width, text=self.encoder.text_tower.width
        )
        self.heads = nn.ModuleDict(
            {
                task: MODELS.build(dict(task=task, encoder_widths=widths) | head)
                for task, head in heads.items()
            }
        )
        if encoder.get('pretrained') and pretrained_parts:
            file = find_weights(encoder['backbone'], encoder['pretrained'])
            load_parts(self, pretrained_parts, file)
        self.teachers = TeacherBank(teachers or {}, tasks=tuple(heads))

    def init_weights(self) -> None:
        """MMEngine's initialisation before a training; load the teachers."""
        super().init_weights()
        self.teachers.load()

    def forward(  # type: ignore[override]  # inputs are a dict here
        self,
        inputs: dict[str, Tensor],
        data_samples: Sequence[FashionSample],
        mode: str = 'tensor',
    ) -> dict[str, Tensor] | list[FashionSample] | HeadOutput:
        """Let the batch's task answer.

        Args:
            inputs (dict[str, Tensor]): ``image``, ``tokens`` and
                ``target_image``, as the task needs them.
            data_samples (Sequence[FashionSample]): The batch, one task.
            mode (str): ``loss`` gives ``{'<task>/loss': scalar}`` and, with
                a teacher, ``<task>/loss_distill``; ``predict`` the samples
                with predictions; ``tensor`` the head's named logits and
                targets.

        Raises:
            ValueError: If the model has no head for the batch's task.
        """
        task = data_samples[0].task
        if task not in self.heads:
            raise ValueError(
                f'no head for task {task!r}: the model was built '
                f'for {", ".join(self.heads)}'
            )
        head = cast(TaskHead, self.heads[task])
        if mode != 'loss':
            return getattr(head, mode)(self.encoder, inputs, data_samples)
        # for the optim wrapper, which sees a loss alone
        say_task(task)
        output = head.tensor(self.encoder, inputs, data_samples)
        losses = {}
        if task in self.teachers:
            losses[f'{task}/loss_distill'] = self.teachers.loss(
                output.logits, inputs, data_samples
            )
        # last, as a head may overwrite its logits
        return {f'{task}/loss': head.loss(output)} | losses
