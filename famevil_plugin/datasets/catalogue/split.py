"""Deal products to training and validation.

Products of one group stay together. Groups whose side is known (by triplets)
keep it. All the others are dealt in a seeded random order, so that each
stratum (a sub-category's products with a text, and those without) comes to
its share of products in validation, and every stratum that spans two groups
and has at least ``MIN_PRODUCTS`` has some on both sides. Where validation
falls short of its share, as of a catalogue with many small sub-categories,
it gets further groups, of strata that keep a product for training.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TypeAlias

from .product import Product

SPLITS = ('train', 'val')
# A class with fewer products is held out last: one of two or three would cost
# training more than it tells.
MIN_PRODUCTS = 4

# A sub-category, and whether there is a text.
Stratum: TypeAlias = tuple[str, bool]


def split_groups(
    products: Sequence[Product],
    fraction: float,
    seed: int = 0,
    fixed: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, str]:
    """Deal groups to ``train`` and ``val``, as the module docstring says.

    Args:
        products (Sequence[Product]): The catalogue.
        fraction (float): Share of each stratum that validation should get.
        seed (int): Seed of the order in which groups are dealt.
        fixed (Mapping[str, str]): Groups whose side is known.

    Returns:
        dict[str, str]: The side of each group.
    """
    content = _count_strata(products)
    totals: Counter[Stratum] = Counter()
    for strata in content.values():
        totals.update(strata)
    wanted = _validation_shares(content, totals, fraction)
    sides = dict(fixed)
    held: Counter[Stratum] = Counter()
    for group, strata in content.items():
        if sides.get(group) == 'val':
            held.update(strata)
    free = sorted(set(content) - set(sides))
    random.Random(seed).shuffle(free)
    for group in free:
        strata = content[group]
        fits = all(held[name] + count <= wanted[name] for name, count in strata.items())
        sides[group] = 'val' if fits else 'train'
        if fits:
            held.update(strata)
    for stratum in sorted(wanted):
        if wanted[stratum] and not held[stratum]:
            spare = _smallest_to_spare(stratum, free, content, held, totals)
            if spare is not None:
                sides[spare] = 'val'
                held.update(content[spare])
    _top_up(sides, free, content, held, totals, fraction)
    return sides


def _top_up(
    sides: dict[str, str],
    free: Sequence[str],
    content: Mapping[str, Counter[Stratum]],
    held: Counter[Stratum],
    totals: Counter[Stratum],
    fraction: float,
) -> None:
    """Hold out further groups while they fit validation's share of all.

    If there are two groups and a fraction is asked for, each side gets one.
    """
    share = max(round(fraction * totals.total()), int(fraction > 0))
    for group in free:
        strata = content[group]
        keeps = all(held[name] + count < totals[name] for name, count in strata.items())
        fits = held.total() + strata.total() <= share
        if sides[group] == 'train' and keeps and fits:
            sides[group] = 'val'
            held.update(strata)
    if fraction and free and len(sides) > 1 and not held:
        sides[min(free, key=lambda group: content[group].total())] = 'val'


def _count_strata(products: Sequence[Product]) -> dict[str, Counter[Stratum]]:
    """Products of each stratum in each group."""
    content: dict[str, Counter[Stratum]] = defaultdict(Counter)
    for product in products:
        content[product.group][product.label or '', product.has_text] += 1
    return content


def _validation_shares(
    content: Mapping[str, Counter[Stratum]], totals: Counter[Stratum], fraction: float
) -> dict[Stratum, int]:
    """Products of each stratum that validation should get."""
    num_groups = Counter(stratum for strata in content.values() for stratum in strata)
    return {
        stratum: max(round(fraction * count), int(count >= MIN_PRODUCTS))
        if fraction and num_groups[stratum] > 1
        else 0
        for stratum, count in totals.items()
    }


def _smallest_to_spare(
    stratum: Stratum,
    free: Sequence[str],
    content: Mapping[str, Counter[Stratum]],
    held: Counter[Stratum],
    totals: Counter[Stratum],
) -> str | None:
    """The smallest group of a stratum that comes in big groups only.

    No stratum may lose all its training products by it.
    """
    for group in sorted(free, key=lambda name: content[name].total()):
        strata = content[group]
        if stratum in strata and all(
            held[name] + count < totals[name] for name, count in strata.items()
        ):
            return group
    return None
