"""Turn a shop's catalogue into the layouts of FashionGen and FashionIQ.

``python tools/dataset_converters/catalogue.py SRC DST`` reads::

    SRC/manifest.json       a list of products: id, images, and what there is
                            of product_id, group, title, description,
                            description_long, category, subcategory_norm or
                            subcategory
    SRC/subcategories.json  optional: {name: {"id": int}}, the label ids
    SRC/tgir_template/      optional: FashionIQ's captions/ and image_splits/;
                            an id is the name of a photo's file, without .jpg

and writes what the data sets ``FashionGen`` and ``FashionIQ`` read::

    DST/FashionGen/{train,val}_info.json  categories.json  subcategories.json
    DST/FashionGen/images/<product>_<view>.jpg
    DST/FashionIQ/captions/cap.{dress,shirt,toptee}.{train,val}.json
    DST/FashionIQ/image_splits/split.{dress,shirt,toptee}.{train,val}.json
    DST/FashionIQ/images/<id>.jpg

Nothing is invented: a missing text is written as '' and a missing label as
null, and the data sets leave the product out of just the tasks that need it
(XMR and FIC need a text, SCR a label).

The split. Products of one ``group`` stay together. Where triplets exist,
their own split is followed: groups seen in one of their validation files are
validation, the others they name are training. All the other groups are dealt
in a seeded random order, so that each stratum (a sub-category's products with
a text, and those without) comes to ``--val-fraction`` of its products in
validation, and every stratum that spans two groups and has at least
``MIN_PRODUCTS`` has some on both sides. Triplets whose two photos come to
different sides are dropped and counted; there are none if the triplets' split
respects the groups.
"""

import argparse
import html
import json
import os
import random
import re
import shutil
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product as product_of
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

from PIL import Image, ImageOps

GARMENTS = ('dress', 'shirt', 'toptee')
SPLITS = ('train', 'val')
# A class with fewer products is left to chance: holding one of two or three
# out would cost training more than it tells.
MIN_PRODUCTS = 4
DESCRIPTIONS = ('description', 'description_long')
MACHINE_DESCRIPTION = 'machine_image_description'
# FashionGen stores at most 400 characters of a description.
MAX_DESCRIPTION = 400

Product: TypeAlias = dict[str, Any]
# A sub-category, and whether there is a text.
Stratum: TypeAlias = tuple[str, bool]


class CatalogueError(Exception):
    """The catalogue or the command line is not as it must be."""


class Triplets(NamedTuple):
    """A garment's triplets, and the ids of the photos in its gallery."""

    captions: list[dict[str, Any]]
    gallery: list[str]


@dataclass
class Report:
    """What was left out, for the table at the end."""

    left_out: Counter[str] = field(default_factory=Counter)
    bad_photos: list[str] = field(default_factory=list)


# ---------------------------------------------------------------- reading


def read_json(path: Path, kind: type, what: str) -> Any:
    """Read a JSON file that must hold a ``kind``."""
    if not path.is_file():
        beside = ', '.join(sorted(p.name for p in path.parent.glob('*'))[:6])
        raise CatalogueError(f'no file {path}: expected {what}; its folder '
                             f'holds {beside or "nothing"}')
    try:
        content = json.loads(path.read_text(encoding='utf-8'))
    except ValueError as error:
        raise CatalogueError(f'{path} is no valid JSON: {error}') from None
    if not isinstance(content, kind):
        raise CatalogueError(f'{path} must hold {what}, got a '
                             f'{type(content).__name__}')
    return content


def read_products(source: Path) -> list[Product]:
    """Read the manifest and check the fields that are used."""
    path = source / 'manifest.json'
    products = read_json(path, list, 'a list of products')
    for position, product in enumerate(products):
        if not isinstance(product, dict):
            raise CatalogueError(f'{path}: product {position} must be an '
                                 f'object, got {product!r}')
        check_product(product, f'{path}: product {position}')
    for name, count in Counter(p['id'] for p in products).items():
        if count > 1:
            raise CatalogueError(f'{path}: id {name!r} is given to {count} '
                                 'products; make the ids unique')
    return products


def check_product(product: Product, where: str) -> None:
    """Check the types of a product's fields; ``where`` opens the error."""
    photos = product.get('images')
    if not isinstance(product.get('id'), str):
        raise CatalogueError(f"{where}: 'id' must be a str, got "
                             f'{product.get("id")!r}')
    if not isinstance(photos, list) or not all(
            isinstance(photo, str) for photo in photos):
        raise CatalogueError(f"{where}: 'images' must be a list of paths, "
                             f'got {photos!r}')
    for key in ('group', 'title', 'category', 'subcategory',
                'subcategory_norm', *DESCRIPTIONS, MACHINE_DESCRIPTION):
        if not isinstance(product.get(key, None), str | None):
            raise CatalogueError(f'{where}: {key!r} must be a str or null, '
                                 f'got {product[key]!r}')


def read_label_ids(path: Path) -> dict[str, int]:
    """Read the ids of the sub-categories; none if there is no file."""
    if not path.exists():
        return {}
    what = 'an object {name: {"id": int}}'
    content = read_json(path, dict, what)
    try:
        return {name: int(entry['id']) for name, entry in content.items()}
    except (TypeError, KeyError, ValueError):
        raise CatalogueError(f'{path} must hold {what}') from None


def read_triplets(folder: Path) -> dict[str, Triplets] | None:
    """Read FashionIQ's layout by garment; each triplet notes its split."""
    if not folder.is_dir():
        return None
    content = {garment: Triplets([], []) for garment in GARMENTS}
    for garment, split in product_of(GARMENTS, SPLITS):
        captions = folder / f'captions/cap.{garment}.{split}.json'
        gallery = folder / f'image_splits/split.{garment}.{split}.json'
        if not captions.exists() and not gallery.exists():
            continue
        for triplet in read_json(captions, list, 'a list of triplets'):
            missing = {'candidate', 'target', 'captions'} - set(triplet)
            if missing:
                raise CatalogueError(f'{captions}: a triplet lacks '
                                     f'{", ".join(sorted(missing))}')
            content[garment].captions.append(triplet | dict(split=split))
        content[garment].gallery.extend(
            read_json(gallery, list, 'a list of photo ids'))
    return content


# ------------------------------------------------------- texts and labels


def clean_text(text: str | None, limit: int | None = None) -> str:
    """Free a text of HTML and odd spaces; cut it at a sentence's end.

    Where no sentence ends within ``limit`` characters, it is cut at a word.
    """
    text = html.unescape(text or '')
    text = re.sub(r'</?[a-zA-Z][^<>]*>', ' ', text)
    text = ' '.join(text.split())
    if limit is None or len(text) <= limit:
        return text
    ends = [end.end() for end in re.finditer(r'[.!?](?=\s)', text)]
    fitting = [end for end in ends if end <= limit]
    if fitting:
        return text[:fitting[-1]]
    return text[:limit + 1].rsplit(' ', 1)[0][:limit]


def describe(product: Product, machine_text: bool = False) -> str:
    """The product's description: the first of its fields that says a word."""
    keys = DESCRIPTIONS + (MACHINE_DESCRIPTION, ) * machine_text
    texts = (clean_text(product.get(key), MAX_DESCRIPTION) for key in keys)
    return next((text for text in texts if text), '')


def number_products(products: Sequence[Product]) -> list[int]:
    """``product_id`` where all have a unique one, else the position."""
    ids = [p['product_id'] for p in products
           if type(p.get('product_id')) is int]
    usable = len(set(ids)) == len(products)
    return ids if usable else list(range(len(products)))


def label_key(products: Iterable[Product]) -> str:
    """The field of the sub-category: the normalised one where it exists."""
    normalised = any(p.get('subcategory_norm') for p in products)
    return 'subcategory_norm' if normalised else 'subcategory'


def list_names(products: Iterable[Product],
               key: str,
               ids: Mapping[str, int] = MappingProxyType({})) -> list[str]:
    """Names of a label in id order: those with given ids, then the others."""
    given = sorted(ids, key=lambda name: ids[name])
    found = {product[key] for product in products if product.get(key)}
    return given + sorted(found - set(given))


# -------------------------------------------------------------- the split


def photo_groups(products: Iterable[Product]) -> dict[str, str]:
    """The group of each photo, by the name of its file.

    Raises:
        CatalogueError: If triplets could mean two photos by one name.
    """
    groups: dict[str, str] = {}
    for product in products:
        for photo in product['images']:
            name = Path(photo).stem
            if name in groups:
                raise CatalogueError(
                    f'two photos are named {name!r}, one is {photo}; '
                    'triplets name photos by their file, so rename one')
            groups[name] = group_of(product)
    return groups


def group_of(product: Product) -> str:
    """Products without a group are a group of their own."""
    return product.get('group') or product['id']


def stratum_of(product: Product, key: str) -> Stratum:
    """What validation should have its share of: a label, with text or not."""
    texts = (product.get(name) for name in ('title', *DESCRIPTIONS))
    return product.get(key) or '', any(texts)


def sides_of_triplets(triplets: dict[str, Triplets],
                      groups: dict[str, str]) -> dict[str, str]:
    """The side of each group that triplets name; validation wins."""
    sides: dict[str, str] = {}
    for garment in triplets.values():
        for triplet in garment.captions:
            for photo in (triplet['candidate'], triplet['target']):
                group = groups.get(photo)
                if group and sides.get(group) != 'val':
                    sides[group] = triplet['split']
    return sides


def split_groups(products: Sequence[Product],
                 key: str,
                 fraction: float,
                 seed: int = 0,
                 fixed: Mapping[str, str] = MappingProxyType({})
                 ) -> dict[str, str]:
    """Deal groups to ``train`` and ``val``, as the module docstring says.

    Args:
        products (Sequence[dict]): The catalogue.
        key (str): The field of the sub-category.
        fraction (float): Share of each stratum that validation should get.
        seed (int): Seed of the order in which groups are dealt.
        fixed (Mapping[str, str]): Groups whose side is known.

    Returns:
        dict[str, str]: The side of each group.
    """
    content: dict[str, Counter[Stratum]] = defaultdict(Counter)
    for product in products:
        content[group_of(product)][stratum_of(product, key)] += 1
    totals: Counter[Stratum] = Counter()
    spread: Counter[Stratum] = Counter()
    for strata in content.values():
        totals.update(strata)
        spread.update(strata.keys())
    wanted = {
        stratum: max(round(fraction * count), int(count >= MIN_PRODUCTS))
        if fraction and spread[stratum] > 1 else 0
        for stratum, count in totals.items()
    }

    sides = dict(fixed)
    held: Counter[Stratum] = Counter()
    for group, strata in content.items():
        if sides.get(group) == 'val':
            held.update(strata)
    free = sorted(set(content) - set(sides))
    random.Random(seed).shuffle(free)
    for group in free:
        strata = content[group]
        fits = all(held[stratum] + count <= wanted[stratum]
                   for stratum, count in strata.items())
        sides[group] = 'val' if fits else 'train'
        if fits:
            held.update(strata)

    # Strata that come in big groups only: hold out their smallest group, as
    # long as no stratum loses all its training products by it.
    for stratum in sorted(wanted):
        if held[stratum] or not wanted[stratum]:
            continue
        for group in sorted(free, key=lambda name: content[name].total()):
            strata = content[group]
            if stratum in strata and all(held[name] + count < totals[name]
                                         for name, count in strata.items()):
                sides[group] = 'val'
                held.update(strata)
                break
    return sides


def split_triplets(triplets: dict[str, Triplets], sides: dict[str, str],
                   report: Report) -> dict[tuple[str, str], Triplets]:
    """Give triplets and galleries to the side of their photos.

    Args:
        triplets (dict[str, Triplets]): What the catalogue brings.
        sides (dict[str, str]): ``train`` or ``val`` by photo id; a photo
            that could not be read is not in it.
        report (Report): Where dropped triplets are counted.

    Returns:
        dict[tuple[str, str], Triplets]: By garment and split.
    """
    parts = {part: Triplets([], []) for part in product_of(GARMENTS, SPLITS)}
    for garment in GARMENTS:
        named = list(triplets[garment].gallery)
        for triplet in triplets[garment].captions:
            candidate, target = triplet['candidate'], triplet['target']
            if candidate not in sides or target not in sides:
                report.left_out['tgir: triplets with a photo missing'] += 1
            elif sides[candidate] != sides[target]:
                report.left_out['tgir: triplets across the split'] += 1
            else:
                named += (candidate, target)
                parts[garment, sides[target]].captions.append(
                    dict(
                        candidate=candidate,
                        target=target,
                        captions=triplet['captions']))
        for photo in dict.fromkeys(named):
            if photo in sides:
                parts[garment, sides[photo]].gallery.append(photo)
    return parts


# -------------------------------------------------------------- the photos


def open_photo(path: Path) -> Image.Image:
    """Decode a photo fully: upright, RGB, transparency on white."""
    with Image.open(path) as photo:
        photo = ImageOps.exif_transpose(photo)
        if photo.mode in ('RGBA', 'LA', 'PA') or 'transparency' in photo.info:
            photo = photo.convert('RGBA')
            white = Image.new('RGBA', photo.size, 'white')
            photo = Image.alpha_composite(white, photo)
        return photo.convert('RGB')


def link(source: Path, target: Path, symbolic: bool = False) -> None:
    """Link a file, or copy it where the file system refuses."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        if symbolic:
            target.symlink_to(source.resolve())
        else:
            os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def write_photo(source: Path, target: Path, max_side: int,
                symbolic: bool) -> Path:
    """Write a photo; its name ends in ``.jpg`` if it was scaled.

    Args:
        source (Path): The catalogue's photo.
        target (Path): Where to write, without a suffix.
        max_side (int): Longest side in pixels; 0 links the original.
        symbolic (bool): Link by name instead of a hard link.

    Raises:
        OSError: If the photo is missing or cannot be decoded.
    """
    photo = open_photo(source)
    if not max_side:
        target = target.with_name(target.name + source.suffix.lower())
        link(source, target, symbolic)
        return target
    target = target.with_name(target.name + '.jpg')
    scale = max_side / max(photo.size)
    if scale < 1:
        size = [max(1, round(side * scale)) for side in photo.size]
        photo = photo.resize(size, Image.Resampling.LANCZOS)
    target.parent.mkdir(parents=True, exist_ok=True)
    photo.save(target, quality=92)
    return target


def write_photos(source: Path, images: Path, product: Product, number: int,
                 report: Report, max_side: int,
                 symbolic: bool) -> list[tuple[str, Path]]:
    """Write a product's photos; return ids and paths of those that worked."""
    written = []
    for view, photo in enumerate(product['images']):
        try:
            path = write_photo(source / photo, images / f'{number}_{view}',
                               max_side, symbolic)
        except (OSError, ValueError, SyntaxError,
                Image.DecompressionBombError):
            # All the ways in which Pillow says that it cannot read a file.
            report.bad_photos.append(photo)
        else:
            written.append((Path(photo).stem, path))
    return written


# ------------------------------------------------------------- the output


def write_json(path: Path, content: Any) -> None:
    """Write a JSON file in plain ASCII, readable under any locale."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1) + '\n', encoding='ascii')


def convert(source: Path,
            target: Path,
            fraction: float = 0.15,
            seed: int = 0,
            max_side: int = 256,
            symbolic: bool = False,
            machine_text: bool = False) -> str:
    """Convert a catalogue into the folder ``target``.

    Args:
        source (Path): The catalogue.
        target (Path): Where to write.
        fraction (float): Share of each stratum that validation should get.
        seed (int): Seed of the split.
        max_side (int): Longest side of a photo in pixels; 0 links the
            originals.
        symbolic (bool): Link by name instead of hard links.
        machine_text (bool): Fall back on a machine's text about the photo.

    Returns:
        str: The table of what was written and what was left out.
    """
    report = Report()
    products = read_products(source)
    key = label_key(products)
    subcategories = list_names(products, key,
                               read_label_ids(source / 'subcategories.json'))
    categories = list_names(products, 'category')
    triplets = read_triplets(source / 'tgir_template')
    groups = photo_groups(products) if triplets else {}
    sides = split_groups(products, key, fraction, seed,
                         sides_of_triplets(triplets or {}, groups))

    infos: dict[str, list[Product]] = {split: [] for split in SPLITS}
    photos: dict[str, Path] = {}
    numbers = number_products(products)
    for number, product in zip(numbers, products, strict=True):
        written = write_photos(source, target / 'FashionGen/images', product,
                               number, report, max_side, symbolic)
        photos.update(written)
        if not written:
            report.left_out['products without a readable photo'] += 1
            continue
        category, label = product.get('category'), product.get(key)
        infos[sides[group_of(product)]].append(
            dict(
                images=[f'images/{path.name}' for _, path in written],
                id=number,
                title=clean_text(product.get('title')),
                description=describe(product, machine_text),
                attributes_id=[],
                category_id=categories.index(category) if category else None,
                subcategory_id=subcategories.index(label) if label else None))
    for split in SPLITS:
        write_json(target / f'FashionGen/{split}_info.json', infos[split])
    write_json(target / 'FashionGen/categories.json', categories)
    write_json(target / 'FashionGen/subcategories.json', subcategories)

    parts = None
    if triplets:
        parts = split_triplets(
            triplets, {photo: sides[groups[photo]] for photo in photos},
            report)
        write_fashion_iq(target / 'FashionIQ', parts, photos, symbolic)
    return tabulate(infos, parts, report, subcategories)


def write_fashion_iq(folder: Path, parts: dict[tuple[str, str], Triplets],
                     photos: dict[str, Path], symbolic: bool) -> None:
    """Write FashionIQ's layout; its photos are links to FashionGen's."""
    (folder / 'images').mkdir(parents=True)
    for (garment, split), (captions, gallery) in parts.items():
        write_json(folder / f'captions/cap.{garment}.{split}.json', captions)
        write_json(folder / f'image_splits/split.{garment}.{split}.json',
                   gallery)
    for photo in {p for _, gallery in parts.values() for p in gallery}:
        path = photos[photo]
        link(path, folder / f'images/{photo}{path.suffix}', symbolic)


def tabulate(infos: dict[str, list[Product]],
             parts: dict[tuple[str, str], Triplets] | None, report: Report,
             subcategories: Sequence[str]) -> str:
    """The table at the end: what each task has, and what was left out."""

    def count(items: Iterable[Product]) -> str:
        items = list(items)
        return f'{len(items)} ({sum(len(p["images"]) for p in items)})'

    def has_text(product: Product) -> bool:
        return bool(product['title'] or product['description'])

    def has_label(product: Product) -> bool:
        return product['subcategory_id'] is not None

    def lack(has: Callable[[Product], bool]) -> int:
        return sum(not has(product) for side in infos.values()
                   for product in side)

    rows = [('', 'train', 'val'),
            ('products (photos)', *map(count, infos.values()))]
    for task, has in (('xmr', has_text), ('scr', has_label),
                      ('fic', has_text)):
        rows.append((f'{task} products (photos)',
                     *(count(filter(has, side)) for side in infos.values())))
    classes = [{p['subcategory_id'] for p in side if has_label(p)}
               for side in infos.values()]
    rows.append((f'scr classes of {len(subcategories)}',
                 *(str(len(side)) for side in classes)))
    cells = {
        part: f'{len(captions)} ({len(gallery)})'
        for part, (captions, gallery) in (parts or {}).items()
    }
    for garment in GARMENTS if parts else ():
        rows.append((f'tgir {garment} triplets (gallery)',
                     *(cells[garment, split] for split in SPLITS)))
    lines = [f'{name:<32}{train:>14}{val:>14}' for name, train, val in rows]

    left_out = Counter({
        'xmr, fic: products without a text': lack(has_text),
        'scr: products without a label': lack(has_label),
        'scr: classes seen in validation only': len(classes[1] - classes[0]),
        'photos: missing or unreadable': len(report.bad_photos),
        **report.left_out
    })
    lines += ['', 'left out:'] + [
        f'  {count:>6}  {reason}' for reason, count in left_out.items()
    ]
    lines += [f'          {photo}' for photo in report.bad_photos[:5]]
    if len(report.bad_photos) > 5:
        lines.append(f'          and {len(report.bad_photos) - 5} more')
    if parts is None:
        lines.append('  all of tgir: the catalogue has no tgir_template/')
    return '\n'.join(lines)


def check_target(source: Path, target: Path, overwrite: bool) -> None:
    """Refuse targets that would cost the user files."""
    source = source.resolve()
    if source == target or target in source.parents:
        raise CatalogueError(f'DST {target} holds SRC {source}; choose a '
                             'folder outside of it')
    if not target.exists():
        return
    if not target.is_dir():
        raise CatalogueError(f'DST {target} is a file; expected a folder to '
                             'make')
    held = sorted(path.name for path in target.iterdir())
    if not overwrite and held:
        raise CatalogueError(
            f'DST {target} exists and holds {", ".join(held[:6])}; pass '
            '--overwrite to replace it, or choose another folder')
    foreign = set(held) - {'FashionGen', 'FashionIQ'}
    if foreign:
        raise CatalogueError(
            f'DST {target} holds {", ".join(sorted(foreign)[:6])}, which no '
            'conversion wrote; --overwrite replaces FashionGen/ and '
            'FashionIQ/ only. Choose another folder')


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
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('source', metavar='SRC', type=Path, help='catalogue')
    parser.add_argument(
        'target', metavar='DST', type=Path, help='folder to make')
    parser.add_argument(
        '--val-fraction',
        type=float,
        default=0.15,
        help='share of each sub-category in validation (default: 0.15)')
    parser.add_argument(
        '--seed', type=int, default=0, help='seed of the split (default: 0)')
    parser.add_argument(
        '--max-side',
        type=int,
        help='scale photos down to this longest side in pixels; 0 links the '
        'originals (default: 256, or 0 with --symlink). For a model that '
        'sees 224 pixels or more, 0 or 400 keeps tall photos sharp')
    parser.add_argument(
        '--symlink',
        action='store_true',
        help='link the originals by name, not by hard links')
    parser.add_argument(
        '--machine-text',
        action='store_true',
        help='use machine_image_description where no description is written')
    parser.add_argument(
        '--overwrite',
        action='store_true',
        help='replace an earlier conversion in DST')
    args = parser.parse_args(arguments)
    if not 0 <= args.val_fraction < 1:
        parser.error('--val-fraction must be at least 0 and below 1, got '
                     f'{args.val_fraction}')
    if args.symlink and args.max_side:
        parser.error('--symlink links the originals, so --max-side must be 0, '
                     f'got {args.max_side}')
    if args.max_side is None:
        args.max_side = 0 if args.symlink else 256
    if args.max_side < 0:
        parser.error(f'--max-side must be at least 0, got {args.max_side}')
    return args


def main(arguments: Sequence[str] | None = None) -> None:
    """Convert, and put the result in place only when it is complete."""
    args = parse_args(arguments)
    target = args.target.resolve()
    partial = target.with_name(f'{target.name}.partial-{os.getpid()}')
    try:
        check_target(args.source, target, args.overwrite)
        partial.mkdir(parents=True)
        table = convert(args.source, partial, args.val_fraction, args.seed,
                        args.max_side, args.symlink, args.machine_text)
        replace_folder(partial, target)
    except CatalogueError as error:
        raise SystemExit(f'error: {error}') from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    print(f'{args.source} -> {target}\n{table}')


if __name__ == '__main__':
    main()
