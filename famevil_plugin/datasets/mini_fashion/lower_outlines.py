"""Outlines of what is worn below the waist: trousers and skirts."""
import numpy as np

from .garments import Garment
from .shapes import (Layer, Points, both, box, circle, dashes, fill, lines,
                     mirror, spline, symmetric, waves)

LEG_LENGTHS = {'short': 2.1, 'bermuda': 3.0, 'cropped': 4.3, 'full': 5.3}

#: Half width of the leg at the knee and at the ankle.
LEG_WIDTHS = {
    'skinny': (0.30, 0.21), 'slim': (0.36, 0.27), 'straight': (0.42, 0.38),
    'wide-leg': (0.54, 0.62), 'flared': (0.34, 0.60),
}
SKIRT_LENGTHS = {'mini': 1.9, 'midi': 3.5, 'maxi': 5.2}

#: How much a skirt's half width grows per unit of length.
SKIRT_FLARES = {'a-line': 0.26, 'straight': 0.02, 'pleated': 0.20}

HIP = 1.0
CROTCH = 1.5
KNEE = 3.2


def leg(garment: Garment, stance: float) -> Points:
    """The outline of the right leg."""
    length = LEG_LENGTHS[garment.length]
    knee, ankle = LEG_WIDTHS[garment.fit]
    at_hem = np.interp(length, (CROTCH, KNEE, 5.3),
                       (0.50 + knee * 0.1, knee, ankle))
    centre = max(0.46 + stance * (length - CROTCH), at_hem + 0.07)
    knots = [(0.72, 0.0), (0.86, 0.45), (HIP, 1.05)]
    if length > KNEE + 0.5:
        middle = max(0.46 + stance * (KNEE - CROTCH), knee + 0.05)
        outer = spline(knots + [(middle + knee, KNEE),
                                (centre + at_hem, length)])
        inner = spline([(centre - at_hem, length), (middle - knee, KNEE),
                        (0.02, CROTCH)])
    else:
        outer = spline(knots + [(centre + at_hem, length)])
        inner = spline([(centre - at_hem, length), (0.02, CROTCH)])
    return np.concatenate([outer, inner, [(0, 0)]])


def waistband(garment: Garment) -> list[Layer]:
    """The band with its fastening."""
    paint = 'second' if garment.trim == 'waistband' else 'plain'
    texture = 'rib' if garment.closure in ('elastic', 'drawstring') else ''
    outline = symmetric([(0, -0.06), (0.71, -0.1), (0.75, 0.16), (0, 0.21)])
    layers = [fill(paint, outline, texture=texture, relief=0.6),
              lines('seam', 0.025, np.array([(-0.75, 0.17), (0, 0.21),
                                             (0.75, 0.17)]))]
    if garment.closure == 'drawstring':
        cord = spline([(0.05, 0.05), (0.14, 0.4), (0.1, 0.8)])
        layers.append(lines('stitch', 0.07, *both(cord), relief=0.4))
    elif garment.closure in ('zip-fly', 'button-fly'):
        loops = [box(x - 0.04, -0.1, x + 0.04, 0.22)
                 for x in (-0.55, -0.3, 0.3, 0.55)]
        layers += [fill('plain', *loops), fill('metal',
                                               circle(0, 0.06, 0.07))]
    return layers


def fly(garment: Garment) -> list[Layer]:
    """The fly below the band."""
    if garment.closure == 'button-fly':
        return [lines('seam', 0.025, np.array([(0.12, 0.2), (0.1, 1.2)])),
                fill('metal', *(circle(0.0, y, 0.055)
                                for y in (0.42, 0.7, 0.98)))]
    if garment.closure == 'zip-fly':
        curve = spline([(0.2, 0.2), (0.2, 0.8), (0.14, 1.1), (0, 1.25)])
        return [lines('seam', 0.03, np.array([(0, 0.2), (0, CROTCH)])),
                lines('topstitch', 0.025, *dashes(curve))]
    return [lines('seam', 0.02, np.array([(0, 0.2), (0, CROTCH)]))]


def trouser_layers(garment: Garment, stance: float) -> list[Layer]:
    """Lay out trousers; ``stance`` spreads the legs."""
    spread = 0.045 + 0.04 * stance
    right = leg(garment, spread)
    layers = [fill('lining', symmetric([(0, -0.1), (0.7, -0.12),
                                        (0.72, 0.1)])),
              fill('cloth', mirror(right), angle=spread),
              fill('cloth', right, angle=-spread)]
    length = LEG_LENGTHS[garment.length]
    centre = 0.46 + spread * (length - CROTCH)
    outer = right[:right.shape[0] // 2]
    if garment.detail == 'creased':
        crease = np.array([(0.45, 0.3), (centre, length)])
        layers.append(lines('seam', 0.035, *both(crease)))
    if garment.detail == 'pleated':
        layers.append(lines('seam', 0.04, *both([(0.32, 0.2), (0.4, 1.0)]),
                            *both([(0.5, 0.2), (0.54, 0.8)])))
    if garment.detail == 'faded':
        layers += [fill('faded', *both(circle(0.5, y, 0.16, stretch)))
                   for y, stretch in ((1.5, 3.2),)]
        layers.append(fill('faded', *both(circle(0.5, 2.7, 0.14, 3.0))))
    if garment.detail == 'ripped':
        rips = [spline([(x - 0.2, y), (x, y - 0.12), (x + 0.2, y),
                        (x, y + 0.14)], closed=True)
                for x, y in ((0.56, 2.9), (-0.5, 2.4), (0.5, 2.0))]
        layers += [fill('thread', *rips, texture='rib'),
                   lines('dark', 0.02, *rips)]
    if garment.trim == 'side stripe':
        stripe = outer[outer[:, 1] <= length] - (0.12, 0)
        layers.append(lines('second', 0.15, *both(stripe), relief=0.2))
    if garment.closure != 'elastic':
        mouth = spline([(0.42, 0.18), (0.52, 0.5), (0.88, 0.62)])
        layers.append(lines('seam', 0.035, *both(mouth)))
        layers.append(lines('topstitch', 0.025, *(
            dash for side in both(mouth + (-0.05, 0.05))
            for dash in dashes(side))))
    if garment.fit in ('straight', 'wide-leg') and garment.texture == 'denim':
        seam = outer[outer[:, 1] > 0.7] - (0.08, 0)
        layers.append(lines('topstitch', 0.02, *(
            dash for side in both(seam) for dash in dashes(side))))
    layers += trouser_hem(garment, right, length)
    return layers + fly(garment) + waistband(garment)


def trouser_hem(garment: Garment, right: Points,
                length: float) -> list[Layer]:
    """A rolled cuff or a seam at the ankle."""
    at_hem = right[np.abs(right[:, 1] - length) < 0.02][:, 0]
    left, end = at_hem.min(), at_hem.max()
    if garment.hem == 'rolled':
        roll = box(left - 0.04, length - 0.26, end + 0.04, length + 0.02)
        return [fill('faded', *both(roll), relief=1.0),
                lines('seam', 0.03, *both([(left - 0.04, length - 0.26),
                                           (end + 0.04, length - 0.26)]))]
    return [lines('topstitch', 0.025, *both([(left, length - 0.1),
                                             (end, length - 0.1)]))]


def skirt_layers(garment: Garment, sway: float) -> list[Layer]:
    """Lay out a skirt; ``sway`` moves its hem aside."""
    length = SKIRT_LENGTHS[garment.length]
    wide = 0.92 + SKIRT_FLARES[garment.fit] * length
    count = 11 if garment.fit == 'pleated' else 4
    right = spline([(0.70, 0.05), (0.88, 0.7), (0.88 + (wide - 0.88) * 0.42,
                                                length * 0.55),
                    (wide, length)])
    left = mirror(right)[::-1]
    if garment.hem == 'ruffled':
        low = waves(-wide, wide, length, 0.12, 7)
    else:
        low = spline([(wide, length), (wide * 0.4, length + 0.12),
                      (-wide * 0.4, length + 0.12), (-wide, length)])
    outline = np.concatenate([right, low, left])
    outline[:, 0] += sway * 0.25 * np.clip(outline[:, 1], 0, None) / length
    layers = [fill('lining', symmetric([(0, -0.1), (0.68, -0.12),
                                        (0.7, 0.1)])),
              fill('cloth', outline)]
    folds = []
    for at in np.linspace(-1, 1, count + 2)[1:-1]:
        top = 0.2 if garment.fit == 'pleated' else 0.45 * length
        lean = sway * 0.25
        folds.append(np.array([(at * 0.74, top),
                               (at * wide + lean, length + 0.04)]))
    width = 0.05 if garment.fit == 'pleated' else 0.025
    layers.append(lines('seam', width, *folds))
    if garment.hem == 'ruffled':
        tier = length * 0.74
        reach = np.interp(tier, right[:, 1], right[:, 0])
        lean = sway * 0.25 * tier / length
        layers.append(lines('seam', 0.07, waves(
            -reach + lean, reach + lean, tier, 0.06, 8)))
    if garment.hem == 'slit':
        slit = np.array([(0.42, length * 0.55), (0.66, length + 0.2),
                         (0.36, length + 0.2)])
        layers.append(fill('lining', slit + (sway * 0.2, 0), relief=0.4))
    if garment.closure == 'buttons':
        lean = sway * 0.25
        rows = np.linspace(0.35, length - 0.25, max(4, int(length * 1.5)))
        layers += [lines('seam', 0.025, np.array([
            (-0.1, 0.2), (-0.1 + lean, length + 0.08)])),
            fill('button', *(circle(lean * y / length, y, 0.08)
                             for y in rows))]
    if garment.closure == 'zip':
        spine = np.array([(0.0, 0.2), (sway * 0.25, length + 0.08)])
        layers += [lines('dark', 0.13, spine),
                   lines('metal', 0.07, *dashes(spine, 0.06))]
    return layers + waistband(garment)
