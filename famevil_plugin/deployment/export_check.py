"""Whether exported programs compute what PyTorch computes, on whole data sets.

Both sides get the same batches. Every output is compared, and what is made of
the outputs: the order of a gallery for each query, the order of the classes,
and the words of a greedy search.
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from mmengine.registry import DefaultScope
from mmengine.runner import Runner
from torch import Tensor

from .preprocessing import evaluation_loaders
from .programs import ExportedProgram
from .trained_model import Trained

#: Largest deviation of an output; scores closer than that count as tied.
TOLERANCE = 1e-4
# queries whose rankings are in memory at once
_CHUNK = 256

Arrays = dict[str, np.ndarray]


class Finding(NamedTuple):
    """What was compared, and whether it agrees.

    Attributes:
        what (str): A program or a task.
        result (str): In words.
        agrees (bool): Whether it is within :data:`TOLERANCE`.
    """

    what: str
    result: str
    agrees: bool

    def __str__(self) -> str:
        return f'{self.what}: {self.result}{"" if self.agrees else " (DIFFERS)"}'


class _Pair:
    """A program on both sides, and what they gave.

    Args:
        exported (ExportedProgram): The program.
        folder (Path): Where its file is.
    """

    def __init__(self, exported: ExportedProgram, folder: Path) -> None:
        from onnxruntime import InferenceSession

        self.exported = exported
        self.session = InferenceSession(folder / f'{exported.name}.onnx')
        self.reads = {entry.name for entry in self.session.get_inputs()}
        self.items = 0
        self.deviation = 0.0
        self.answers: list[tuple[Tensor, Tensor]] = []

    def run(self, ours: dict[str, Tensor], theirs: Arrays) -> tuple[Any, Any]:
        """Run both sides, each on what it was given.

        Returns:
            tuple: By output, PyTorch's tensors and onnxruntime's arrays.
        """
        program = self.exported.program
        left = self.exported.module(*(ours[name] for name in program.inputs))
        right = self.session.run(
            None, {name: theirs[name] for name in program.inputs if name in self.reads}
        )
        for mine, other in zip(left, right):
            self.deviation = max(self.deviation, _distance(mine, other))
        self.items += left[0].size(0)
        return dict(zip(program.outputs, left)), dict(zip(program.outputs, right))

    def gathered(self) -> tuple[Tensor, Tensor]:
        """All answers of PyTorch and of onnxruntime, ``(N, width)`` each."""
        left, right = (torch.cat(side).double() for side in zip(*self.answers))
        return left, right

    def finding(self) -> Finding:
        """The largest deviation so far."""
        return Finding(
            self.exported.name,
            f'{self.items:,} items, deviation at most {self.deviation:.1e}',
            self.items > 0 and self.deviation <= TOLERANCE,
        )


def check_export(
    trained: Trained, programs: list[ExportedProgram], folder: Path
) -> Iterator[Finding]:
    """Compare the programs with PyTorch on the evaluation's data.

    Args:
        trained (Trained): The model.
        programs (list[ExportedProgram]): What was exported of it.
        folder (Path): Where to.

    Yields:
        Finding: One for each program, and one for what is made of them.
    """
    loaders = evaluation_loaders(trained.config)
    settings = json.loads((folder / 'preprocessing.json').read_text())
    end = settings.get('text', {}).get('end')
    for task in dict.fromkeys(program.task for program in programs):
        with DefaultScope.overwrite_default_scope('famevil_plugin'):
            loader = Runner.build_dataloader(loaders[task], seed=0)
        prepare = trained.model.data_preprocessor
        batches = (prepare(batch)['inputs'] for batch in loader)
        own = [program for program in programs if program.task == task]
        yield from check_programs(own, batches, folder, end)


@torch.no_grad()
def check_programs(
    programs: list[ExportedProgram],
    batches: Iterable[dict[str, Tensor]],
    folder: Path,
    end: int | None,
) -> Iterator[Finding]:
    """Compare one task's programs with PyTorch.

    Args:
        programs (list[ExportedProgram]): The programs.
        batches (Iterable[dict]): Model inputs by name; a program is run on
            those that have all it reads.
        folder (Path): Where the programs are.
        end (int, optional): The id that ends a text.

    Yields:
        Finding: One for each program, and one for what is made of them.
    """
    pairs = [_Pair(program, folder) for program in programs]
    captions = _Captions(end)
    for inputs in batches:
        _run_batch(pairs, inputs, captions)
    yield from (pair.finding() for pair in pairs)
    if captions.number:
        yield captions.finding()
    yield from _compare_orders([pair for pair in pairs if pair.answers])


def _run_batch(
    pairs: list[_Pair], inputs: dict[str, Tensor], captions: '_Captions'
) -> None:
    """Run the programs whose inputs a batch has, and those that follow."""
    ours: dict[str, Tensor] = dict(inputs)
    theirs: Arrays = {name: value.numpy() for name, value in inputs.items()}
    for pair in pairs:
        program = pair.exported.program
        if not all(name in ours or name in program.first for name in program.inputs):
            continue
        if program.first:
            captions.compare(pair, ours, theirs)
            continue
        left, right = pair.run(ours, theirs)
        if 'answer' in left:
            pair.answers.append((left['answer'], torch.from_numpy(right['answer'])))
        ours |= left
        theirs |= right


class _Captions:
    """Greedy captions of both sides.

    Args:
        end (int, optional): The id that ends a text.
    """

    def __init__(self, end: int | None) -> None:
        self.end = end
        self.number = 0
        self.different = 0

    def compare(self, pair: _Pair, ours: dict[str, Tensor], theirs: Arrays) -> None:
        """Choose the most probable words on both sides, from the first on.

        Both go on with PyTorch's word, so a caption counts as different from
        the first word on that is.
        """
        program = pair.exported.program
        batch = next(ours[n] for n in program.inputs if n not in program.first).size(0)
        first = {n: v.expand(batch, *v.shape) for n, v in program.first.items()}
        ours, theirs = ours | first, theirs | {n: v.numpy() for n, v in first.items()}
        same = torch.ones(batch, dtype=torch.bool)
        ended = ~same
        for _ in range(program.calls):
            left, right = pair.run(ours, theirs)
            best = left.pop('answer').argmax(-1)
            same &= ended | (best == torch.from_numpy(right.pop('answer')).argmax(-1))
            ended |= best == self.end
            if ended.all():
                break
            ours |= _as_past(left) | dict(newest=best[:, None])
            theirs |= _as_past(right) | dict(newest=best[:, None].numpy())
        self.number += batch
        self.different += int((~same).sum())

    def finding(self) -> Finding:
        """How many captions differ."""
        return Finding(
            'greedy captions',
            f'{self.different:,} of {self.number:,} differ',
            not self.different,
        )


def _as_past(given: dict[str, Any]) -> dict[str, Any]:
    return {name.replace('present', 'past', 1): value for name, value in given.items()}


def _compare_orders(pairs: list[_Pair]) -> Iterator[Finding]:
    """Compare the order of a gallery for each query, and of classes."""
    answers = {pair.exported.name: pair.gathered() for pair in pairs}
    for name, queries in answers.items():
        galleries = {
            other: gallery
            for other, gallery in answers.items()
            if other != name and gallery[0].size(1) == queries[0].size(1)
        }
        for other, gallery in galleries.items():
            yield _compare(
                f'order of {other} for {name}',
                [
                    (mine @ gallery[0].T, yours @ gallery[1].T)
                    for mine, yours in zip(*(side.split(_CHUNK) for side in queries))
                ],
            )
        if not galleries:
            yield _compare(f'order within {name}', [queries])


def _compare(what: str, scores: list[tuple[Tensor, Tensor]]) -> Finding:
    """Compare rankings by scores of both sides, each ``(Q, N)``.

    Where the orders differ, PyTorch's scores tell by how much: what stands at
    a place and what should stand there are tied if their scores are within
    :data:`TOLERANCE`.
    """
    places, different, gap = 0, 0, 0.0
    for ours, theirs in scores:
        best, order = ours.sort(dim=1, descending=True, stable=True)
        found = theirs.argsort(dim=1, descending=True, stable=True)
        places += order.numel()
        different += int((order != found).sum())
        gap = max(gap, _distance(best, ours.gather(1, found)))
    ties = f', by scores that are at most {gap:.1e} apart' if different else ''
    return Finding(
        what, f'{different:,} of {places:,} places differ{ties}', gap <= TOLERANCE
    )


def _distance(ours: Tensor, theirs: Tensor | np.ndarray) -> float:
    """The largest; infinite where a value is no number."""
    difference = (ours - torch.as_tensor(theirs)).abs()
    if not difference.numel():
        return 0.0
    return float(difference.nan_to_num(nan=torch.inf).max())
