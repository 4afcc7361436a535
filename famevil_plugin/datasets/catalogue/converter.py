"""Writes products and triplets in the layouts of FashionGen and FashionIQ."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tqdm import tqdm

from famevil_plugin.datasets.fashion_iq import GARMENTS

from .json_files import read_json, write_json
from .photos import UnreadablePhotoError, write_photo
from .product import CatalogueError, Product
from .split import SPLITS, split_groups
from .triplets import (
    Parts,
    photo_groups,
    read_triplets,
    sides_of_triplets,
    split_triplets,
    write_fashion_iq,
)

# a product as FashionGen's layout has it
Info = dict[str, Any]
# a product's photos that worked: id and path
Photos = list[tuple[str, Path]]


@dataclass
class Report:
    """Things left out, for the table at the end."""

    left_out: Counter[str] = field(default_factory=Counter)
    bad_photos: list[dict[str, str]] = field(default_factory=list)


def convert_catalogue(
    products: Sequence[Product],
    target: Path,
    triplets: Path | None = None,
    label_ids: Path | None = None,
    fraction: float = 0.15,
    seed: int = 0,
    max_side: int = 256,
    symbolic: bool = False,
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
        seed (int): Seed of the split.
        max_side (int): Longest side of a photo in pixels; 0 links the
            originals.
        symbolic (bool): Link by name instead of hard links.

    Returns:
        str: The table of what was written and what was left out.
    """
    report = Report()
    ids = read_label_ids(label_ids) if label_ids else {}
    labels = list_names((product.label for product in products), ids)
    categories = list_names(product.category for product in products)
    parts = read_triplets(triplets) if triplets else None
    groups = photo_groups(products) if parts else {}
    sides = split_groups(
        products, fraction, seed, sides_of_triplets(parts or {}, groups)
    )

    infos: dict[str, list[Info]] = {split: [] for split in SPLITS}
    photos: dict[str, Path] = {}
    numbered = list(zip(number_products(products), products, strict=True))
    for number, product in tqdm(numbered, 'photos', unit=' products'):
        written = write_photos(
            product, target / 'FashionGen/images', number, report, max_side, symbolic
        )
        photos.update(written)
        if not written:
            report.left_out['products without a readable photo'] += 1
            continue
        infos[sides[product.group]].append(
            dict(
                images=[f'images/{path.name}' for _, path in written],
                id=number,
                shop_id=product.id,
                title=product.title,
                description=product.description,
                attributes_id=[],
                category_id=categories.get(product.category),
                subcategory_id=labels.get(product.label),
            )
        )
    for split in SPLITS:
        write_json(target / f'FashionGen/{split}_info.json', infos[split])
    write_json(target / 'FashionGen/categories.json', list(categories))
    write_json(target / 'FashionGen/subcategories.json', list(labels))
    if report.bad_photos:
        write_json(target / 'FashionGen/bad_photos.json', report.bad_photos)

    if parts:
        parts = split_triplets(
            parts, {photo: sides[groups[photo]] for photo in photos}, report.left_out
        )
        write_fashion_iq(target / 'FashionIQ', parts, photos, symbolic)
    return tabulate(infos, parts, report, len(labels))


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
) -> dict[str | None, int]:
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
) -> Photos:
    """Write a product's photos; return ids and paths of those that worked."""
    written = []
    for view, photo in enumerate(product.photos):
        try:
            path = write_photo(photo, images / f'{number}_{view}', max_side, symbolic)
        except UnreadablePhotoError as error:
            report.bad_photos.append(
                dict(shop_id=product.id, photo=str(photo), reason=str(error))
            )
        else:
            written.append((photo.stem, path))
    return written


def tabulate(
    infos: dict[str, list[Info]], parts: Parts | None, report: Report, labels: int
) -> str:
    """The table at the end: what each task has, and what was left out."""

    def count(items: Iterable[Info]) -> str:
        items = list(items)
        return f'{len(items)} ({sum(len(p["images"]) for p in items)})'

    def has_text(product: Info) -> bool:
        return bool(product['title'] or product['description'])

    def has_label(product: Info) -> bool:
        return product['subcategory_id'] is not None

    def lack(has: Callable[[Info], bool]) -> int:
        return sum(not has(product) for side in infos.values() for product in side)

    rows = [('', 'train', 'val'), ('products (photos)', *map(count, infos.values()))]
    for task, has in (('xmr', has_text), ('scr', has_label), ('fic', has_text)):
        rows.append(
            (
                f'{task} products (photos)',
                *(count(filter(has, side)) for side in infos.values()),
            )
        )
    classes = [
        {p['subcategory_id'] for p in side if has_label(p)} for side in infos.values()
    ]
    rows.append((f'scr classes of {labels}', *(str(len(side)) for side in classes)))
    cells = {
        part: f'{len(captions)} ({len(gallery)})'
        for part, (captions, gallery) in (parts or {}).items()
    }
    for garment in GARMENTS if parts else ():
        rows.append(
            (
                f'tgir {garment} triplets (gallery)',
                *(cells[garment, split] for split in SPLITS),
            )
        )
    lines = [f'{name:<32}{train:>14}{val:>14}' for name, train, val in rows]

    left_out = Counter(
        {
            'xmr, fic: products without a text': lack(has_text),
            'scr: products without a label': lack(has_label),
            'scr: classes seen in validation only': len(classes[1] - classes[0]),
            'photos: missing or unreadable': len(report.bad_photos),
            **report.left_out,
        }
    )
    lines += ['', 'left out:'] + [
        f'  {count:>6}  {reason}' for reason, count in left_out.items()
    ]
    lines += [
        f'          {ascii(bad["photo"])[1:-1]}: {ascii(bad["reason"])[1:-1]}'
        for bad in report.bad_photos[:5]
    ]
    if len(report.bad_photos) > 5:
        lines.append('          and more: see FashionGen/bad_photos.json')
    if parts is None:
        lines.append('  all of tgir: the catalogue brings no triplets')
    return '\n'.join(lines)
