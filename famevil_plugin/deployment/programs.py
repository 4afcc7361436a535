"""What is exported: the programs of a model's heads, with example inputs."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, cast

import torch
from torch import Tensor, nn

from famevil_plugin.models import AdaptedCLIP, FAMEViL, Program, TaskHead
from famevil_plugin.tasks import PHOTO, TEXT

#: The kind of an input that an earlier program or an earlier call gave.
STATE = 'state'
# of the examples; an axis of 0 or 1 would be taken for a fixed one
_BATCH, _LENGTH, _PAST = 2, 5, 2


class ExportedProgram(NamedTuple):
    """A head's program under a name of its own.

    Attributes:
        task (str): The task.
        piece (str): What it gives, as a name: ``gallery_photo``.
        program (Program): The head's.
        module (nn.Module): Runs it: the inputs in order -> a tuple.
        kinds (dict[str, str]): By input, ``photo``, ``text`` or ``state``.
        example (dict[str, Tensor]): By input, a batch.
    """

    task: str
    piece: str
    program: Program
    module: nn.Module
    kinds: dict[str, str]
    example: dict[str, Tensor]

    @property
    def name(self) -> str:
        """The task's and the piece's."""
        return f'{self.task}_{self.piece}'

    def axes(self, context_length: int) -> tuple[dict[int, Any], ...]:
        """The axes of each input, in order, that may have any length.

        Args:
            context_length (int): Tokens of a text at most.
        """
        batch = torch.export.Dim('batch')
        length = torch.export.Dim('length', max=context_length)
        past = torch.export.Dim('past', max=context_length - 1)
        free: list[dict[int, Any]] = []
        for name in self.program.inputs:
            first = self.program.first.get(name)
            axes = {0: batch}
            if self.kinds[name] == TEXT:
                axes[1] = length
            if first is not None:
                axes |= {1 + a: past for a, n in enumerate(first.shape) if n == 0}
            free.append(axes)
        return tuple(free)


class _Runs(nn.Module):
    """A program as a module, which is what PyTorch exports."""

    def __init__(self, encoder: AdaptedCLIP, head: TaskHead, program: Program) -> None:
        super().__init__()
        self.encoder, self.head, self.program = encoder, head, program

    def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        """Run it."""
        return self.program.function(self.encoder, *inputs)


@torch.no_grad()
def collect_programs(model: FAMEViL) -> list[ExportedProgram]:
    """The programs of all heads, in the order of use.

    Args:
        model (FAMEViL): The model, on the CPU; it is set to evaluate.

    Raises:
        ValueError: If a program reads what nothing gives an example of, or
            no head has any.
    """
    model.eval()
    found = [
        program
        for task, head in model.heads.items()
        for program in _programs_of(task, cast(TaskHead, head), model.encoder)
    ]
    if not found:
        raise ValueError(
            f'nothing of the tasks {", ".join(model.heads)} can be exported: none '
            'of their heads names answers() or programs()'
        )
    return found


def _programs_of(
    task: str, head: TaskHead, encoder: AdaptedCLIP
) -> Iterator[ExportedProgram]:
    examples = _model_inputs(head.inputs, encoder)
    kinds = {name: head.inputs[name] for name in examples}
    for title, program in head.programs(encoder).items():
        examples |= {name: _grown(first) for name, first in program.first.items()}
        unknown = [name for name in program.inputs if name not in examples]
        if unknown:
            raise ValueError(
                f'{title} of the task {task} reads {", ".join(unknown)}, which is '
                'neither a photo nor a text nor what an earlier program gives: '
                'name the other tasks by --tasks, or let the head say its first '
                'value in programs()'
            )
        example = {name: examples[name] for name in program.inputs}
        module = _Runs(encoder, head, program).eval()
        examples |= dict(zip(program.outputs, module(*example.values())))
        yield ExportedProgram(
            task,
            _as_name(title),
            program,
            module,
            {name: kinds.get(name, STATE) for name in example},
            example,
        )


def _model_inputs(inputs: Mapping[str, str], encoder: AdaptedCLIP) -> dict[str, Tensor]:
    size = encoder.image_tower.image_size
    length = min(_LENGTH, encoder.text_tower.context_length - 1)
    examples = {
        PHOTO: torch.zeros(_BATCH, 3, *size),
        TEXT: torch.ones(_BATCH, length, dtype=torch.long),
    }
    return {name: examples[kind] for name, kind in inputs.items() if kind in examples}


def _grown(first: Tensor) -> Tensor:
    """A batch of what comes later where the first call takes this."""
    shape = [size or _PAST for size in first.shape]
    if 0 in first.shape:
        return torch.zeros(_BATCH, *shape, dtype=first.dtype)
    return first.expand(_BATCH, *shape)


def _as_name(title: str) -> str:
    """``a sub-category`` -> ``sub_category``."""
    bare = re.sub(r'^(an?|the) ', '', title.lower())
    return re.sub(r'\W+', '_', bare).strip('_')
