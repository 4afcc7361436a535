"""Is a data set whole? Its files, counts, photos and texts, checked.

A fault is what a training would stop at or a score would suffer from; a
note is what is left out of a task or seen only in part.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from multiprocessing.pool import ThreadPool
from pathlib import Path
from typing import Any, NamedTuple

from open_clip.tokenizer import SimpleTokenizer
from tqdm import tqdm

from famevil_plugin.findings import Findings
from famevil_plugin.models.backbone import backbone_config
from famevil_plugin.photos import decode_photo
from famevil_plugin.tokenizer import build_tokenizer, find_losses, lost_percentage

from .annotations import (
    Product,
    Triplet,
    find_garments,
    read_names,
    read_photo_ids,
    read_products,
    read_triplets,
)
from .data_root import LAYOUT
from .fashion_gen import PAPER_NEEDS, describe_lack, has_needs
from .fashion_iq import describe_lack as describe_missing_triplets
from .photo_files import find_by_id, find_by_path

SPLITS = ('train', 'val')
# by data set, the tasks that it may serve
TASKS = dict(FashionGen=tuple(PAPER_NEEDS), FashionIQ=('tgir',))
# arXiv 1806.08317, and the training products that the paper counts
OFFICIAL_FASHION_GEN = {
    'train photos': 260490,
    'val photos': 32528,
    'train products': 60147,
    'sub-categories': 121,
}
# arXiv 1905.12794, its files of 2020
OFFICIAL_FASHION_IQ = {
    'dress train triplets': 5985,
    'shirt train triplets': 5988,
    'toptee train triplets': 6027,
    'dress val triplets': 2017,
    'shirt val triplets': 2038,
    'toptee val triplets': 1961,
    'dress gallery, original': 3817,
    'shirt gallery, original': 6346,
    'toptee gallery, original': 5373,
    'dress gallery, val': 2628,
    'shirt gallery, val': 3089,
    'toptee gallery, val': 2902,
}


@dataclass
class Report(Findings):
    """The content of one data set.

    Attributes:
        name (str): ``FashionGen`` or ``FashionIQ``.
        official (dict[str, int]): The counts of the published data set.
        counts (dict[str, int]): What there is, in words.
        left_out (dict[str, str]): By task that it does not serve, the reason.
    """

    name: str
    official: dict[str, int]
    counts: dict[str, int] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)

    @property
    def is_official(self) -> bool:
        """Whether it is the published data set: some count is the same."""
        return any(
            self.counts.get(name) == count for name, count in self.official.items()
        )


def verify(
    root: Path,
    quick: bool = False,
    jobs: int = 1,
    tokenizers: Sequence[Mapping[str, int]] = ({},),
) -> list[Report]:
    """Check the data sets of a folder.

    Args:
        root (Path): Holds ``FashionGen/``, ``FashionIQ/`` or both, or is one
            of them.
        quick (bool): Whether to leave the photos closed.
        jobs (int): Threads that open photos.
        tokenizers (Sequence[Mapping]): Arguments of
            :func:`~famevil_plugin.tokenizer.build_tokenizer`, of each
            tokenizer that texts are counted with. Defaults to CLIP's.

    Raises:
        FileNotFoundError: If there is neither.
    """
    parts = {
        _verify_fashion_gen: _place(root, 'FashionGen', '*_info.json'),
        _verify_fashion_iq: _place(root, 'FashionIQ', 'captions'),
    }
    how = _How(quick, jobs, [build_tokenizer(**each) for each in tokenizers])
    reports = [check(folder, how) for check, folder in parts.items() if folder]
    if not reports:
        raise FileNotFoundError(
            f'no data set at {root}: expected a folder with FashionGen/ or '
            f'FashionIQ/, or one of them itself:\n{LAYOUT}'
        )
    for report in reports:
        if report.is_official:
            report.fault(
                'counts are not the official ones',
                [
                    f'{name}: {report.counts[name]}, official {count}'
                    for name, count in report.official.items()
                    if report.counts.get(name, count) != count
                ],
            )
    return reports


def find_tokenizers(config: Mapping[str, Any]) -> list[dict[str, int]]:
    """Arguments of the tokenizers that a config's model reads texts with.

    They are those of its pipelines, or else the backbone's.
    """
    loaders = [part for key, part in config.items() if key.endswith('_dataloader')]
    found = list(_tokenizers_in(loaders))
    if not found:
        text = backbone_config(config['model']['encoder']['backbone'])['text_cfg']
        names = ('vocab_size', 'context_length')
        found = [{name: text[name] for name in names if name in text}]
    return [each for place, each in enumerate(found) if each not in found[:place]]


def _tokenizers_in(node: Any) -> Iterator[dict[str, int]]:
    if isinstance(node, Mapping):
        for key, value in node.items():
            if key == 'tokenizer' and isinstance(value, Mapping):
                yield dict(value)
            else:
                yield from _tokenizers_in(value)
    elif isinstance(node, (list, tuple)):
        for value in node:
            yield from _tokenizers_in(value)


class _How(NamedTuple):
    """How much is checked, by how many threads, with which tokenizers."""

    quick: bool
    jobs: int
    tokenizers: list[SimpleTokenizer]


def sort_tasks(reports: Sequence[Report]) -> tuple[list[str], dict[str, str]]:
    """The tasks that data sets serve, and by other task why they do not.

    Args:
        reports (Sequence[Report]): Of the data sets of one folder.
    """
    left_out = {
        task: f'there is no {name}/'
        for name, tasks in TASKS.items()
        for task in tasks
        if name not in {report.name for report in reports}
    }
    for report in reports:
        left_out |= report.left_out
    tasks = [task for some in TASKS.values() for task in some]
    return [task for task in tasks if task not in left_out], left_out


def _place(root: Path, name: str, content: str) -> Path | None:
    places = (root / name, root)
    return next((p for p in places if any(p.glob(content))), None)


def _verify_fashion_gen(root: Path, how: _How) -> Report:
    report = Report('FashionGen', OFFICIAL_FASHION_GEN)
    sides: dict[str, list[Product]] = {}
    names = None
    try:
        names = read_names(root / 'subcategories.json')
    except ValueError as error:
        report.fault('annotations cannot be read', [error])
    for split in SPLITS:
        try:
            sides[split] = read_products(root / f'{split}_info.json', names)
        except (ValueError, OSError) as error:
            report.fault('annotations cannot be read', [error])
            for task in TASKS['FashionGen']:
                report.left_out.setdefault(task, str(error))
            continue
        _verify_products(report, split, sides[split])
        for task, needs in PAPER_NEEDS.items():
            if not any(p.images and has_needs(p, needs) for p in sides[split]):
                lack = describe_lack(root / f'{split}_info.json', sides[split], needs)
                report.left_out.setdefault(task, lack)
    products = [product for side in sides.values() for product in side]
    labels = {p.label for p in products} - {None}
    report.counts['sub-categories'] = len(labels if names is None else names)
    ids = _by_side(sides, lambda product: [product.id])
    report.fault('products are on both sides', _on_both(ids))
    known = _by_side(sides, lambda product: [product.label])
    if len(sides) == len(SPLITS):
        report.note(
            'sub-categories are in val alone',
            sorted(known['val'] - known['train'] - {None}),
        )
    texts = {f'product {p.id}': p.text for p in products}
    _verify_texts(report, texts, how.tokenizers)
    paths = [path for product in products for path in product.images]
    report.note('photos are named more than once', _repeated(paths))
    found = find_by_path(root, paths)
    _verify_photos(
        report,
        dict.fromkeys(paths),
        found,
        _by_side(sides, lambda product: product.images),
        how,
    )
    return report


def _verify_products(report: Report, split: str, products: list[Product]) -> None:
    report.counts[f'{split} products'] = len(products)
    if not products:
        report.fault('there is no product in', [f'{split}_info.json'])
    report.counts[f'{split} photos'] = sum(len(p.images) for p in products)
    report.fault(
        f'ids are given to several products of {split}',
        _repeated(p.id for p in products),
    )
    report.note(
        f'products of {split} have no photo', (p.id for p in products if not p.images)
    )
    report.note(
        f'products of {split} have no sub-category',
        (p.id for p in products if p.label is None),
    )


def _verify_fashion_iq(root: Path, how: _How) -> Report:
    report = Report('FashionIQ', OFFICIAL_FASHION_IQ)
    sides: dict[str, set[str]] = {split: set() for split in SPLITS}
    texts: dict[str, str] = {}
    read: dict[str, list[int]] = {}
    garments = find_garments(root, SPLITS)
    if not garments:
        report.fault('no captions/cap.<garment>.<split>.json in', [root])
    for split in SPLITS:
        if not find_garments(root, [split]):
            lack = describe_missing_triplets(root, split)
            report.left_out.setdefault('tgir', lack)
    for garment in garments:
        own: dict[str, set[str]] = {}
        for split in SPLITS:
            try:
                triplets = read_triplets(root / f'captions/cap.{garment}.{split}.json')
                ids = read_photo_ids(
                    root / f'image_splits/split.{garment}.{split}.json'
                )
            except (ValueError, OSError) as error:
                report.fault('annotations cannot be read', [error])
                continue
            read.setdefault(split, []).append(len(triplets))
            own[split] = _verify_triplets(report, garment, split, triplets, ids)
            sides[split] |= own[split]
            texts |= {
                f'{garment} {split}, item {place}': ', '.join(t.captions)
                for place, t in enumerate(triplets)
            }
        report.fault(f'photos of {garment} are on both sides', _on_both(own))
    for split in SPLITS:
        # what cannot be read is named already
        if split in read and not any(read[split]):
            report.fault(f'there is no triplet of {split} in', [root / 'captions'])
    _verify_texts(report, texts, how.tokenizers)
    # 811 of the published photos are of two garments
    report.note('photos are on both sides', _on_both(sides))
    needed = dict.fromkeys(sorted(sides['train'] | sides['val']))
    report.counts['photos'] = len(needed)
    folder = root / 'images'
    found = find_by_id(folder) if folder.is_dir() else {}
    report.note(
        'photos are there more than once, of which the first is read',
        (
            f'{name}: {", ".join(found[name])}'
            for name in needed
            if len(found.get(name, ())) > 1
        ),
    )
    photos = {name: paths[0] for name, paths in found.items()}
    _verify_photos(report, needed, photos, sides, how)
    return report


def _verify_triplets(
    report: Report, garment: str, split: str, triplets: list[Triplet], ids: list[str]
) -> set[str]:
    """Count and check; return the ids that are named."""
    named = {name for t in triplets for name in (t.reference, t.target)}
    report.counts[f'{garment} {split} triplets'] = len(triplets)
    if split == 'val':
        report.counts[f'{garment} gallery, original'] = len(ids)
        report.counts[f'{garment} gallery, val'] = len(named)
    report.fault(
        f'photos of {garment} {split} triplets are not in image_splits',
        sorted(named - set(ids)),
    )
    report.note(
        f'{garment} {split} triplets are there more than once',
        _repeated(
            f'{t.reference} -> {t.target}: {", ".join(t.captions)}' for t in triplets
        ),
    )
    report.note(
        f'{garment} {split} triplets have a blank caption',
        (f'item {place}' for place, t in enumerate(triplets) if len(t.captions) < 2),
    )
    return named | set(ids)


def _verify_texts(
    report: Report, texts: Mapping[str, str], tokenizers: Sequence[SimpleTokenizer]
) -> None:
    """Empty texts, and those that a tokenizer cuts."""
    report.note(
        'texts are empty', (name for name, text in texts.items() if not text.strip())
    )
    for tokenizer in tokenizers:
        losses = find_losses(tokenizer, texts.values())
        share = lost_percentage(losses[text] for text in texts.values())
        report.note(
            f'texts have over {tokenizer.context_length} tokens (vocabulary '
            f'{tokenizer.vocab_size}) and are cut, {share:.1f} % of all tokens lost',
            (
                f'{name}, {losses[text].lost} of {losses[text].tokens} tokens'
                for name, text in texts.items()
                if losses[text].lost
            ),
        )


def _verify_photos(
    report: Report,
    needed: Iterable[str],
    found: Mapping[str, str],
    sides: Mapping[str, set[Any]],
    how: _How,
) -> None:
    """Presence, and unless ``quick`` decoding and equal bytes."""
    present = [name for name in needed if name in found]
    report.fault('photos are missing', (name for name in needed if name not in found))
    if how.quick:
        return
    alike: dict[str, list[str]] = {}
    bad = []
    with ThreadPool(how.jobs) as pool:
        states = pool.imap(_inspect, [found[name] for name in present], 16)
        for name, (digest, error) in zip(
            present,
            tqdm(
                states, report.name, len(present), unit=' photos', disable=not present
            ),
        ):
            if error:
                bad.append(f'{name}: {error}')
            else:
                alike.setdefault(digest, []).append(name)
    report.fault('photos are not readable', bad)
    groups = [names for names in alike.values() if len(names) > 1]
    report.note('photos are the same, byte for byte', map(' = '.join, groups))
    report.note(
        'photos are the same on both sides',
        (
            ' = '.join(names)
            for names in groups
            if all(side.intersection(names) for side in sides.values())
        ),
    )


def _inspect(path: str) -> tuple[str, str]:
    """A photo's digest, and why it is not readable, if so."""
    try:
        content = Path(path).read_bytes()
        decode_photo(content)
    except (OSError, ValueError) as error:
        return '', str(error) or type(error).__name__
    return blake2b(content, digest_size=16).hexdigest(), ''


def _by_side(sides: Mapping[str, Sequence[Product]], read: Any) -> dict[str, set[Any]]:
    return {
        side: {value for product in products for value in read(product)}
        for side, products in sides.items()
    }


def _on_both(sides: Mapping[str, set[Any]]) -> list[Any]:
    both = len(sides) == len(SPLITS)
    return sorted(set.intersection(*sides.values())) if both else []


def _repeated(values: Iterable[Any]) -> list[Any]:
    return [value for value, count in Counter(values).items() if count > 1]
