"""Multi-teacher distillation: frozen single-task models that a task learns
from (paper section 3.4)."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from famevil_plugin.structures import FashionSample

from .bare_model import build_bare
from .losses import mean_distillation
from .weights.adapter_files import complete
from .weights.task_weights import compare_tasks
from .weights.weight_check import name_faults, weight_faults
from .weights.weight_files import read_weights

_REQUIRED = {'model', 'checkpoint'}
_OPTIONAL = {'weight', 'temperature'}


class TeacherBank:
    """The teachers of a student, at most one for each task.

    Belongs to its student and is no part of it: no module, so in no checkpoint,
    DDP bucket or EMA copy (copies of a student share its teachers). Teachers
    are read before a training begins, never for a test.

    Args:
        teachers (Mapping[str, Mapping]): By task ``model``, the config of a
            single-task :class:`FAMEViL`, or of any module whose
            ``forward(inputs, data_samples, mode='tensor')`` gives the logits
            by name, as a mapping or as ``logits``; ``checkpoint``, the path of
            its weights; optionally ``weight`` of the distillation loss beside
            the task's own, by default 1 as in the paper, and
            ``temperature``, by default 1, which is none.
        tasks (Collection[str]): The student's tasks.

    Raises:
        ValueError: If a teacher is of a task that the student lacks, or its
            settings are not as above.
    """

    def __init__(
        self, teachers: Mapping[str, Mapping[str, Any]], tasks: Collection[str]
    ) -> None:
        foreign = [task for task in teachers if task not in tasks]
        if foreign:
            raise ValueError(
                f'there are teachers for {", ".join(foreign)}, but the model '
                f'has no such head, only {", ".join(tasks)}'
            )
        for task, settings in teachers.items():
            _check_settings(task, settings)
        self.settings = dict(teachers)
        self.models: dict[str, nn.Module] = {}

    def __contains__(self, task: str) -> bool:
        return task in self.settings

    def __deepcopy__(self, memo: dict[int, Any]) -> 'TeacherBank':
        return self

    def hold(self, task: str, teacher: nn.Module, **settings: float) -> None:
        """Take a teacher that is there already.

        Args:
            task (str): The student's task.
            teacher (nn.Module): As a ``model`` builds it, frozen.
            **settings: ``weight`` and ``temperature``, see the class.
        """
        self.settings[task] = settings
        self.models[task] = teacher

    def load(self) -> None:
        """Build the teachers that are not there yet and read their weights.

        Raises:
            FileNotFoundError: If a checkpoint is missing.
            ValueError: If a checkpoint is of another model.
        """
        for task, settings in self.settings.items():
            if task not in self.models:
                self.models[task] = _build_teacher(
                    task, settings['model'], settings['checkpoint']
                )

    def loss(
        self,
        logits: dict[str, Tensor],
        inputs: dict[str, Tensor],
        samples: Sequence[FashionSample],
    ) -> Tensor:
        """The student's loss to the teacher of the batch's task.

        Args:
            logits (dict[str, Tensor]): The student's, by name, each ``(N,
                classes)``.
            inputs (dict[str, Tensor]): What they were computed from.
            samples (Sequence[FashionSample]): The batch.

        Returns:
            Tensor: A scalar.
        """
        self.load()
        task = samples[0].task
        device = next(iter(logits.values())).device
        teacher = self.models[task]
        if next(teacher.parameters()).device != device:
            teacher.to(device)
        with torch.inference_mode():
            output = teacher(inputs, samples, mode='tensor')
        taught = getattr(output, 'logits', output)
        _check_shapes(task, logits, taught)
        settings = self.settings[task]
        return settings.get('weight', 1.0) * mean_distillation(
            logits, taught, settings.get('temperature', 1.0)
        )


def _check_settings(task: str, settings: Mapping[str, Any]) -> None:
    unknown = set(settings) - _REQUIRED - _OPTIONAL
    missing = _REQUIRED - set(settings)
    if unknown or missing:
        raise ValueError(
            f'teachers.{task} takes model, checkpoint and optionally weight '
            f'and temperature, got {", ".join(settings) or "nothing"}'
        )
    model = settings['model']
    heads = model.get('heads', {})
    foreign = 'type' in model and not {'encoder', 'heads'} & set(model)
    if not foreign and set(heads) != {task}:
        raise ValueError(
            f'teachers.{task}.model must be a single-task model with the head '
            f'{task}, got the heads {", ".join(heads) or "(none)"}'
        )
    for name in _OPTIONAL:
        if settings.get(name, 1.0) <= 0:
            raise ValueError(
                f'teachers.{task}.{name} must be positive, got {settings[name]}'
            )


def _build_teacher(task: str, config: Mapping[str, Any], checkpoint: str) -> nn.Module:
    path = Path(checkpoint)
    if not path.is_file():
        raise FileNotFoundError(
            f'the {task} teacher has no checkpoint at {path}: train it first, '
            f'python tools/train.py CONFIG --tasks {task} --work-dir '
            f'{path.parent} with the config of teachers.{task}.model, or set '
            f'model.teachers.{task}.checkpoint'
        )
    teacher = build_bare(config)
    file = complete(read_weights(path), path)
    weights = dict(file.weights)
    tasks = compare_tasks(teacher, weights, file.notes)
    if not tasks.lacking:  # a model of several tasks may teach one
        for name in tasks.unused(weights):
            del weights[name]
    faults = weight_faults(teacher.state_dict(), weights)
    if faults:
        raise ValueError(
            f'the checkpoint {path} of the {task} teacher is of another model '
            f'than teachers.{task}.model builds: {name_faults(faults)}. Give '
            'the config that it was trained with (it lies beside it)'
        )
    teacher.load_state_dict(weights)
    return teacher.eval().requires_grad_(False)


def _check_shapes(
    task: str, logits: dict[str, Tensor], taught: dict[str, Tensor]
) -> None:
    student, teacher = (
        {name: tuple(scores.shape) for name, scores in side.items()}
        for side in (logits, taught)
    )
    if student != teacher:
        raise ValueError(
            f'the {task} teacher must score what the student scores, '
            f'{student}, got {teacher}: give teachers.{task}.model.heads and '
            'model.heads the same settings'
        )
