#!/usr/bin/env python3
"""Lay products and queries of a data set out on one sheet.

Works on every folder in the layouts of FashionGen and FashionIQ, or of one of
them; what is not there is said:

    python tools/visualization/contact_sheet.py data/mini_fashion sheet.jpg
"""

import argparse
import textwrap
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from famevil_plugin.command_line import at_least, run_tool, tool_parser
from famevil_plugin.datasets.annotations import (
    Product,
    Triplet,
    find_garments,
    read_names,
    read_products,
    read_triplets,
)
from famevil_plugin.datasets.data_root import LAYOUT
from famevil_plugin.datasets.fashion_iq import describe_lack
from famevil_plugin.datasets.photo_files import find_by_id
from famevil_plugin.photos import open_photo

CELL = 160
GAP = 12
TEXT = 44
INK = (40, 40, 44)
FAINT = (120, 120, 126)
PAPER = (255, 255, 255)


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = tool_parser(__doc__)
    parser.add_argument('data_root', help='holds FashionGen, FashionIQ or both')
    parser.add_argument('out', type=Path, help='picture to write, .jpg or .png')
    parser.add_argument(
        '--split', default='val', choices=('train', 'val'), help='(default: val)'
    )
    for name, least, default, what in (
        ('products', 0, 24, 'of FashionGen'),
        ('views', 1, 2, 'photos of a product at most'),
        ('queries', 0, 6, 'of FashionIQ'),
        ('columns', 1, 4, 'products or queries in a row'),
        ('seed', 0, 0, 'another one chooses others'),
    ):
        parser.add_argument(
            f'--{name}',
            type=at_least(least),
            default=default,
            help=f'{what} (default: {default})',
        )
    args = parser.parse_args()
    if args.out.suffix.lower() not in ('.jpg', '.jpeg', '.png'):
        parser.error(f'OUT must end in .jpg or .png, got {args.out}')
    return args


def load_photo(path: Path) -> Image.Image:
    """Read a photo at the size of a cell."""
    return open_photo(path).resize((CELL, CELL), Image.Resampling.LANCZOS)


def caption(
    draw: ImageDraw.ImageDraw,
    place: tuple[int, int],
    text: str,
    width: int,
    colour: tuple[int, int, int] = INK,
) -> None:
    """Write up to two lines below a photo."""
    font = ImageFont.load_default(12)
    columns = max(8, round(width / 6.4))
    rows = textwrap.wrap(text, columns, max_lines=2, placeholder=' ...')
    draw.multiline_text(place, '\n'.join(rows), colour, font, spacing=2)


def product_panel(root: Path, product: Product, views: int) -> Image.Image:
    """A product: its photos side by side, its text below."""
    panel = Image.new('RGB', (views * CELL, CELL + TEXT), PAPER)
    for i, name in enumerate(product.images[:views]):
        panel.paste(load_photo(root / name), (i * CELL, 0))
    caption(ImageDraw.Draw(panel), (0, CELL + 6), product.text, panel.width)
    return panel


def query_panel(photos: Mapping[str, Path], query: Triplet) -> Image.Image:
    """A query: candidate and target, both captions below."""
    panel = Image.new('RGB', (2 * CELL + GAP, CELL + TEXT), PAPER)
    for i, name in enumerate((query.reference, query.target)):
        panel.paste(load_photo(photos[name]), (i * (CELL + GAP), 0))
    draw = ImageDraw.Draw(panel)
    said = '  /  '.join(f'"{text}"' for text in query.captions)
    caption(draw, (0, CELL + 6), said, panel.width, FAINT)
    return panel


def tile(panels: list[Image.Image], columns: int) -> Image.Image:
    """Lay equal panels out in rows."""
    wide = max(panel.width for panel in panels) + GAP
    high = max(panel.height for panel in panels) + GAP
    rows = -(-len(panels) // columns)
    sheet = Image.new('RGB', (columns * wide + GAP, rows * high + GAP), PAPER)
    for i, panel in enumerate(panels):
        sheet.paste(panel, (GAP + i % columns * wide, GAP + i // columns * high))
    return sheet


def choose_products(products: list[Product], count: int, views: int) -> list[Product]:
    """Choose products of as many sub-categories as possible, and of as many
    views as were asked for where there are some."""
    groups: dict[int | None, list[Product]] = {}
    most = max((len(product.images) for product in products), default=0)
    for product in products:
        if product.images and len(product.images) >= min(views, most):
            groups.setdefault(product.label, []).append(product)
    if not groups:
        return []
    taken = [
        group[i]
        for i in range(max(map(len, groups.values())))
        for group in groups.values()
        if i < len(group)
    ]
    step = max(1, len(groups) // max(1, count))
    ordered = taken[: len(groups) : step] + taken[len(groups) :]
    return ordered[:count]


def choose_queries(
    root: Path, split: str, count: int, rng: np.random.Generator
) -> list[Triplet]:
    """Choose as many queries of each garment."""
    queries = [
        triplets
        for name in find_garments(root, [split])
        if (triplets := read_triplets(root / 'captions' / f'cap.{name}.{split}.json'))
    ]
    chosen = [queries[i % len(queries)] for i in range(count if queries else 0)]
    return [some[int(rng.integers(len(some)))] for some in chosen]


def stack(sheets: list[Image.Image]) -> Image.Image:
    """Lay sheets one below the other."""
    page = Image.new(
        'RGB', (max(s.width for s in sheets), sum(s.height for s in sheets)), PAPER
    )
    top = 0
    for sheet in sheets:
        page.paste(sheet, (0, top))
        top += sheet.height
    return page


def lay_out(args: argparse.Namespace) -> Image.Image:
    """Choose and lay out.

    Raises:
        ValueError: If there is nothing to see.
        FileNotFoundError: If a photo is missing.
    """
    root = Path(args.data_root)
    rng = np.random.default_rng(args.seed)
    gen, iq = root / 'FashionGen', root / 'FashionIQ'
    sheets = []
    source = gen / f'{args.split}_info.json'
    if source.is_file():
        products = read_products(source, read_names(gen / 'subcategories.json'))
        order = rng.permutation(len(products))
        chosen = choose_products(
            [products[i] for i in order], args.products, args.views
        )
        if chosen or not args.products:
            panels = [product_panel(gen, product, args.views) for product in chosen]
            sheets += [tile(panels, args.columns)] if panels else []
        else:
            print(f'no product in {source} has a photo')
    else:
        print(f'no products: there is no {source}')
    queries = choose_queries(iq, args.split, args.queries, rng)
    if queries:
        found = find_by_id(iq / 'images')
        photos = {name: Path(paths[0]) for name, paths in found.items()}
        panels = [query_panel(photos, query) for query in queries]
        sheets.append(tile(panels, args.columns))
    elif args.queries:
        print(describe_lack(iq, args.split))
    if not sheets:
        raise ValueError(f'nothing to see at {root}: expected some of\n{LAYOUT}')
    return stack(sheets)


def main() -> None:
    """Lay out and write."""
    args = parse_args()
    lay_out(args).save(args.out, quality=90)
    print(args.out)


if __name__ == '__main__':
    run_tool(main)
