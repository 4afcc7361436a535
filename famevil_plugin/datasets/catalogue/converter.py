"""Write products and triplets in the layouts of FashionGen and FashionIQ."""

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from tqdm import tqdm

from famevil_plugin.atomic_files import write_json

from .json_files import read_json
from .made_triplets import Shown, make_triplets
from .names import unite_spellings
from .photo_writer import write_photo
from .product import CatalogueError, Product
from .report import Report
from .split import SPLITS, split_groups
from .table import Info, tabulate
from .triplets import (
    Parts,
    photo_groups,
    read_triplets,
    sides_of_triplets,
    sides_with_triplets,
    split_triplets,
    write_fashion_iq,
)

# position of each name
Names = dict[str | None, int]
# further from the fraction that was asked for is worth a remark
TOLERANCE = 0.03


class Written(NamedTuple):
    """A product whose photos are written.

    Attributes:
        product (Product): It.
        number (int): Its number in FashionGen's layout.
        photos (dict[str, Path]): Names of the shop's files, and what was
            written.
    """

    product: Product
    number: int
    photos: dict[str, Path]


def convert_catalogue(
    products: Sequence[Product],
    target: Path,
    triplets: Path | None = None,
    label_ids: Path | None = None,
    fraction: float = 0.15,
    seed: int = 0,
    max_side: int = 256,
    symbolic: bool = False,
    with_made_triplets: bool = False,
    report: Report | None = None,
) -> str:
    """Convert a catalogue into the folder ``target``.

    Args:
        products (Sequence[Product]): The catalogue.
        target (Path): Where to write.
        triplets (Path, optional): A folder with FashionIQ's ``captions/``
            and ``image_splits/``.
        label_ids (Path, optional): A JSON file {name: {"id": int}} with the
            order of the sub-categories. Defaults to the alphabet's.
        fraction (float): Share of each stratum that validation should get.
        seed (int): Seed of the split and of made triplets.
        max_side (int): Longest side of a photo in pixels; 0 links the
            originals.
        symbolic (bool): Link by name instead of hard links.
        with_made_triplets (bool): Make triplets of the products'
            attributes.
        report (Report, optional): What reading the products left out
            already.

    Returns:
        str: The table of what was written and what was left out.

    Raises:
        CatalogueError: If nothing would be left for training or, with a
            fraction, for validation; says why.
    """
    report = Report() if report is None else report
    ids = read_label_ids(label_ids) if label_ids else {}
    products = unite_spellings(products, ids, report)
    parts = read_triplets(triplets) if triplets else None
    groups = photo_groups(products) if parts else {}
    written = write_all_photos(products, target, report, max_side, symbolic)
    sides = deal(written, parts, groups, fraction, seed, report)
    labels = list_names((product.label for product in products), ids)
    categories = list_names(product.category for product in products)
    infos: dict[str, list[Info]] = {split: [] for split in SPLITS}
    for one in written:
        infos[sides[one.product.group]].append(make_info(one, categories, labels))
    write_fashion_gen(target / 'FashionGen', infos, categories, labels)
    photos = {name: path for one in written for name, path in one.photos.items()}
    if parts:
        sides_of_photos = {photo: sides[groups[photo]] for photo in photos}
        parts = split_triplets(parts, sides_of_photos, report)
    elif with_made_triplets:
        photos = {path.stem: path for one in written for path in one.photos.values()}
        parts = make_triplets(
            {split: list(show(written, sides, split)) for split in SPLITS}, seed
        )
        report.remarks.append(
            'the triplets are machine-made, of the attributes that the export has: '
            'their scores tell of such texts, not of what people write'
        )
    if parts:
        write_fashion_iq(target / 'FashionIQ', parts, photos, symbolic)
    report.write(target)
    return tabulate(infos, parts, report, len(labels))


def write_all_photos(
    products: Sequence[Product],
    target: Path,
    report: Report,
    max_side: int,
    symbolic: bool,
) -> list[Written]:
    """Write the photos; return the products of which one could be read.

    Raises:
        CatalogueError: If there is none.
    """
    written = []
    numbered = list(zip(number_products(products), products, strict=True))
    for number, product in tqdm(numbered, 'photos', unit=' products'):
        photos = write_photos(
            product, target / 'FashionGen/images', number, report, max_side, symbolic
        )
        if photos:
            written.append(Written(product, number, photos))
        else:
            report.leave_out('everything', 'product', product.id, 'no photo to read')
        lacks = {
            'xmr, fic': ('no text', product.has_text),
            'scr': ('no sub-category', product.label is not None),
        }
        for tasks, (reason, has) in lacks.items():
            if photos and not has:
                report.leave_out(tasks, 'product', product.id, reason)
    if not written:
        raise CatalogueError(
            f'none of {len(products)} products has a photo that can be read:\n'
            + '\n'.join(report.summarise()[:8])
        )
    return written


def deal(
    written: Sequence[Written],
    parts: Parts | None,
    groups: Mapping[str, str],
    fraction: float,
    seed: int,
    report: Report,
) -> dict[str, str]:
    """The side of each group, see :mod:`split`.

    Raises:
        CatalogueError: If a side gets no product.
    """
    products = [one.product for one in written]
    fixed = sides_of_triplets(parts or {}, dict(groups))
    known = sides_with_triplets(parts or {})
    if len(known) == 1:
        fixed = {}
        report.remarks.append(
            f'the triplets have a {known.pop()} side alone: they were dealt to both '
            'sides with their products'
        )
    sides = split_groups(products, fraction, seed, fixed)
    counts = {s: sum(sides[p.group] == s for p in products) for s in SPLITS}
    share = counts['val'] / len(products)
    if not counts['train'] or (fraction and not counts['val']):
        empty = 'training' if not counts['train'] else 'validation'
        raise CatalogueError(
            f'no product is left for {empty}: there are {len(products)} in '
            f'{len({p.group for p in products})} groups, and a group stays '
            f'on one side{" that its triplets say" if fixed else ""}; bring more '
            'products, or name another column by --columns group=COLUMN\n'
            + '\n'.join(report.summarise()[:8])
        )
    if abs(share - fraction) > TOLERANCE:
        reason = 'as the triplets say' if fixed else 'as far as groups and counts allow'
        report.remarks.append(
            f'validation has {share:.1%} of the products, {fraction:.1%} were asked '
            f'for: {reason}'
        )
    return sides


def make_info(one: Written, categories: Names, labels: Names) -> Info:
    """Make the entry of a product, as FashionGen's layout has it."""
    product = one.product
    return dict(
        images=[f'images/{path.name}' for path in one.photos.values()],
        id=one.number,
        shop_id=product.id,
        title=product.title,
        description=product.description,
        attributes_id=[],
        category_id=categories.get(product.category),
        subcategory_id=labels.get(product.label),
    )


def show(
    written: Iterable[Written], sides: Mapping[str, str], split: str
) -> Iterable[Shown]:
    """The products of a side as made triplets show them."""
    for one in written:
        product = one.product
        if sides[product.group] == split:
            main = next(iter(one.photos.values()))
            yield Shown(main.stem, product.label, product.category, product.attributes)


def write_fashion_gen(
    folder: Path, infos: Mapping[str, list[Info]], categories: Names, labels: Names
) -> None:
    """Write the lists of FashionGen's layout."""
    for split, products in infos.items():
        write_json(folder / f'{split}_info.json', products)
    write_json(folder / 'categories.json', list(categories))
    write_json(folder / 'subcategories.json', list(labels))


def read_label_ids(path: Path) -> dict[str, int]:
    """Read the ids of the sub-categories."""
    what = 'an object {name: {"id": int}}'
    content = read_json(path, dict, what)
    try:
        return {name: int(entry['id']) for name, entry in content.items()}
    except (TypeError, KeyError, ValueError, OverflowError):
        raise CatalogueError(f'{path} must hold {what}') from None


def list_names(
    names: Iterable[str | None], ids: Mapping[str, int] = MappingProxyType({})
) -> Names:
    """Position of each name: those with given ids first, in their order."""
    given = sorted(ids, key=lambda name: ids[name])
    found = {name for name in names if name is not None}
    ordered = given + sorted(found - set(given))
    return {name: position for position, name in enumerate(ordered)}


def number_products(products: Sequence[Product]) -> list[int]:
    """The products' own numbers where all have a unique one, else the
    position."""
    own = [p.number for p in products if p.number is not None]
    usable = len(set(own)) == len(products)
    return own if usable else list(range(len(products)))


def write_photos(
    product: Product,
    images: Path,
    number: int,
    report: Report,
    max_side: int,
    symbolic: bool,
) -> dict[str, Path]:
    """Write a product's photos; return names and paths of those that worked."""
    written: dict[str, Path] = {}
    for view, photo in enumerate(product.photos):
        try:
            path = write_photo(photo, images / f'{number}_{view}', max_side, symbolic)
        except ValueError as error:
            reason = 'not readable' if os.path.isfile(photo) else 'missing'
            report.leave_out('everything', 'photo', product.id, reason, str(error))
        else:
            name = photo.stem if photo.stem not in written else str(photo)
            written[name] = path
    return written
