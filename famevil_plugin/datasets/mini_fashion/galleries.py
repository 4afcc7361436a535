"""FashionIQ's side: galleries of garments, and which pairs are compared.

A gallery is made of *lines*: some thirty garments that share a few
attributes and vary in the others, as a season's line does. A query compares
two garments that differ in a few visible attributes. So neither half of a
query suffices: many garments of the gallery answer the text, and a whole
line looks like the reference.
"""
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from .garments import ATTRIBUTES, Garment, contrast, needs_second, settle
from .kinds import Kind

LINE_SIZE = 36

#: What FashionIQ's three garments vary in.
WARDROBES: dict[str, Kind] = {
    'dress': Kind('', 'DRESS', 'dress', 'upper', {
        'fabric': ('crepe', 'rib knit wool', 'denim'),
        'pattern': ('solid', 'stripes', 'check', 'dots', 'floral',
                    'leopard', 'colour-block'),
        'length': ('mini', 'knee', 'midi', 'maxi'),
        'sleeves': ('none', 'straps', 'short', 'three-quarter', 'long'),
        'neck': ('crewneck', 'v-neck', 'square neck', 'spread collar'),
        'fit': ('straight', 'a-line', 'fitted'),
        'closure': ('', 'buttons'),
        'hem': ('straight', 'ruffled'),
        'trim': ('', 'waist'),
    }),
    'shirt': Kind('', 'SHIRT', 'shirt', 'upper', {
        'fabric': ('cotton poplin', 'denim', 'rib knit cotton'),
        'pattern': ('solid', 'stripes', 'pinstripes', 'check', 'dots',
                    'floral', 'camouflage', 'colour-block'),
        'length': ('regular', 'long'),
        'sleeves': ('none', 'short', 'three-quarter', 'long'),
        'neck': ('crewneck', 'v-neck', 'polo', 'spread collar',
                 'band collar', 'hood'),
        'fit': ('slim', 'loose'),
        'closure': ('', 'buttons'),
        'pocket': ('', 'chest', 'two chest'),
        'trim': ('', 'neck and cuffs'),
    }),
    'toptee': Kind('', 'TOPTEE', 'top', 'upper', {
        'fabric': ('cotton jersey', 'rib knit cotton', 'satin'),
        'pattern': ('solid', 'stripes', 'dots', 'floral', 'leopard',
                    'camouflage', 'colour-block'),
        'length': ('cropped', 'regular', 'long'),
        'sleeves': ('none', 'straps', 'short', 'three-quarter', 'long'),
        'neck': ('crewneck', 'v-neck', 'square neck', 'boat neck', 'bow',
                 'turtleneck'),
        'fit': ('slim', 'loose'),
        'cuffs': ('', 'bell', 'puff'),
        'hem': ('straight', 'ruffled'),
        'trim': ('', 'neck and cuffs'),
    }),
}

#: Chance that a line holds an attribute for all its garments.
HELD = {'fabric': 0.9, 'neck': 0.6, 'fit': 0.7, 'hem': 0.8, 'cuffs': 0.6,
        'closure': 0.7, 'pocket': 0.6, 'trim': 0.6, 'length': 0.4,
        'sleeves': 0.3, 'pattern': 0.35}

#: Values that an attribute which a line does not hold takes in it.
LINE_VARIETY = 3
LINE_COLOURS = 5

#: Colours that people wear in photos of their own, and how often.
WORN_COLOURS: dict[str, float] = {
    'black': 3, 'white': 2.5, 'blue': 2, 'red': 2, 'grey': 1.5, 'pink': 1.5,
    'green': 1, 'navy': 1,
}
MOST_DIFFERENCES = 4
SAME_LINE = 0.7


class Query(NamedTuple):
    """A candidate and a target, by their places in the gallery."""
    candidate: int
    target: int


def worn_colour(rng: np.random.Generator, beside: str = '') -> str:
    """Draw a colour; with ``beside``, one that stands out from it."""
    names = [name for name in WORN_COLOURS
             if not beside or contrast(name, beside) > 0.3]
    weights = np.array([WORN_COLOURS[name] for name in names])
    return names[rng.choice(len(names), p=weights / weights.sum())]


def _choose(values: tuple[str, ...], count: int,
            rng: np.random.Generator) -> tuple[str, ...]:
    picks = rng.permutation(len(values))[:count]
    return tuple(values[i] for i in sorted(picks))


def sample_line(kind: Kind, size: int,
                rng: np.random.Generator) -> list[Garment]:
    """Draw a line of garments, no two alike."""
    options = {name: _choose(values, 1 if rng.random() < HELD[name]
                             else LINE_VARIETY, rng)
               for name, values in kind.options.items()}
    palette = tuple(dict.fromkeys(
        worn_colour(rng) for _ in range(LINE_COLOURS)))
    second = worn_colour(rng)
    line: dict[Garment, None] = {}
    attempts = 0
    while len(line) < size:
        attempts += 1
        if attempts % (8 * size) == 0:  # too few combinations: vary more
            name = list(options)[int(rng.integers(len(options)))]
            options[name] = kind.options[name]
        words = {name: values[rng.integers(len(values))]
                 for name, values in options.items()}
        garment = settle(Garment(
            kind.subcategory, colour=palette[rng.integers(len(palette))],
            **words))
        garment = _coloured(fitting(garment), second, rng)
        line.setdefault(garment)
    return list(line)


def _coloured(garment: Garment, second: str,
              rng: np.random.Generator) -> Garment:
    """Use the line's second colour where it stands out."""
    if not needs_second(garment):
        return garment
    if contrast(garment.colour, second) < 0.3 or rng.random() < 0.2:
        second = worn_colour(rng, beside=garment.colour)
    return replace(garment, second=second)


def fitting(garment: Garment) -> Garment:
    """Make closure, pockets and cuffs agree with the neck and sleeves."""
    if garment.neck == 'polo':
        garment = replace(garment, closure='placket')
    elif garment.neck in ('spread collar', 'band collar'):
        garment = replace(garment, closure='buttons')
    elif garment.neck == 'hood':
        garment = replace(garment, closure='')
    if garment.sleeves == 'straps':
        garment = replace(garment, closure='')
    if garment.sleeves == 'none':
        garment = replace(garment, cuffs='')
    if garment.neck == 'turtleneck' or garment.neck == 'bow':
        trim = '' if garment.trim == 'neck and cuffs' else garment.trim
        garment = replace(garment, trim=trim)
    return garment


def _any_garment(garment: Garment) -> bool:
    return True


def sample_gallery(kind: Kind, size: int, rng: np.random.Generator,
                   fits: Callable[[Garment], bool] = _any_garment
                   ) -> tuple[list[Garment], list[int]]:
    """Draw a gallery of garments that all differ.

    Args:
        kind (Kind): A row of :data:`WARDROBES`.
        size (int): How many garments.
        rng (np.random.Generator): Source of chance.
        fits (Callable): Whether a garment may be in it. Defaults to any.

    Returns:
        tuple: The garments, and the number of each one's line.
    """
    gallery: dict[Garment, int] = {}
    line = 0
    while len(gallery) < size:
        room = min(LINE_SIZE, size - len(gallery))
        for garment in filter(fits, sample_line(kind, room, rng)):
            gallery.setdefault(garment, line)
        line += 1
    return list(gallery), list(gallery.values())


def visible_differences(candidate: Garment,
                        target: Garment) -> tuple[str, ...]:
    """The attributes that a person would say two garments differ in."""
    names = set(candidate.differences(target)) - {'kind'}
    straps = 'straps' in (candidate.sleeves, target.sleeves)
    if straps and 'sleeves' in names:
        # Straps come with a neckline of their own.
        names -= {'neck', 'closure'}
    if {'neck', 'closure'} <= names:
        names.remove('closure')
    if {'sleeves', 'cuffs'} <= names:
        names.remove('cuffs')
    if 'second' in names and names & {'pattern', 'trim'}:
        names.remove('second')
    return tuple(name for name in ATTRIBUTES if name in names)


def sample_queries(gallery: list[Garment], lines: list[int], count: int,
                   rng: np.random.Generator) -> list[Query]:
    """Draw pairs to compare: mostly of one line, never the same twice."""
    lines_of = np.array(lines)
    chosen: dict[Query, None] = {}
    limit = 400 * count
    for _ in range(limit):
        if len(chosen) == count:
            return list(chosen)
        candidate = int(rng.integers(len(gallery)))
        near = lines_of == lines_of[candidate]
        pool = np.flatnonzero(near if rng.random() < SAME_LINE else ~near)
        if not len(pool):
            continue
        target = int(pool[rng.integers(len(pool))])
        gap = visible_differences(gallery[candidate], gallery[target])
        if candidate != target and 1 <= len(gap) <= MOST_DIFFERENCES:
            chosen.setdefault(Query(candidate, target))
    raise ValueError(
        f'expected {count} queries in a gallery of {len(gallery)} photos, '
        f'found {len(chosen)} pairs; ask for fewer queries or more photos')
