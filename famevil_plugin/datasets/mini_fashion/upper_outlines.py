"""Outlines of what covers the upper body: tops, dresses, jackets, coats."""
from typing import NamedTuple

import numpy as np

from .garments import Garment
from .shapes import (Layer, Pairs, Points, both, box, circle, dashes, fill,
                     lines, mirror, spline, symmetric, waves)

#: Where the body ends, in shoulder widths below the collar.
LENGTHS = {
    'cropped': 2.25, 'regular': 2.95, 'long': 3.6, 'thigh': 3.8,
    'knee': 4.8, 'mini': 3.9, 'midi': 5.1, 'maxi': 6.5,
}
SLEEVE_LENGTHS = {'short': 1.0, 'three-quarter': 1.9, 'long': 2.7}

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
OPEN_FRONTS = ('buttons', 'zip', 'double-breasted', 'belt')


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
    armhole: Pairs = [(body.shoulder, 0.2),
                      (min(body.shoulder, body.chest) * 0.9, 0.72),
                      (body.chest, ARMPIT)]
    below = spline([(body.chest, ARMPIT), (body.waist, WAIST),
                    ((body.waist + body.hem) / 2 + 0.03,
                     (WAIST + body.length) / 2), (body.hem, body.length)])
    if sleeves == 'straps':
        return below
    return np.concatenate([[(body.neck, -0.05)], spline(armhole), below])


def bottom(garment: Garment, body: Body) -> Points:
    """The hem, from right to left."""
    if garment.hem == 'ruffled':
        return waves(-body.hem - 0.08, body.hem + 0.08, body.length, 0.16, 9)
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


def sleeve(garment: Garment, angle: float) -> list[Layer]:
    """Both sleeves with their cuffs; ``angle`` is that of the arms."""
    length = SLEEVE_LENGTHS[garment.sleeves]
    along = np.array([np.sin(angle), np.cos(angle)])
    inward = np.array([-along[1], along[0]])
    width = {'short': 0.66, 'three-quarter': 0.52,
             'long': 0.42}[garment.sleeves]
    bulge = 0.06
    if garment.cuffs == 'bell':
        width, bulge = 0.95, -0.02
    elif garment.cuffs == 'puff':
        bulge = 0.22
    elif garment.fit == 'loose':
        width += 0.08
    top = np.array([0.94, 0.15])
    pit = np.array([FITS[garment.fit or 'regular'][0] - 0.04, ARMPIT + 0.08])
    end = top + along * length
    inner = end + inward * width
    outer = spline([top - (0.2, 0.06), top,
                    (top * 0.55 + end * 0.45) - inward * bulge,
                    top * 0.1 + end * 0.9 - inward * bulge * 0.9, end])
    under = spline([inner, (inner + pit) / 2 + inward * max(bulge, 0) * 0.6,
                    pit, pit - (0.25, -0.1)])
    outline = np.concatenate([outer, under])
    layers = [fill('cloth', outline, angle=-angle),
              fill('cloth', mirror(outline), angle=angle)]
    return layers + cuff(garment, end, inner, along)


def cuff(garment: Garment, end: Points, inner: Points,
         along: Points) -> list[Layer]:
    """The ends of both sleeves."""
    paint = 'second' if garment.trim == 'neck and cuffs' else 'plain'
    if garment.cuffs in ('ribbed', 'barrel', 'puff'):
        depth = 0.24
        band = np.stack([end - along * 0.02, end + along * depth,
                         inner + along * depth, inner - along * 0.02])
        narrow = (band.mean(0) - band) * 0.14
        texture = 'rib' if garment.cuffs == 'ribbed' else 'smooth'
        layers = [fill(paint, *both(band + narrow), texture=texture)]
        if garment.cuffs == 'barrel':
            button = (band[1] * 0.65 + band[2] * 0.35) - along * depth / 2
            layers.append(fill('button',
                               *both(circle(button[0], button[1], 0.05))))
        return layers
    edge = np.stack([end - along * 0.06, inner - along * 0.06])
    if paint == 'second':
        band = np.stack([end, inner, inner - along * 0.16,
                         end - along * 0.16])
        return [fill('second', *both(band))]
    return [lines('seam', 0.025, *both(edge))]


def straps(body: Body) -> list[Layer]:
    """Thin straps over the shoulders."""
    curve = spline([(body.chest * 0.6, 0.76), (body.chest * 0.52, 0.3),
                    (body.neck * 0.8, -0.1)])
    return [lines('plain', 0.09, *both(curve), relief=0.5)]


def nape(body: Body) -> Layer:
    """The inside of the back, seen through the opening."""
    back = spline([(body.neck, -0.05), (body.neck * 0.6, 0.04), (0, 0.07)])
    front = neckline(body, 0.02)
    upper = np.concatenate([back, mirror(back)[::-1]])
    return fill('lining', np.concatenate([upper, front]), relief=0.4)


def collar(garment: Garment, body: Body) -> list[Layer]:
    """What finishes the neck."""
    trimmed = garment.trim == 'neck and cuffs'
    paint = 'second' if trimmed else 'plain'
    edge = neckline(body)
    if garment.neck in ('spread collar', 'polo'):
        flap = np.array([(0.30, -0.16), (0.44, 0.02), (0.62, 0.42),
                         (0.36, 0.50), (0.03, body.depth + 0.02),
                         (0.2, 0.14)])
        stand = symmetric(spline([(0, -0.14), (0.2, -0.16), (0.34, -0.08),
                                  (0.2, 0.04), (0, 0.08)]))
        return [fill('lining', stand, relief=0.4),
                fill(paint, *both(flap), relief=0.7)]
    if garment.neck == 'band collar':
        band = np.concatenate([spline([(0.03, body.depth), (0.3, 0.08),
                                       (0.36, -0.2)]),
                               spline([(0.24, -0.2), (0.2, 0.02),
                                       (0.03, body.depth - 0.2)])])
        return [fill(paint, *both(band), relief=0.7)]
    if garment.neck == 'turtleneck':
        tube = symmetric(spline([(0, -0.52), (0.28, -0.5), (0.33, -0.3),
                                 (0.38, 0.08), (0.2, 0.2), (0, 0.23)]))
        fold = spline([(-0.34, -0.16), (0, -0.08), (0.34, -0.16)])
        return [fill('plain', tube, texture='rib'),
                lines('seam', 0.035, fold)]
    if garment.neck in ('stand collar', 'rib collar'):
        texture = 'rib' if garment.neck == 'rib collar' else ''
        half = np.concatenate([
            spline([(0.02, body.depth + 0.04), (0.28, 0.10), (0.42, -0.04)]),
            spline([(0.36, -0.3), (0.24, -0.06),
                    (0.02, body.depth - 0.2)])])
        return [fill(paint, *both(half), texture=texture)]
    if garment.neck == 'bow':
        return bow(body)
    if garment.neck == 'notched lapel':
        return lapels(body)
    if garment.neck in ('hood', 'fur hood'):
        return hood_front(garment, body)
    width = 0.17 if garment.texture in ('rib', 'knit', 'cable') else 0.12
    if trimmed or garment.trim == 'placket':
        paint, width = 'second', 0.18
    return [lines(paint, width, edge, relief=0.5),
            lines('seam', 0.02, neckline(body, width / 2))]


def bow(body: Body) -> list[Layer]:
    """A pussy bow with two loose ends."""
    loop = spline([(0.04, 0.28), (0.3, 0.06), (0.58, 0.16), (0.56, 0.42),
                   (0.3, 0.44)], closed=True)
    tail = np.array([(0.02, 0.3), (0.14, 0.3), (0.4, 1.15), (0.12, 1.2)])
    return [lines('plain', 0.16, neckline(body), relief=0.5),
            fill('plain', *both(tail)), fill('plain', *both(loop)),
            fill('plain', circle(0, 0.3, 0.1))]


def lapels(body: Body) -> list[Layer]:
    """Notched lapels under a turned collar."""
    lapel = np.array([(0.3, 0.2), (0.52, 0.42), (0.46, 0.56), (0.68, 0.62),
                      (0.5, 1.1), (0.03, body.depth + 0.1),
                      (0.05, body.depth - 0.15)])
    turned = np.array([(0.26, -0.2), (0.42, -0.1), (0.64, 0.36),
                       (0.48, 0.54), (0.26, 0.22)])
    return [fill('cloth', *both(lapel), relief=0.7),
            fill('cloth', *both(turned), relief=0.7)]


def hood_back(garment: Garment) -> list[Layer]:
    """The part of the hood behind the opening."""
    outer = symmetric(spline([(0, -1.0), (0.42, -0.92), (0.68, -0.5),
                              (0.62, -0.05), (0.5, 0.2)]))
    inner = symmetric(spline([(0, -0.78), (0.3, -0.7), (0.46, -0.4),
                              (0.42, 0.0), (0.3, 0.4), (0, 0.5)]))
    layers = [fill('cloth', outer), fill('lining', inner, relief=0.6)]
    if garment.neck == 'fur hood':
        rim = spline([(0.48, 0.15), (0.58, -0.4), (0.38, -0.84), (0, -0.95),
                      (-0.38, -0.84), (-0.58, -0.4), (-0.48, 0.15)])
        layers.append(lines('fur', 0.3, rim, relief=1.0))
    return layers


def hood_front(garment: Garment, body: Body) -> list[Layer]:
    """The hood's edges over the chest, with the drawstring."""
    edge = spline([(0.03, body.depth + 0.1), (0.36, 0.16), (0.44, -0.3),
                   (0.6, -0.35), (0.64, 0.05), (0.4, 0.5)], closed=True)
    layers = [fill('cloth', *both(edge), relief=0.8)]
    if garment.neck == 'hood' and garment.kind != 'VESTS':
        paint = 'second' if garment.trim == 'drawstring' else 'stitch'
        cord = spline([(0.16, body.depth - 0.02), (0.2, 0.8), (0.15, 1.25)])
        layers.append(lines(paint, 0.07, *both(cord), relief=0.4))
    return layers


def closure(garment: Garment, body: Body) -> list[Layer]:
    """Buttons, zips, belts."""
    end = body.length + (0.08 if garment.hem == 'curved' else 0.05)
    start = body.depth
    if garment.closure == 'placket':
        return [fill('plain', box(-0.1, start, 0.1, start + 0.65),
                     relief=0.5),
                fill('button', *(circle(0, start + y, 0.05)
                                 for y in (0.15, 0.42)))]
    if garment.closure == 'zip':
        paint = 'second' if garment.trim == 'zip' else 'metal'
        spine = np.array([(0, start), (0, end)])
        return [lines('dark', 0.16, spine),
                lines(paint, 0.08, *dashes(spine, 0.05)),
                fill(paint, box(-0.06, start, 0.06, start + 0.26))]
    if garment.closure == 'double-breasted':
        rows = np.linspace(start + 0.15, min(start + 1.1, end - 0.5), 3)
        seam = np.array([(0.02, start), (-0.3, start + 0.35), (-0.34, end)])
        return [lines('seam', 0.04, seam),
                fill('button', *(circle(x, y, 0.085)
                                 for y in rows for x in (-0.24, 0.36)))]
    if garment.closure == 'belt':
        tails = np.array([(0.1, WAIST), (0.26, WAIST), (0.42, WAIST + 1.0),
                          (0.24, WAIST + 1.05)])
        return [lines('seam', 0.04, np.array([(0.02, start), (0.02, end)])),
                fill('plain', band(body, WAIST - 0.12, WAIST + 0.12)),
                fill('plain', tails), fill('plain', circle(0.1, WAIST, 0.15))]
    if garment.closure == 'buttons':
        paint = 'second' if garment.trim == 'placket' else 'plain'
        count = 3 if garment.kind in ('BLAZERS', 'COATS') else max(
            4, round((end - start) / 0.55))
        last = end - (0.9 if count == 3 else 0.3)
        rows = np.linspace(start + 0.12, last, count)
        return [fill(paint, box(-0.1, start, 0.1, end), relief=0.3),
                lines('seam', 0.02, np.array([(-0.1, start), (-0.1, end)])),
                fill('button', *(circle(0, y, 0.06) for y in rows))]
    return []


def band(body: Body, top: float, low: float) -> Points:
    """A band around the body between two heights."""
    heights = np.linspace(top, low, 4)
    edge = spline([(body.chest, ARMPIT), (body.waist, WAIST),
                   ((body.waist + body.hem) / 2 + 0.03,
                    (WAIST + body.length) / 2), (body.hem, body.length)])
    width = np.interp(heights, edge[:, 1], edge[:, 0]) + 0.02
    return symmetric(np.stack([width, heights], 1))


def pockets(garment: Garment, body: Body) -> list[Layer]:
    """Pockets on the chest and below the waist."""
    pouch = np.array([(-0.32, 0.62), (0.32, 0.62), (0.32, 1.12), (0, 1.26),
                      (-0.32, 1.12)])
    low = min(body.length - 1.0, WAIST + 0.55)
    if garment.pocket in ('chest', 'two chest'):
        patch = pouch * 0.85 + (0.5, 0.38)
        sides = (patch,) if garment.pocket == 'chest' else both(patch)
        return [fill('cloth', *sides, relief=0.5),
                lines('seam', 0.03, *(np.concatenate([p, p[:1]])
                                      for p in sides))]
    if garment.pocket == 'kangaroo':
        right = [(0.32, low - 0.35), (0.62, low + 0.2), (0.62, low + 0.55)]
        outline = symmetric([(0, low - 0.35), *right, (0, low + 0.55)])
        return [fill('cloth', outline, relief=0.8),
                lines('seam', 0.03, np.concatenate([outline, outline[:1]]))]
    if garment.pocket == 'patch':
        patch = pouch * 1.05 + (0.52, low - 0.85)
        return [fill('cloth', *both(patch), relief=0.5),
                lines('seam', 0.03, *both(np.concatenate([patch,
                                                          patch[:1]])))]
    if garment.pocket in ('flap', 'four flap'):
        heights = (low,) if garment.pocket == 'flap' else (low, 0.75)
        flaps = [p for y in heights
                 for p in both(box(0.28, y, 0.78, y + 0.22))]
        return [fill('cloth', *flaps, relief=0.8),
                lines('seam', 0.03, *(np.concatenate([p, p[:1]])
                                      for p in flaps))]
    if garment.pocket == 'welt':
        slit = np.array([(0.42, low + 0.3), (0.68, low - 0.18)])
        return [lines('dark', 0.09, *both(slit))]
    return []


def hem(garment: Garment, body: Body) -> list[Layer]:
    """Ribbing, ruffle or a plain seam at the lower edge."""
    end = body.length
    if garment.hem == 'ribbed':
        paint = 'second' if garment.trim == 'neck and cuffs' else 'plain'
        right = spline([(body.hem + 0.02, end - 0.1),
                        (body.hem - 0.08, end + 0.2)])
        lower = spline([(body.hem - 0.08, end + 0.2),
                        (body.hem * 0.5, end + 0.27), (0, end + 0.29)])
        return [fill(paint, symmetric(np.concatenate(
            [[(0, end - 0.03)], right, lower])), texture='rib')]
    if garment.hem == 'ruffled':
        top = end - 0.35
        right = np.array([(body.hem - 0.02, top), (body.hem + 0.1, end)])
        outline = np.concatenate([
            right, waves(-body.hem - 0.1, body.hem + 0.1, end, 0.18, 9),
            mirror(right)[::-1]])
        folds = [np.array([(x, top + 0.05), (x * 1.06, end + 0.02)])
                 for x in np.linspace(-body.hem, body.hem, 10)[1:-1]]
        return [fill('cloth', outline), lines('seam', 0.03, *folds)]
    if garment.hem == 'curved':
        return []
    seam = spline([(body.hem - 0.02, end - 0.12), (0, end - 0.03),
                   (-body.hem + 0.02, end - 0.12)])
    return [lines('seam', 0.022, seam)]


def waist(garment: Garment, body: Body) -> list[Layer]:
    """A sash in the second colour, or the seam of a dress."""
    if garment.trim == 'waist':
        return [fill('second', band(body, WAIST - 0.11, WAIST + 0.11),
                     relief=0.8)]
    if garment.fit in ('a-line', 'fitted') and body.length > 3.5:
        pleats = [np.array([(x * body.waist, WAIST + 0.05),
                            (x * body.waist * 1.3, WAIST + 0.75)])
                  for x in (-0.6, -0.25, 0.25, 0.6)]
        seam = np.array([(-body.waist, WAIST), (body.waist, WAIST)])
        return [lines('seam', 0.025, seam, *pleats)]
    return []


def upper_layers(garment: Garment, arms: float) -> list[Layer]:
    """Lay out an upper garment.

    Args:
        garment (Garment): What to draw.
        arms (float): Angle of the sleeves from the vertical, in radians.

    Returns:
        list[Layer]: From the back to the front.
    """
    body = measure(garment)
    layers: list[Layer] = []
    if garment.neck in ('hood', 'fur hood'):
        layers += hood_back(garment)
    if garment.sleeves == 'straps':
        layers += straps(body)
    else:
        layers.append(nape(body))
    if garment.sleeves in SLEEVE_LENGTHS:
        layers += sleeve(garment, arms)
    layers.append(fill('cloth', torso(garment, body)))
    layers += hem(garment, body) + waist(garment, body)
    if garment.sleeves == 'none':
        rim = spline([(body.shoulder, 0.2),
                      (min(body.shoulder, body.chest) * 0.9, 0.72),
                      (body.chest, ARMPIT)])
        if garment.trim == 'neck and cuffs':
            layers.append(lines('second', 0.13, *both(rim), relief=0.4))
        else:
            layers.append(lines('seam', 0.03, *both(rim * (0.95, 1))))
    layers += closure(garment, body)
    if garment.sleeves != 'straps':
        layers += collar(garment, body)
    return layers + pockets(garment, body)
