"""Says what differs between two garments, as FashionIQ's annotators do.

Two annotators look at the same pair. Each names some of the differences,
in the target's words (*is red*) or relative to the candidate (*is darker*);
together they name most of them.
"""
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from .galleries import visible_differences
from .garments import COLOURS, Garment
from .phrases import Wordings

#: Values in ascending order, for *longer* and *shorter*.
SCALES: dict[str, tuple[str, ...]] = {
    'length': ('cropped', 'regular', 'long', 'mini', 'knee', 'midi', 'maxi'),
    'sleeves': ('straps', 'none', 'short', 'three-quarter', 'long'),
    'fit': ('slim', 'fitted', 'straight', 'regular', 'loose', 'a-line'),
}
COMPARISONS: dict[str, tuple[Wordings, Wordings]] = {
    'length': (('is longer', 'is longer in length', 'has a longer hem'),
               ('is shorter', 'is shorter in length', 'has a shorter hem')),
    'sleeves': (('has longer sleeves', 'has more sleeves'),
                ('has shorter sleeves', 'has less sleeves')),
    'fit': (('is looser', 'is more flowing', 'is wider'),
            ('is tighter', 'is more fitted', 'is slimmer')),
}

#: (attribute, value of the target) -> clauses.
CLAUSES: dict[tuple[str, str], Wordings] = {
    ('sleeves', 'none'): ('is sleeveless', 'has no sleeves'),
    ('sleeves', 'straps'): ('has thin straps', 'has spaghetti straps',
                            'has straps instead of sleeves'),
    ('sleeves', 'short'): ('has short sleeves', 'is short sleeved'),
    ('sleeves', 'three-quarter'): ('has 3/4 sleeves', 'has elbow sleeves'),
    ('sleeves', 'long'): ('has long sleeves', 'is long sleeved'),
    ('length', 'cropped'): ('is cropped', 'is a crop top'),
    ('length', 'mini'): ('is a mini dress', 'is above the knee'),
    ('length', 'knee'): ('is knee length', 'ends at the knee'),
    ('length', 'midi'): ('is a midi dress', 'is calf length'),
    ('length', 'maxi'): ('is a maxi dress', 'is floor length'),
    ('neck', 'crewneck'): ('has a round neck', 'has a crew neck'),
    ('neck', 'v-neck'): ('has a v neck', 'has a v-neckline'),
    ('neck', 'square neck'): ('has a square neck', 'has a square neckline'),
    ('neck', 'boat neck'): ('has a boat neck', 'has a wide neckline'),
    ('neck', 'bow'): ('has a bow at the neck', 'has a tie neck'),
    ('neck', 'turtleneck'): ('has a turtleneck', 'has a high neck'),
    ('neck', 'polo'): ('has a polo collar', 'is a polo'),
    ('neck', 'spread collar'): ('has a collar', 'has a button down collar'),
    ('neck', 'band collar'): ('has a band collar', 'has a stand up collar'),
    ('neck', 'hood'): ('has a hood', 'is a hoodie'),
    ('neck', 'sweetheart'): ('has a sweetheart neckline',),
    ('closure', ''): ('has no buttons', 'does not button up'),
    ('closure', 'buttons'): ('has buttons', 'buttons up the front'),
    ('closure', 'placket'): ('has a short placket',),
    ('pocket', ''): ('has no pockets', 'does not have a pocket'),
    ('pocket', 'chest'): ('has one chest pocket', 'has a single pocket'),
    ('pocket', 'two chest'): ('has two pockets', 'has two chest pockets'),
    ('fit', 'slim'): ('is more fitted', 'is slimmer'),
    ('fit', 'loose'): ('is looser', 'is baggier'),
    ('fit', 'straight'): ('is straighter', 'has a straight cut'),
    ('fit', 'a-line'): ('is more flared', 'has a full skirt'),
    ('fit', 'fitted'): ('is more fitted', 'has a fitted waist'),
    ('hem', 'straight'): ('has no ruffles', 'has a plain hem'),
    ('hem', 'ruffled'): ('has a ruffled hem', 'has ruffles'),
    ('cuffs', ''): ('has plain sleeves', 'has simpler sleeves'),
    ('cuffs', 'bell'): ('has bell sleeves', 'has flared sleeves'),
    ('cuffs', 'puff'): ('has puffy sleeves', 'has balloon sleeves'),
    ('fabric', 'denim'): ('is denim', 'is made of denim'),
    ('fabric', 'rib knit wool'): ('is ribbed', 'is knitted'),
    ('fabric', 'rib knit cotton'): ('is ribbed', 'is a rib knit'),
    ('fabric', 'satin'): ('is shinier', 'is silky'),
    ('pattern', 'solid'): ('is plain', 'is solid colored',
                           'has no pattern'),
    ('pattern', 'stripes'): ('has {second} stripes', 'is striped',
                             'has {second} horizontal stripes'),
    ('pattern', 'pinstripes'): ('has {second} vertical stripes',
                                'has vertical stripes'),
    ('pattern', 'check'): ('is {second} plaid', 'is checkered',
                           'has a {second} check pattern'),
    ('pattern', 'dots'): ('has {second} polka dots', 'has polka dots',
                          'is dotted with {second}'),
    ('pattern', 'floral'): ('has {second} flowers', 'has a floral print',
                            'is floral'),
    ('pattern', 'leopard'): ('has a leopard print', 'is animal print'),
    ('pattern', 'camouflage'): ('is camouflage', 'has a camo print'),
    ('pattern', 'colour-block'): ('is {second} at the bottom',
                                  'is two toned with {second}',
                                  'has a {second} lower half'),
    ('trim', ''): ('has no contrast trim', 'has no trim'),
    ('trim', 'waist'): ('has a {second} belt', 'is belted'),
    ('trim', 'neck and cuffs'): ('has {second} trim',
                                 'has a {second} neck and cuffs'),
}

FABRIC_FALLBACK: Wordings = ('is smoother', 'has a smooth fabric')
NO_BELT: Wordings = ('has no belt', 'is not belted')
SECOND: Wordings = ('has {second} instead of {old}',
                    'its pattern is {second}', 'has more {second}')
COLOUR: Wordings = ('is {colour}', 'is {colour} instead of {old}',
                    'is {colour} in color')
JOINTS: Wordings = (' and ', ' and ', ' and ', ', ')


class Change(NamedTuple):
    """One difference that a caption names.

    Attributes:
        attribute (str): What differs.
        value (str): The target's value; for a comparison, ``more`` or
            ``less`` on the attribute's scale.
        clause (str): The words.
    """
    attribute: str
    value: str
    clause: str


class RelativeCaptions(NamedTuple):
    """Two annotators' captions, and the changes that they name."""
    captions: tuple[str, str]
    changes: tuple[Change, ...]


def luminance(colour: str) -> float:
    """Lightness of a colour, 0 to 1."""
    return float(np.dot(COLOURS[colour], (0.299, 0.587, 0.114)) / 255)


def vividness(colour: str) -> float:
    """Colourfulness of a colour, 0 to 1."""
    return (max(COLOURS[colour]) - min(COLOURS[colour])) / 255


def _choose(wordings: Wordings, rng: np.random.Generator) -> str:
    return wordings[int(rng.integers(len(wordings)))]


def _compare_colours(old: str, new: str,
                     rng: np.random.Generator) -> tuple[str, str] | None:
    """A comparison of two colours, if one is apparent."""
    gap = luminance(new) - luminance(old)
    if abs(vividness(new) - vividness(old)) > 0.45 and rng.random() < 0.5:
        if vividness(new) > vividness(old):
            return 'vivid', _choose(('is more colorful', 'is brighter'), rng)
        return 'dull', _choose(('is less colorful', 'is more neutral'), rng)
    if gap > 0.2:
        return 'light', _choose(('is lighter', 'is a lighter color'), rng)
    if gap < -0.2:
        return 'dark', _choose(('is darker', 'is a darker color'), rng)
    return None


def _clause(attribute: str, candidate: Garment, target: Garment,
            relative: float, rng: np.random.Generator) -> Change:
    """Put one difference into words."""
    old, new = getattr(candidate, attribute), getattr(target, attribute)
    words = {'colour': target.colour, 'second': target.second, 'old': old}
    comparing = rng.random() < relative
    if attribute == 'colour':
        compared = _compare_colours(old, new, rng) if comparing else None
        if compared:
            return Change(attribute, *compared)
        return Change(attribute, new, _choose(COLOUR, rng).format_map(words))
    scale = SCALES.get(attribute, ())
    if old in scale and new in scale and (
            comparing or (attribute, new) not in CLAUSES):
        more = scale.index(new) > scale.index(old)
        wordings = COMPARISONS[attribute][0 if more else 1]
        return Change(attribute, 'more' if more else 'less',
                      _choose(wordings, rng))
    if attribute == 'second':
        wordings = SECOND if old else SECOND[1:]
    elif attribute == 'trim' and not new and old == 'waist':
        wordings = NO_BELT
    else:
        wordings = CLAUSES.get((attribute, new), FABRIC_FALLBACK)
    return Change(attribute, new, _choose(wordings, rng).format_map(words))


def _join(changes: list[Change], rng: np.random.Generator) -> str:
    """Join clauses as people do, with one *is* or *has* where it serves."""
    caption = changes[0].clause
    for before, change in pairwise(changes):
        clause = change.clause
        joint = _choose(JOINTS, rng)
        for verb in ('is ', 'has '):
            if (before.clause.startswith(verb) and clause.startswith(verb)
                    and joint == ' and ' and rng.random() < 0.6):
                clause = clause[len(verb):]
        caption += joint + clause
    return caption


def write_captions(candidate: Garment, target: Garment,
                   rng: np.random.Generator,
                   relative: float = 0.8,
                   noticed: float = 0.5) -> RelativeCaptions:
    """Write both annotators' captions.

    Args:
        candidate (Garment): The reference.
        target (Garment): What is looked for.
        rng (np.random.Generator): The annotators' moods.
        relative (float): Chance of a comparison where one is possible.
        noticed (float): Chance that a difference is named at all; one of
            them always is.

    Returns:
        RelativeCaptions: Two captions; each names at least one difference.
    """
    names = list(visible_differences(candidate, target))
    rng.shuffle(names)
    # Nobody mentions everything.
    names = [name for i, name in enumerate(names)
             if i == 0 or rng.random() < noticed]
    half = (len(names) + 1) // 2
    shares = [names[:half], names[half:]]
    for share, others in (shares, shares[::-1]):
        if not share or (others and rng.random() < 0.35):
            share.append(others[int(rng.integers(len(others)))])
    said = [[_clause(name, candidate, target, relative, rng)
             for name in dict.fromkeys(share)] for share in shares]
    first, second = (_join(changes, rng) for changes in said)
    return RelativeCaptions((first, second), (*said[0], *said[1]))
