#!/usr/bin/env python3
"""Convert the authors' checkpoints to this package's, or back.

    python tools/model_converters/mmf_to_famevil.py SRC DST
    python tools/model_converters/mmf_to_famevil.py --reverse SRC DST

Reads .pth, .pt, .ckpt and .safetensors, as data alone; writes .pth or
.safetensors by the name of DST, whole or not at all. Prints the model that
the checkpoint belongs to, as a config. A model of one task has its TSA
without the task's name in the authors' layout, as theirs have.

The authors' layout holds weights alone, so --reverse refuses a model with
which their code would compute something else: it goes by the config in the
checkpoint, or by --config.
"""

import argparse
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from safetensors.torch import save
from torch import Tensor

from famevil_plugin.command_line import check_config_file, run_tool, tool_parser
from famevil_plugin.engine import AtomicBackend
from famevil_plugin.models.weights.authors import (
    authors_config,
    authors_differences,
    from_authors,
    split_checkpoint,
    to_authors,
)
from famevil_plugin.models.weights.saved_config import saved_model
from famevil_plugin.models.weights.weight_files import read_weights

PREFIX = 'authors_prefix'


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = tool_parser(__doc__)
    parser.add_argument('src', type=Path, help='the checkpoint to convert')
    parser.add_argument('dst', type=Path, help='where to write, .pth or .safetensors')
    parser.add_argument(
        '--reverse',
        action='store_true',
        help="from this package's layout to the authors'",
    )
    parser.add_argument(
        '--prefix',
        help="with --reverse: what to put before the authors' names (default:"
        " the converted checkpoint's own, or model., which MMF reads)",
    )
    parser.add_argument(
        '--config',
        type=Path,
        help="with --reverse: the model's config (default: the checkpoint's own)",
    )
    args = parser.parse_args()
    if args.src.resolve() == args.dst.resolve():
        parser.error(f'DST is SRC, {args.src}: give another file to write')
    if args.dst.suffix not in ('.pth', '.safetensors'):
        parser.error(f'DST must end in .pth or .safetensors, got {args.dst}')
    for option in ('prefix', 'config'):
        if getattr(args, option) is not None and not args.reverse:
            parser.error(f'--{option} goes with --reverse')
    return args


def convert(src: Path, dst: Path) -> None:
    """From the authors' layout."""
    theirs = split_checkpoint(read_weights(src).weights)
    ours = from_authors(theirs.weights)
    write(dst, ours, {PREFIX: theirs.prefix})
    print(
        f'{dst}: {len(ours)} tensors from {len(theirs.weights)} of {src}, '
        f'prefix {theirs.prefix!r}'
    )
    if theirs.extra_keys:
        kinds = sorted({'.'.join(n.split('.')[:2]) for n in theirs.extra_keys})
        print(f'left out: {", ".join(kinds)} ({len(theirs.extra_keys)} tensors)')
    print(Config(dict(model=authors_config(theirs.weights))).pretty_text)


def convert_back(
    src: Path, dst: Path, prefix: str | None = None, config: Path | None = None
) -> None:
    """To the authors' layout."""
    ours, notes = read_weights(src)
    theirs = to_authors(ours)
    from_authors(theirs)  # refuses what is no whole model
    model = saved_model(notes) if config is None else read_model(config)
    if model is not None:
        check_model(model, theirs)
    elif PREFIX not in notes:  # else it was converted from theirs
        print(
            f'nothing in {src} says more of the model than its weights: taken '
            'for one with QuickGELU, heads 64 wide and CLS pooling, as the '
            "authors' code computes (--config FILE checks it)"
        )
    if prefix is None:
        prefix = notes.get(PREFIX, 'model.')
    write(dst, {prefix + name: w for name, w in theirs.items()})
    print(f'{dst}: {len(theirs)} tensors from {len(ours)} of {src}, prefix {prefix!r}')


def read_model(config: Path) -> Mapping[str, Any]:
    """The model of a config file."""
    check_config_file(config)
    model = Config.fromfile(config).get('model')
    if model is None:
        raise ValueError(f'{config} describes no model: expected a "model" in it')
    return model


def check_model(model: Mapping[str, Any], theirs: dict[str, Tensor]) -> None:
    """Refuse a model that the authors' code would compute differently."""
    differences = authors_differences(model, authors_config(theirs))
    if differences:
        raise ValueError(
            "the authors' code would compute something else with its weights: "
            + '; '.join(differences)
        )


def write(
    dst: Path, weights: dict[str, Tensor], notes: dict[str, str] | None = None
) -> None:
    """Write weights, with notes beside them if there are any."""
    if dst.suffix == '.safetensors':
        data = save(weights, metadata=notes)
    else:
        held = weights if notes is None else dict(state_dict=weights, meta=notes)
        buffer = io.BytesIO()
        torch.save(held, buffer)
        data = buffer.getvalue()
    AtomicBackend().put(data, dst)


def main() -> None:
    """Convert one checkpoint."""
    args = parse_args()
    try:
        if args.reverse:
            convert_back(args.src, args.dst, args.prefix, args.config)
        else:
            convert(args.src, args.dst)
    except (ValueError, FileNotFoundError) as error:
        raise SystemExit(f'{args.src} is not converted: {error}') from None


if __name__ == '__main__':
    run_tool(main)
