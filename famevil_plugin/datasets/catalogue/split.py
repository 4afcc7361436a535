"""Deals products to training and validation.

Products of one group stay together. Groups whose side is known (by triplets)
keep it. All the others are dealt in a seeded random order, so that each
stratum (a sub-category's products with a text, and those without) comes to
its share of products in validation, and every stratum that spans two groups
and has at least ``MIN_PRODUCTS`` has some on both sides.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TypeAlias

from .product import Product

SPLITS = ('train', 'val')
# A class with fewer products is left to chance: holding one of two or three
# out would cost training more than it tells.
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
    content: dict[str, Counter[Stratum]] = defaultdict(Counter)
    for product in products:
        stratum = product.label or '', product.has_text
        content[product.group][stratum] += 1
    totals: Counter[Stratum] = Counter()
    spread: Counter[Stratum] = Counter()
    for strata in content.values():
        totals.update(strata)
        spread.update(strata.keys())
    wanted = {
        stratum: max(round(fraction * count), int(count >= MIN_PRODUCTS))
        if fraction and spread[stratum] > 1
        else 0
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
        fits = all(
            held[stratum] + count <= wanted[stratum]
            for stratum, count in strata.items()
        )
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
            if stratum in strata and all(
                held[name] + count < totals[name] for name, count in strata.items()
            ):
                sides[group] = 'val'
                held.update(strata)
                break
    return sides
