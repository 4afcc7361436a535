"""The folder that an export writes: programs, weights, settings, a sample."""

import os
import shutil
import tempfile
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from famevil_plugin.atomic_files import write_json, write_whole
from famevil_plugin.tasks import Task, find_tasks
from famevil_plugin.tokenizer import build_tokenizer

from .onnx_export import WEIGHTS, export_programs, require_packages
from .preprocessing import common_view, describe_photos, read_views
from .programs import ExportedProgram, collect_programs
from .tokenizer_files import describe_texts, tokenizer_files
from .trained_model import Trained

#: The file that says how inputs are prepared, and what each program is for.
SETTINGS = 'preprocessing.json'
#: The program that uses the folder.
SAMPLE = 'use_onnx.py'


def export_model(trained: Trained, out: Path) -> list[ExportedProgram]:
    """Write a model's programs for onnxruntime, and what they need beside them.

    Args:
        trained (Trained): The model.
        out (Path): A folder to make, or an empty one; it appears whole or not
            at all.

    Returns:
        list[ExportedProgram]: What was exported.

    Raises:
        FileExistsError: If the folder holds something.
        ValueError: If a package is missing, or the model cannot be exported.
    """
    require_packages('onnx', 'onnxscript')
    check_free(out)
    model = trained.model
    views = read_views(trained.config, list(model.heads))
    view = common_view(views)
    programs = collect_programs(model)
    settings: dict[str, Any] = dict(photo=describe_photos(view, model))
    out.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f'.{out.name}.', dir=out.parent))
    try:
        if view.tokenizer is not None:
            tokenizer = build_tokenizer(**view.tokenizer)
            settings['text'] = describe_texts(tokenizer)
            for name, content in tokenizer_files(tokenizer).items():
                write_whole(beside / name, content)
        export_programs(programs, beside, model.encoder.text_tower.context_length)
        entries = find_tasks(dict(model.heads.items()))
        settings |= dict(
            weights=WEIGHTS,
            programs=[
                _describe(program, entries[program.task], trained)
                | dict(reads_text=views[program.task].reads_text)
                for program in programs
            ],
        )
        write_json(beside / SETTINGS, settings)
        sample = files('famevil_plugin') / '.mim/tools/deployment' / SAMPLE
        write_whole(beside / SAMPLE, sample.read_bytes())
        beside.chmod(0o755)
        if out.is_dir():
            out.rmdir()
        os.rename(beside, out)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise
    return programs


def check_free(out: Path) -> None:
    """Refuse a place where something is.

    Raises:
        FileExistsError: If the folder holds something, or is a file.
    """
    held = [path.name for path in out.iterdir()] if out.is_dir() else []
    if held or out.is_file():
        raise FileExistsError(
            f'{out} is there already and holds {", ".join(sorted(held)[:3]) or "data"}'
            ': give a folder that does not exist yet, or an empty one; an export '
            'replaces nothing'
        )


def _describe(
    exported: ExportedProgram, entry: Task, trained: Trained
) -> dict[str, Any]:
    """A program's entry in the settings."""
    program = exported.program
    return dict(
        name=exported.name,
        file=f'{exported.name}.onnx',
        task=exported.task,
        title=entry.title,
        verb=entry.verb,
        inputs={name: exported.kinds[name] for name in program.inputs},
        outputs=list(program.outputs),
        first={
            name: dict(
                shape=list(value.shape),
                value=value.flatten().tolist() or 0,
                dtype=str(value.dtype).removeprefix('torch.'),
            )
            for name, value in program.first.items()
        },
        calls=program.calls,
        columns=_name_columns(exported, trained),
    )


def _name_columns(exported: ExportedProgram, trained: Trained) -> list[str] | None:
    """Names of the answer's columns; a number where one has no name."""
    key = exported.program.columns
    if key is None:
        return None
    answer, *_ = exported.module(*exported.example.values())
    known = (trained.notes.get('dataset_meta') or {}).get(exported.task) or {}
    names: Sequence[Any] = known.get(key) or ()
    numbers = range(len(names), answer.size(1))
    return [*map(str, names), *(f'#{number}' for number in numbers)]
