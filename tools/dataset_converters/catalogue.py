#!/usr/bin/env python3
"""Turn a shop's export into the layouts of FashionGen and FashionIQ.

``python tools/dataset_converters/catalogue.py MANIFEST OUT`` reads CSV (any
delimiter), JSON (a list, under a key, by id, or a product a line) or Excel's
.xlsx (with openpyxl), or a folder that holds it as ``manifest.json``. Rows of
one id are one product. The fields, and some of the columns they are looked
for in, without regard to case:

    id           id, handle, sku, product id, code   must be filled
    images       images, image src, base_image, image_link, photos, image 1, ...
                 paths from the manifest's folder: a list, or one text with
                 commas, semicolons, | or blanks between them
    title        title, name, product name
    description  description, body (html), short description; cut at 400
                 characters
    label        subcategory, label, product type, type, categories, category:
                 the sub-category; of "Clothing > Dresses" the last name
    category     category, product category, or the name before the label
    group        group, item group id, parent: products of a group stay on one
                 side
    number       product_id, whole and unique, or else products are counted
    attributes   colour, pattern, material, length, ..., "Option1 Name" and
                 "Option1 Value", additional_attributes: for --make-triplets

Other names are given by ``--columns id=artno images=front,back`` or as a JSON
file {field: column or list of columns}: of several columns all photos are
taken, and the first text that says a word. The columns that were read are in
the report at the end.

Beside the manifest, or where the options say, there may be

    subcategories.json  {name: {"id": int}}, the order of the labels
    tgir_template/      FashionIQ's captions/ and image_splits/ of any
                        garments; an id is the name of a photo's file,
                        without .jpg

OUT is what the data sets ``FashionGen`` and ``FashionIQ`` read::

    FashionGen/{train,val}_info.json  categories.json  subcategories.json
    FashionGen/images/<product>_<view>.jpg
    FashionIQ/captions/cap.<garment>.{train,val}.json
    FashionIQ/image_splits/split.<garment>.{train,val}.json
    FashionIQ/images/<id>.jpg
    left_out.csv                      each product, photo, text and triplet
                                      that is left out of something, and why

Nothing is invented: a missing text is written as '' and a missing label as
null, and the data sets leave the product out of just the tasks that need it
(XMR and FIC need a text, SCR a label). ``--make-triplets`` makes triplets of
the attributes, and marks each as machine-made.

Where triplets exist, their own split is followed: groups seen in one of
their validation files are validation, the others they name are training. The
other groups are dealt at random, so that validation gets its share of every
sub-category. Triplets of one side alone are dealt to both sides with their
products. Triplets whose two photos come to different sides are left out;
there are none if the triplets' split respects the groups.
"""

import argparse
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from famevil_plugin.command_line import at_least, run_tool, tool_parser
from famevil_plugin.datasets.catalogue import (
    CatalogueError,
    Report,
    convert_catalogue,
    parse_columns,
    read_manifest,
)
from famevil_plugin.datasets.catalogue.report import LEFT_OUT_FILE


def check_target(sources: Sequence[Path], target: Path, overwrite: bool) -> None:
    """Refuse targets that would cost the user files."""
    for source in sources:
        if target in (source.resolve(), *source.resolve().parents):
            raise CatalogueError(
                f'OUT {target} holds {source}; choose a folder outside of it'
            )
    if not target.exists():
        return
    if not target.is_dir():
        raise CatalogueError(f'OUT {target} is a file; expected a folder to make')
    held = sorted(path.name for path in target.iterdir())
    if not overwrite and held:
        raise CatalogueError(
            f'OUT {target} exists and holds {", ".join(held[:6])}; pass '
            '--overwrite to replace it, or choose another folder'
        )
    foreign = set(held) - {'FashionGen', 'FashionIQ', LEFT_OUT_FILE}
    if foreign:
        raise CatalogueError(
            f'OUT {target} holds {", ".join(sorted(foreign)[:6])}, which no '
            'conversion wrote; --overwrite replaces FashionGen/ and '
            'FashionIQ/ only. Choose another folder'
        )


def replace_folder(finished: Path, target: Path) -> None:
    """Put a finished folder in the place of an older one."""
    if not target.exists():
        finished.rename(target)
        return
    old = target.with_name(f'{target.name}.old-{os.getpid()}')
    target.rename(old)
    finished.rename(target)
    shutil.rmtree(old)


def parse_args(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = tool_parser(__doc__)
    parser.add_argument(
        'manifest', metavar='MANIFEST', type=Path, help='file or folder'
    )
    parser.add_argument('target', metavar='OUT', type=Path, help='folder to make')
    parser.add_argument(
        '--columns',
        nargs='+',
        default=[],
        metavar='FIELD=COLUMN',
        help='where the fields are, see above',
    )
    parser.add_argument(
        '--separator',
        help='what stands between photos in one text (default: | or ; or a line end, '
        'and a comma or blank behind an ending like .jpg)',
    )
    parser.add_argument(
        '--encoding',
        help='of the manifest (default: what its first bytes say, else UTF-8)',
    )
    parser.add_argument(
        '--images-root',
        type=Path,
        help='where the paths of photos begin; none may lead out of it '
        '(default: the folder of the manifest)',
    )
    parser.add_argument(
        '--triplets',
        type=Path,
        help='folder of the triplets (default: tgir_template/ beside the '
        'manifest, where it exists)',
    )
    parser.add_argument(
        '--make-triplets',
        action='store_true',
        help='where there are no triplets, make some of products of one '
        'sub-category that differ in one or two attributes',
    )
    parser.add_argument(
        '--val-fraction',
        type=float,
        default=0.15,
        help='share of each sub-category in validation (default: 0.15)',
    )
    parser.add_argument(
        '--seed', type=int, default=0, help='seed of the split (default: 0)'
    )
    parser.add_argument(
        '--max-side',
        type=at_least(0),
        help='scale photos down to this longest side in pixels; 0 links the '
        'originals (default: 256, or 0 with --symlink). For a model that '
        'sees 224 pixels or more, 0 or 400 keeps tall photos sharp',
    )
    parser.add_argument(
        '--symlink',
        action='store_true',
        help='link the originals by name, not by hard links',
    )
    parser.add_argument(
        '--overwrite', action='store_true', help='replace an earlier conversion in OUT'
    )
    args = parser.parse_args(arguments)
    if not 0 <= args.val_fraction < 1:
        parser.error(
            f'--val-fraction must be at least 0 and below 1, got {args.val_fraction}'
        )
    if args.symlink and args.max_side:
        parser.error(
            '--symlink links the originals, so --max-side must be 0, '
            f'got {args.max_side}'
        )
    if args.max_side is None:
        args.max_side = 0 if args.symlink else 256
    if args.manifest.is_dir():
        args.manifest /= 'manifest.json'
    return args


def convert(args: argparse.Namespace, target: Path) -> str:
    """Read what the command line names, write ``target``."""
    triplets = args.triplets or args.manifest.parent / 'tgir_template'
    has_triplets = bool(args.triplets) or triplets.is_dir()
    if has_triplets and args.make_triplets:
        raise CatalogueError(
            f'--make-triplets is for catalogues without triplets, and {triplets} has '
            'some: leave the option out, or move the folder'
        )
    report = Report()
    products = read_manifest(
        args.manifest,
        parse_columns(args.columns),
        args.images_root,
        args.encoding,
        args.separator,
        report,
    )
    label_ids = args.manifest.parent / 'subcategories.json'
    return convert_catalogue(
        products,
        target,
        triplets if has_triplets else None,
        label_ids if label_ids.exists() else None,
        args.val_fraction,
        args.seed,
        args.max_side,
        args.symlink,
        args.make_triplets,
        report,
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Convert, and put the result in place only when it is complete."""
    args = parse_args(arguments)
    target = args.target.resolve()
    partial = target.with_name(f'{target.name}.partial-{os.getpid()}')
    sources = [args.manifest.parent]
    sources += [path for path in (args.images_root, args.triplets) if path]
    try:
        check_target(sources, target, args.overwrite)
        partial.mkdir(parents=True)
        table = convert(args, partial)
        replace_folder(partial, target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    print(f'{args.manifest} -> {target}\n{table}')


if __name__ == '__main__':
    run_tool(main)
