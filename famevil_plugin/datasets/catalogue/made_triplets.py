"""Triplets made of attributes, where a shop has none written by people.

A pair is two products of one sub-category and one side of the split that
differ in one or two attributes and agree in all others. The texts are of a
small grammar, and every triplet is marked as ``machine_made``.
"""

import random
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from .product import CatalogueError
from .split import SPLITS
from .triplets import Parts, Triplets

#: Triplets of each reference product.
PER_PRODUCT = 2
MAX_DIFFERENCES = 2
# the commonest; rarer ones are not compared
MAX_ATTRIBUTES = 8
# garments with fewer photos in validation are put together
MIN_GALLERY = 20
OTHERS = 'others'

# by attribute: of its value, and of its value with the reference's
SENTENCES: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    'colour': (
        ('is {new}', 'is {new} in colour', 'the same in {new}'),
        ('is {new} instead of {old}', '{new}, not {old}'),
    ),
    'pattern': (
        ('has {new} pattern', 'its pattern is {new}'),
        ('its pattern is {new} instead of {old}', 'has {new} pattern, not {old}'),
    ),
    'material': (
        ('is made of {new}', 'is of {new}'),
        ('is made of {new} instead of {old}', 'is of {new}, not {old}'),
    ),
    'gender': (('is for {new}',), ('is for {new} instead of {old}',)),
    'season': (('is for {new}',), ('is for {new} instead of {old}',)),
}
OTHER_SENTENCES = (
    ('has {new} {name}', 'its {name} is {new}'),
    ('its {name} is {new} instead of {old}', 'has {new} {name}, not {old}'),
)


class Shown(NamedTuple):
    """A product as triplets show it.

    Attributes:
        photo (str): Id of its main photo.
        label (str | None): Its sub-category.
        category (str | None): What that belongs to.
        attributes (tuple[tuple[str, str], ...]): Name and value.
    """

    photo: str
    label: str | None
    category: str | None
    attributes: tuple[tuple[str, str], ...]


def make_triplets(sides: Mapping[str, Sequence[Shown]], seed: int = 0) -> Parts:
    """Make triplets of the products of each side.

    Args:
        sides (Mapping[str, Sequence[Shown]]): Products of ``train`` and
            ``val``.
        seed (int): Of the choice among equal pairs and wordings.

    Returns:
        Parts: By garment, which is the products' category or, without one,
        their sub-category, and by split.

    Raises:
        CatalogueError: If no pair can be made.
    """
    names = _name_garments(sides)
    parts: Parts = {}
    for garment in sorted(set(names.values())):
        for split in SPLITS:
            rng = random.Random(f'{seed} {garment} {split}')
            shown = [one for one in sides[split] if names[_garment(one)] == garment]
            parts[garment, split] = Triplets(
                _pair(shown, rng), sorted(one.photo for one in shown)
            )
    for split in SPLITS:
        if not any(parts[garment, split].captions for garment in names.values()):
            raise CatalogueError(_describe_lack(split, sides))
    with_any = {garment for (garment, _), part in parts.items() if part.captions}
    return {part: made for part, made in parts.items() if part[0] in with_any}


def _describe_lack(split: str, sides: Mapping[str, Sequence[Shown]]) -> str:
    known = Counter(
        name for side in sides.values() for one in side for name, _ in one.attributes
    )
    told = ', '.join(
        f'{name} ({count} products)' for name, count in known.most_common(8)
    )
    return (
        f'--make-triplets: no two products of {split} are of one sub-category and '
        f'differ in one or two attributes alone; found are {told or "no attributes"}. '
        'Name their columns, as by --columns label=type attributes=colour,pattern'
    )


def _garment(shown: Shown) -> str:
    name = re.sub(r'\W+', '_', (shown.category or shown.label or '').casefold())
    return name.strip('_') or OTHERS


def _name_garments(sides: Mapping[str, Sequence[Shown]]) -> dict[str, str]:
    """By garment its name, ``others`` where its gallery would be small."""
    photos = Counter(_garment(shown) for shown in sides['val'])
    return {
        garment: garment if photos[garment] >= MIN_GALLERY else OTHERS
        for side in sides.values()
        for garment in map(_garment, side)
    }


def _pair(shown: Sequence[Shown], rng: random.Random) -> list[dict[str, object]]:
    """Triplets of the products of one garment and side."""
    usable = [one for one in shown if one.label and one.attributes]
    counts = Counter(name for one in usable for name, _ in one.attributes)
    names = sorted(name for name, _ in counts.most_common(MAX_ATTRIBUTES))
    values = [_values(one, names) for one in usable]
    # products that agree in all but the masked attributes, by what they share
    alike: dict[object, list[int]] = defaultdict(list)
    masks = [
        mask
        for count in range(1, MAX_DIFFERENCES + 1)
        for mask in combinations(range(len(names)), count)
    ]
    for position, one in enumerate(usable):
        for mask in masks:
            alike[_shared(one, values[position], mask)].append(position)
    triplets = []
    for position, one in enumerate(usable):
        for target in _choose(position, one, values, masks, alike, rng):
            old, new = values[position], values[target]
            differences = [
                (name, old[i], new[i])
                for i, name in enumerate(names)
                if old[i] != new[i]
            ]
            triplets.append(
                dict(
                    candidate=one.photo,
                    target=usable[target].photo,
                    captions=_write(differences, rng),
                    machine_made=True,
                )
            )
    return triplets


def _values(shown: Shown, names: Sequence[str]) -> tuple[str, ...]:
    known = {name: value.casefold() for name, value in shown.attributes}
    return tuple(known.get(name, '') for name in names)


def _shared(shown: Shown, values: tuple[str, ...], mask: tuple[int, ...]) -> object:
    rest = tuple(value for i, value in enumerate(values) if i not in mask)
    return shown.label, mask, rest


def _choose(
    position: int,
    one: Shown,
    values: Sequence[tuple[str, ...]],
    masks: Sequence[tuple[int, ...]],
    alike: Mapping[object, list[int]],
    rng: random.Random,
) -> list[int]:
    """Targets of a reference: those that differ least first."""
    chosen: dict[int, None] = {}
    for mask in sorted(masks, key=lambda mask: (len(mask), rng.random())):
        others = alike[_shared(one, values[position], mask)]
        # a few draws, as there may be thousands
        for other in rng.sample(others, min(len(others), 8)):
            differs = all(
                values[other][i] and values[position][i]
                and values[other][i] != values[position][i]
                for i in mask
            )  # fmt: skip
            if differs and len(chosen) < PER_PRODUCT:
                chosen[other] = None
                break
    return list(chosen)


def _write(
    differences: Sequence[tuple[str, str, str]], rng: random.Random
) -> list[str]:
    """Two captions, as FashionIQ has them: what is new, and instead of what."""
    return [
        ' and '.join(
            rng.choice(SENTENCES.get(name, OTHER_SENTENCES)[relative]).format(
                name=name, old=old, new=new
            )
            for name, old, new in differences
        )
        for relative in (0, 1)
    ]
