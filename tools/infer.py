#!/usr/bin/env python3
"""Use a trained model from the shell: ``python tools/infer.py VERB ... --model DIR``.

    retrieve QUERY ...       photos that fit a text, or another photo
    compose PHOTO WISH       photos as this one, but as wished
    classify PHOTOS ...      sub-categories, by --text or --texts
    describe PHOTOS ...      captions
    embed [PHOTOS ...]       vectors, of photos, --texts or both
    index SOURCE OUT         a gallery that retrieve and compose search at once
    ask VERB NAME=VALUE ...  any other task of the model, by its verb

PHOTOS are files, folders and globs. Answers are printed as JSON lines, or go to
--out FILE: .csv, .jsonl or, for vectors, .npz. --show DIR draws them, too.
"""

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmengine.logging import MMLogger

from famevil_plugin.command_line import run_tool, tool_parser
from famevil_plugin.datasets.catalogue import parse_columns
from famevil_plugin.inference import FashionInferencer, Gallery
from famevil_plugin.inference.answer_files import (
    check_format,
    print_rows,
    rows_of,
    write_embeddings,
    write_rows,
)
from famevil_plugin.inference.gallery_files import MAIN, check_target
from famevil_plugin.inference.text_files import read_texts

MANIFESTS = ('.csv', '.tsv', '.json', '.jsonl', '.ndjson')


def parse_args(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = tool_parser(__doc__)
    verbs = parser.add_subparsers(dest='verb', required=True, metavar='VERB')
    shared, rows = _shared_arguments(), _rows_argument()
    answers = (rows, _show_argument())

    def add(
        verb: str, summary: str, *more: argparse.ArgumentParser
    ) -> argparse.ArgumentParser:
        return verbs.add_parser(verb, help=summary, parents=[shared, *more])

    retrieve = add('retrieve', 'find photos by a text or a photo', *answers)
    retrieve.add_argument('queries', nargs='+', metavar='QUERY')
    _add_gallery(retrieve)

    compose = add('compose', 'find photos by a photo and a wish', *answers)
    compose.add_argument('photo', metavar='PHOTO')
    compose.add_argument('wish', metavar='WISH')
    _add_gallery(compose)

    classify = add('classify', 'name sub-categories', *answers)
    classify.add_argument('photos', nargs='+', metavar='PHOTOS')
    said = classify.add_mutually_exclusive_group()
    said.add_argument('--text', help='what is said of all the products')
    said.add_argument(
        '--texts',
        type=Path,
        help='a .csv, .tsv or .jsonl file with the columns `path` (or a file name) '
        'and `text`',
    )
    classify.add_argument('--top-k', type=int, default=1, help='classes (default: 1)')

    describe = add('describe', 'write captions', *answers)
    describe.add_argument('photos', nargs='+', metavar='PHOTOS')
    describe.add_argument('--beams', type=int, help='of the search for words')
    describe.add_argument('--max-length', type=int, help='tokens of a caption at most')

    embed = add('embed', 'compute vectors')
    embed.add_argument('photos', nargs='*', metavar='PHOTOS')
    embed.add_argument('--texts', nargs='+', help='texts; with tgir one for each photo')
    embed.add_argument('--task', default='xmr', help='whose vectors (default: xmr)')
    embed.add_argument('--out', type=Path, help='where the vectors go, a .npz')

    index = add('index', 'make a gallery of a folder or a manifest')
    index.add_argument('source', metavar='SOURCE', help='photos, or a manifest')
    index.add_argument('target', metavar='OUT', type=Path, help='folder of the gallery')
    index.add_argument(
        '--columns',
        nargs='+',
        default=[],
        metavar='FIELD=COLUMN',
        help="the manifest's, as catalogue.py takes them",
    )
    index.add_argument(
        '--images-root',
        type=Path,
        help="where the manifest's paths begin (default: its folder)",
    )
    index.add_argument('--tasks', nargs='+', help='tasks to search by (default: all)')
    index.add_argument('--faiss', action='store_true', help='faster among millions')

    ask = add('ask', 'ask another task by its verb', rows)
    ask.add_argument('asked', metavar='VERB')
    ask.add_argument('inputs', nargs='+', metavar='NAME=VALUE')
    return parser.parse_args(arguments)


def _shared_arguments() -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument(
        '--model', required=True, help='the work dir of a training, or a config'
    )
    shared.add_argument('--weights', help='a checkpoint (default: the newest whole)')
    shared.add_argument('--device', help='in PyTorch (default: a GPU, if any)')
    shared.add_argument(
        '--batch-size', type=int, default=32, help='items at once (default: 32)'
    )
    shared.add_argument(
        '--on-error',
        choices=['skip', 'raise'],
        default='skip',
        help='after a photo that cannot be read (default: skip, and name it)',
    )
    return shared


def _rows_argument() -> argparse.ArgumentParser:
    rows = argparse.ArgumentParser(add_help=False)
    rows.add_argument(
        '--out',
        type=Path,
        help='a file, .csv, .jsonl or .npz (default: JSON lines are printed)',
    )
    return rows


def _show_argument() -> argparse.ArgumentParser:
    show = argparse.ArgumentParser(add_help=False)
    show.add_argument('--show', type=Path, metavar='DIR', help='folder for pictures')
    return show


def _add_gallery(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        '--gallery',
        help='a folder that `index` made, or photos (default: those that the '
        'model was tested on)',
    )
    parser.add_argument('--top-k', type=int, default=10, help='photos (default: 10)')
    parser.add_argument(
        '--where', nargs='+', default=[], metavar='FIELD=VALUE', help='of these alone'
    )


def find_gallery(model: FashionInferencer, args: argparse.Namespace) -> Gallery:
    """The gallery that the command line names."""
    if args.gallery is None:
        return Gallery.of_config(model, on_error=args.on_error)
    if (Path(args.gallery) / MAIN).is_file():
        return Gallery.load(args.gallery, model)
    return Gallery.of_photos(model, args.gallery, on_error=args.on_error)


def read_where(pairs: Sequence[str]) -> dict[str, list[Any]]:
    """``FIELD=VALUE`` -> values by field; a number is one and its digits."""
    where: dict[str, list[Any]] = {}
    for pair in pairs:
        field, equals, value = pair.partition('=')
        if not equals:
            raise ValueError(f'--where: expected FIELD=VALUE, got {pair!r}')
        number = [int(value)] if value.removeprefix('-').isdecimal() else []
        where.setdefault(field, []).extend([value, *number])
    return where


def make_gallery(model: FashionInferencer, args: argparse.Namespace) -> None:
    """``index``: a folder or a manifest becomes a gallery."""
    options = dict(
        tasks=args.tasks,
        index='faiss' if args.faiss else 'exact',
        on_error=args.on_error,
    )
    source = Path(args.source)
    if source.suffix.lower() in MANIFESTS or (source / 'manifest.json').is_file():
        gallery = Gallery.of_manifest(
            model, source, parse_columns(args.columns), args.images_root, **options
        )
    else:
        gallery = Gallery.of_photos(model, args.source, **options)
    gallery.save(args.target)
    print(
        f'{len(gallery)} photos in {args.target}, to be searched by '
        f'{", ".join(gallery.tasks)}'
    )


def answer(model: FashionInferencer, args: argparse.Namespace) -> list[Any]:
    """The answers of the other verbs."""
    if args.verb == 'ask':
        return _ask(model, args)
    options = dict(on_error=args.on_error, out_dir=args.show)
    if args.verb == 'retrieve':
        gallery, where = find_gallery(model, args), read_where(args.where)
        return model.retrieve(args.queries, gallery, args.top_k, where, **options)
    if args.verb == 'compose':
        gallery, where = find_gallery(model, args), read_where(args.where)
        wish = [args.wish]
        return model.compose(args.photo, wish, gallery, args.top_k, where, **options)
    if args.verb == 'classify':
        texts = args.text if args.texts is None else read_texts(args.texts)
        return model.classify(args.photos, texts, args.top_k, **options)
    return model.describe(args.photos, args.beams, args.max_length, **options)


def _ask(model: FashionInferencer, args: argparse.Namespace) -> list[Any]:
    inputs: dict[str, list[str]] = {}
    for pair in args.inputs:
        name, equals, value = pair.partition('=')
        if not equals:
            raise ValueError(f'ask: expected NAME=VALUE, got {pair!r}')
        inputs.setdefault(name, []).append(value)
    return model(inputs, args.asked, on_error=args.on_error)['predictions']


def check_targets(args: argparse.Namespace) -> None:
    """Refuse what could not be written, before a model is loaded.

    Raises:
        ValueError: If it could not.
    """
    if args.verb == 'index':
        check_target(args.target)
    elif args.verb == 'embed':
        if args.out is None:
            raise ValueError('embed writes vectors to a file: give --out FILE.npz')
        check_format(args.out, ['.npz'])
    elif args.out is not None:
        check_format(args.out)


def run(args: argparse.Namespace) -> None:
    """Load the model and do what is asked.

    Raises:
        ValueError: If the arguments are wrong, or if there are answers to none of
            the photos.
    """
    check_targets(args)
    model = FashionInferencer(
        args.model, args.weights, args.device, batch_size=args.batch_size
    )
    if args.verb == 'index':
        make_gallery(model, args)
    elif args.verb == 'embed':
        found = model.embed(args.photos or None, args.texts, args.task, args.on_error)
        write_embeddings(args.out, found)
        arrays = (found.photos, found.texts, found.pairs)
        count = sum(len(rows) for rows in arrays if rows is not None)
        print(f'{count} vectors in {args.out}')
        refuse_none(len(found.unreadable), count)
    else:
        rows = list(rows_of(answer(model, args)))
        if args.out is None:
            print_rows(rows)
        else:
            write_rows(args.out, rows)
            print(f'{len(rows)} rows in {args.out}')
        lost = sum('error' in row for row in rows)
        refuse_none(lost, len(rows) - lost)


def refuse_none(lost: int, answered: int) -> None:
    """A command that answers nothing has failed, whatever it wrote."""
    if lost and not answered:
        raise ValueError(f'no answer: none of the photos could be read ({lost})')


def main(arguments: Sequence[str] | None = None) -> None:
    """Infer."""
    args = parse_args(arguments)
    # what is printed is the answers alone
    for handler in MMLogger.get_instance('infer').handlers:
        if isinstance(handler, logging.StreamHandler):
            handler.stream = sys.stderr
    run(args)


if __name__ == '__main__':
    run_tool(main)
