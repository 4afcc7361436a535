"""The table at the end of a conversion: what each task has."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .report import Report
from .split import SPLITS
from .triplets import Parts, garments_of

# a product as FashionGen's layout has it
Info = dict[str, Any]
# garments with a row of their own; more are counted together
MAX_GARMENTS = 12


def tabulate(
    infos: Mapping[str, Sequence[Info]],
    parts: Parts | None,
    report: Report,
    labels: int,
) -> str:
    """Lay out what was written, and what was left out.

    Args:
        infos (Mapping[str, Sequence[Info]]): Products of each side.
        parts (Parts | None): Triplets, if there are some.
        report (Report): What was left out.
        labels (int): Number of sub-categories.
    """
    rows = [('', *SPLITS), ('products (photos)', *map(_count, infos.values()))]
    for task, has in (('xmr', _has_text), ('scr', _has_label), ('fic', _has_text)):
        cells = [_count(filter(has, side)) for side in infos.values()]
        rows.append((f'{task} products (photos)', *cells))
    classes = [
        {p['subcategory_id'] for p in side if _has_label(p)} for side in infos.values()
    ]
    rows.append((f'scr classes of {labels}', *(str(len(side)) for side in classes)))
    unseen = len(classes[1] - classes[0])
    if unseen:
        rows.append(('  seen in validation only', '', str(unseen)))
    rows += _triplet_rows(parts)
    lines = [f'{name:<36}{train:>14}{val:>14}' for name, train, val in rows]
    if parts is None:
        lines.append(
            'no triplets, so nothing for tgir: bring them by --triplets, or have some '
            'made by --make-triplets'
        )
    return '\n'.join([*lines, *report.summarise()])


def _triplet_rows(parts: Parts | None) -> list[tuple[str, str, str]]:
    garments = garments_of(parts or {})
    rows = []
    for garment in garments[:MAX_GARMENTS]:
        cells = (_sizes(parts or {}, [garment], split) for split in SPLITS)
        rows.append((f'tgir {garment[:12]} triplets (gallery)', *cells))
    if len(garments) > MAX_GARMENTS:
        others = garments[MAX_GARMENTS:]
        cells = (_sizes(parts or {}, others, split) for split in SPLITS)
        rows.append((f'tgir, {len(others)} more garments', *cells))
    return rows  # type: ignore[return-value]


def _sizes(parts: Parts, garments: Sequence[str], split: str) -> str:
    some = [parts[garment, split] for garment in garments]
    triplets = sum(len(part.captions) for part in some)
    return f'{triplets} ({sum(len(part.gallery) for part in some)})'


def _count(items: Iterable[Info]) -> str:
    items = list(items)
    return f'{len(items)} ({sum(len(p["images"]) for p in items)})'


def _has_text(product: Info) -> bool:
    return bool(product['title'] or product['description'])


def _has_label(product: Info) -> bool:
    return product['subcategory_id'] is not None
