"""ONNX programs over one file of weights.

The programs of a model share most of their weights (each task's image encoder
is the same CLIP), so a weight is stored once, in :data:`WEIGHTS`, and the
programs point into it.
"""

import hashlib
import warnings
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import Any, BinaryIO

import torch

from .programs import ExportedProgram

#: The file of weights, beside the programs.
WEIGHTS = 'weights.bin'
# smaller ones stay in the programs: shapes, and constants of the arithmetic
_SMALLEST = 256
# bytes; a multiple of the size of a page lets runtimes map the file
_ALIGNMENT = 4096


def require_packages(*names: str) -> None:
    """Say which packages of the extra ``onnx`` are missing, if any.

    Raises:
        ValueError: If one is.
    """
    missing = [name for name in names if find_spec(name) is None]
    if missing:
        raise ValueError(
            f'the export needs {", ".join(missing)}, which is not installed: '
            'tools/set_up.sh onnx, or pip install "famevil_plugin[onnx]"'
        )


def export_programs(
    programs: Iterable[ExportedProgram], folder: Path, context_length: int
) -> None:
    """Write ``<name>.onnx`` for each program, and the weights.

    Args:
        programs (Iterable[ExportedProgram]): What to export.
        folder (Path): Where to.
        context_length (int): Tokens of a text at most.
    """
    import onnx_ir

    with (folder / WEIGHTS).open('wb') as file:
        store = _WeightStore(file)
        for program in programs:
            model = _convert(program, context_length)
            for value in model.graph.initializers.values():
                if value.const_value.nbytes >= _SMALLEST:
                    value.const_value = store.take(value.name, value.const_value)
            onnx_ir.save(model, folder / f'{program.name}.onnx')


def _convert(program: ExportedProgram, context_length: int) -> Any:
    """The program as a model of ``onnx_ir``."""
    with warnings.catch_warnings():
        # that several inputs share an axis, which is meant
        warnings.filterwarnings('ignore', message='.*The axis name')
        try:
            exported = torch.onnx.export(
                program.module,
                tuple(program.example.values()),
                dynamo=True,
                verbose=False,
                input_names=list(program.program.inputs),
                output_names=list(program.program.outputs),
                # one entry, as forward takes them as *inputs
                dynamic_shapes=(program.axes(context_length),),
            )
        except torch.onnx.OnnxExporterError as error:
            raise ValueError(
                f'{program.piece} of the task {program.task} cannot be exported, '
                f'as PyTorch says: {error.__cause__ or error}'
            ) from error
    assert exported is not None
    for node in exported.model.graph.all_nodes():
        node.metadata_props.clear()  # where in the source it comes from
    return exported.model


class _WeightStore:
    """Appends weights to a file, equal ones once."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.places: dict[bytes, tuple[int, int]] = {}

    def take(self, name: str, weight: Any) -> Any:
        """Store a weight; give the tensor that points to it."""
        import onnx_ir

        content = weight.tobytes()
        digest = hashlib.sha256(content).digest()
        if digest not in self.places:
            self.file.write(b'\0' * (-self.file.tell() % _ALIGNMENT))
            self.places[digest] = (self.file.tell(), len(content))
            self.file.write(content)
        offset, length = self.places[digest]
        return onnx_ir.ExternalTensor(
            WEIGHTS,
            offset,
            length,
            weight.dtype,
            shape=weight.shape,
            name=name,
            base_dir=Path(self.file.name).parent,
        )
