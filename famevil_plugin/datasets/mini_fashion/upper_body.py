"""Measures and outline of a body without its sleeves."""
from typing import NamedTuple

import numpy as np

from .garments import Garment
from .shapes import Pairs, Points, mirror, spline, symmetric, waves

#: Where the body ends, in shoulder widths below the collar.
LENGTHS = {
    'cropped': 2.25, 'regular': 2.95, 'long': 3.6, 'thigh': 3.8,
    'knee': 4.8, 'mini': 3.9, 'midi': 5.1, 'maxi': 6.5,
}

#: Half widths at chest, waist, and what is added per unit below the waist.
FITS = {
    'slim': (0.88, 0.80, 0.06), 'regular': (0.96, 0.92, 0.02),
    'loose': (1.12, 1.14, 0.02), 'straight': (0.94, 0.86, 0.05),
    'a-line': (0.86, 0.70, 0.28), 'fitted': (0.84, 0.62, 0.10),
}

#: Half width and depth of the opening at the neck, and how it curves.
NECKS = {
    'crewneck': (0.36, 0.30, 'round'), 'v-neck': (0.36, 1.0, 'pointed'),
    'scoop neck': (0.50, 0.80, 'round'), 'boat neck': (0.68, 0.16, 'round'),
    'square neck': (0.50, 0.68, 'square'),
    'sweetheart': (0.50, 0.80, 'round'),
    'turtleneck': (0.34, 0.14, 'round'), 'polo': (0.34, 0.42, 'pointed'),
    'spread collar': (0.33, 0.30, 'pointed'),
    'band collar': (0.33, 0.36, 'pointed'), 'bow': (0.33, 0.26, 'round'),
    'deep v-neck': (0.34, 1.45, 'pointed'),
    'hood': (0.40, 0.50, 'pointed'), 'fur hood': (0.42, 0.40, 'pointed'),
    'notched lapel': (0.36, 1.55, 'pointed'),
    'rib collar': (0.36, 0.26, 'round'),
    'stand collar': (0.36, 0.22, 'pointed'),
}
WAIST = 1.95
ARMPIT = 1.1


class Body(NamedTuple):
    """The measures that the parts of one body share."""
    length: float
    chest: float
    waist: float
    hem: float
    neck: float
    depth: float
    curve: str
    shoulder: float


def measure(garment: Garment) -> Body:
    """Turn a garment's words into measures."""
    chest, waist, flare = FITS[garment.fit or 'regular']
    neck, depth, curve = NECKS[garment.neck]
    length = LENGTHS[garment.length]
    hem = waist + flare * (length - WAIST) + 0.08
    shoulder = 1.0
    if garment.sleeves == 'none':
        shoulder = max(0.74, neck + 0.2)
    if garment.sleeves == 'straps':
        shoulder = neck + 0.05
    return Body(length, chest, waist, max(hem, chest * 0.9), neck, depth,
                curve, shoulder)


def neckline(body: Body, drop: float = 0.0) -> Points:
    """The front edge of the opening, from left to right."""
    width, depth = body.neck, body.depth + drop
    if body.curve == 'pointed':
        knots: Pairs = [(width, -0.05), (width * 0.52, depth * 0.52),
                        (0.02, depth)]
        right = spline(knots)
    elif body.curve == 'square':
        right = np.array([(width, -0.05), (width * 0.94, depth), (0, depth)])
    else:
        angle = np.linspace(0, np.pi / 2, 12)
        right = np.stack([width * np.cos(angle),
                          -0.05 + (depth + 0.05) * np.sin(angle)], 1)
    return np.concatenate([mirror(right), right[::-1]])


def strap_top(body: Body) -> Points:
    """The upper edge of a bodice that hangs on straps."""
    right = spline([(body.chest - 0.04, ARMPIT), (body.chest * 0.62, 0.72),
                    (body.chest * 0.28, 0.86), (0, 0.95)])
    return np.concatenate([mirror(right), right[::-1]])


def side(body: Body, sleeves: str) -> Points:
    """The right edge, from the shoulder down to the hem."""
    below = spline([(body.chest, ARMPIT), (body.waist, WAIST),
                    ((body.waist + body.hem) / 2 + 0.03,
                     (WAIST + body.length) / 2), (body.hem, body.length)])
    if sleeves == 'straps':
        return below
    return np.concatenate([[(body.neck, -0.05)], armhole(body), below])


def armhole(body: Body) -> Points:
    """The edge of the right arm's opening, from the shoulder down."""
    return spline([(body.shoulder, 0.2),
                   (min(body.shoulder, body.chest) * 0.9, 0.72),
                   (body.chest, ARMPIT)])


def bottom(garment: Garment, body: Body) -> Points:
    """The hem, from right to left."""
    if garment.hem == 'ruffled':
        return waves(-body.hem - 0.08, body.hem + 0.08, body.length, 0.1, 7)
    if garment.hem == 'curved':
        right = spline([(body.hem, body.length - 0.3),
                        (body.hem * 0.72, body.length + 0.02),
                        (0, body.length + 0.1)])
    else:
        right = spline([(body.hem, body.length),
                        (body.hem * 0.5, body.length + 0.07),
                        (0, body.length + 0.09)])
    return np.concatenate([right, mirror(right)[::-1]])


def torso(garment: Garment, body: Body) -> Points:
    """The outline of the body without sleeves."""
    right = side(body, garment.sleeves)
    top = (strap_top(body) if garment.sleeves == 'straps'
           else neckline(body))
    return np.concatenate([right, bottom(garment, body),
                           mirror(right)[::-1], top])


def band(body: Body, top: float, low: float) -> Points:
    """A band around the body between two heights."""
    heights = np.linspace(top, low, 4)
    edge = spline([(body.chest, ARMPIT), (body.waist, WAIST),
                   ((body.waist + body.hem) / 2 + 0.03,
                    (WAIST + body.length) / 2), (body.hem, body.length)])
    width = np.interp(heights, edge[:, 1], edge[:, 0]) + 0.02
    return symmetric(np.stack([width, heights], 1))
