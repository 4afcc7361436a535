"""Outlines of shoes, seen from their side."""
import numpy as np

from .garments import Garment
from .shapes import (Layer, Pairs, Points, box, circle, dashes, fill, lines,
                     moved, spline)

HEEL_HEIGHTS = {'block heel': 0.55, 'stiletto heel': 0.85, 'platform': 0.3}
SHAFTS = {'low-top': 0.0, 'high-top': 0.5, 'ankle': 0.75, 'mid-calf': 1.9,
          'knee-high': 2.9, 'low': 0.0}


def _rise(garment: Garment) -> float:
    """Height by which the heel lifts the foot."""
    return HEEL_HEIGHTS.get(garment.detail, 0.0)


def _lift(points: Pairs | Points, rise: float) -> Points:
    """Raise the heel, and let the ball of the foot stay on the ground."""
    lifted = np.array(points, float)
    away = np.clip((2.0 - lifted[:, 0]) / 1.6, 0, 1)
    lifted[:, 1] -= rise * away**1.5
    return lifted


def sole(garment: Garment) -> list[Layer]:
    """The sole and the heel."""
    rise = _rise(garment)
    paint = 'second' if 'sole' in garment.trim else 'sole'
    thick = {'SNEAKERS': 0.24, 'SANDALS': 0.14}.get(garment.kind, 0.1)
    if garment.detail == 'platform':
        return [fill(paint, box(0.0, -0.32, 3.0, 0.0), relief=0.8)]
    upper = _lift(spline([(-0.02, -thick), (0.8, -thick), (2.0, -thick),
                          (3.08, -thick)]), rise)
    lower = _lift(spline([(3.05, -0.02), (2.0, 0), (0.8, 0), (0.0, 0)]),
                  rise)
    layers = []
    if garment.detail == 'block heel':
        layers.append(fill(paint, np.array([(0.0, -rise - 0.1),
                                            (0.75, -rise * 0.72),
                                            (0.66, 0.02), (0.04, 0.02)])))
    elif garment.detail == 'stiletto heel':
        layers.append(fill(paint, np.array([(0.0, -rise - 0.1),
                                            (0.55, -rise * 0.8),
                                            (0.2, 0.02), (0.08, 0.02)])))
    elif garment.kind not in ('SNEAKERS', 'SANDALS'):
        layers.append(fill(paint, box(0.0, -0.12, 0.8, 0.12)))
    return layers + [fill(paint, np.concatenate([upper, lower]),
                          relief=0.6)]


def shoe(garment: Garment) -> list[Layer]:
    """One shoe from its side, the toe to the right."""
    builders = {'SANDALS': _sandal, 'HEELS': _pump, 'LOAFERS': _loafer,
                'SNEAKERS': _sneaker}
    build = builders.get(garment.kind, _boot)
    return sole(garment) + build(garment, _rise(garment))


def _sneaker(garment: Garment, rise: float) -> list[Layer]:
    top = -1.25 - SHAFTS[garment.length]
    upper = spline([(0.0, -0.2), (-0.03, -0.8), (0.05, top), (0.5, top + .12),
                    (0.95, top + 0.02), (1.25, -1.08), (2.0, -0.72),
                    (2.75, -0.6), (3.05, -0.22)])
    tongue = spline([(0.85, top + 0.1), (0.9, top - 0.22), (1.15, top - 0.18),
                     (1.4, -0.95)])
    layers = [fill('lining', tongue), fill('cloth', upper)]
    cap = spline([(2.25, -0.2), (2.3, -0.55), (2.72, -0.58), (3.03, -0.22)])
    trimmed = garment.trim == 'sole and toe cap'
    layers.append(fill('second' if trimmed else 'plain', cap, relief=0.7))
    layers.append(lines('seam', 0.03, cap,
                        spline([(0.0, -0.75), (0.5, -0.7), (0.62, -0.2)])))
    if garment.trim == 'side stripe':
        bars = [np.array([(x, -0.24), (x + 0.16, -0.24), (x + 0.42, -0.86),
                          (x + 0.26, -0.86)]) for x in (0.75, 1.05, 1.35)]
        layers.append(fill('second', *bars, relief=0.3))
    if garment.closure == 'strap':
        layers += [fill('plain', np.array([(1.0, y), (1.75, y + 0.3),
                                           (1.65, y + 0.52),
                                           (0.9, y + 0.22)]))
                   for y in (-1.25, -0.98)]
    else:
        steps = np.linspace(0, 1, 5 if garment.length == 'high-top' else 4)
        start = np.array([0.98, top + 0.1])
        end = np.array([1.95, -0.78])
        laces = [np.stack([p + (-0.12, 0.13), p + (0.14, -0.06)])
                 for p in (start + (end - start) * s for s in steps)]
        layers.append(lines('lace', 0.08, *laces, relief=0.3))
    return layers


def _boot(garment: Garment, rise: float) -> list[Layer]:
    top = -1.2 - SHAFTS[garment.length]
    back = [(0.0, -0.08), (0.0, -0.6), (0.08, -1.1)]
    front = [(1.1, -1.15), (1.55, -0.8), (2.4, -0.55), (2.95, -0.4),
             (3.08, -0.06)]
    wide = 0.12 if garment.length == 'knee-high' else 0.0
    shaft = [(0.02 - wide, top), (1.06 + wide, top)]
    upper = np.concatenate([spline(_lift([*back, shaft[0]], rise)),
                            spline(_lift([shaft[1], *front], rise))])
    layers = [fill('cloth', upper)]
    edge = _lift(np.array(shaft) + (0, 0.1), rise)
    layers.append(lines('seam', 0.03, edge, _lift(spline(
        [(1.15, -0.08), (1.25, -0.5), (1.5, -0.8)]), rise)))
    if garment.closure == 'zip':
        spine = _lift([(0.5, -0.3), (0.5, top + 0.1)], rise)
        layers += [lines('dark', 0.1, spine),
                   lines('metal', 0.06, *dashes(spine, 0.06))]
    elif garment.closure == 'lace-up':
        start, end = np.array([1.02, top + 0.2]), np.array([1.9, -0.72])
        laces = [np.stack([p + (-0.14, 0.1), p + (0.12, -0.06)])
                 for p in (start + (end - start) * s
                           for s in np.linspace(0, 1, 6))]
        layers.append(lines('lace', 0.08, *(_lift(c, rise) for c in laces),
                            relief=0.3))
    elif garment.closure == 'elastic':
        gore = np.array([(0.4, top + 0.12), (0.8, top + 0.12),
                         (0.66, -0.75), (0.5, -0.75)])
        layers.append(fill('dark', _lift(gore, rise), texture='rib',
                           relief=0.3))
    elif garment.closure == 'buckle':
        strap = _lift([(-0.02, -1.0), (1.2, -1.2)], rise)
        centre = _lift([(0.75, -1.13)], rise)[0]
        layers += [lines('dark', 0.16, strap, relief=0.5),
                   lines('metal', 0.06, np.concatenate(
                       [box(*(centre - 0.14), *(centre + 0.14)),
                        [centre - 0.14]]))]
    return layers


def _pump(garment: Garment, rise: float) -> list[Layer]:
    tip = 3.25 if garment.hem == 'pointed' else 2.95
    upper = spline(_lift([
        (0.0, -0.1), (-0.02, -0.5), (0.1, -0.82), (0.5, -0.42),
        (1.2, -0.2), (1.75, -0.3), (2.15, -0.52), (2.7, -0.36),
        (tip, -0.06)], rise))
    layers = [fill('lining', spline(_lift([
        (0.08, -0.72), (0.9, -0.5), (2.1, -0.5), (1.4, -0.15),
        (0.5, -0.3)], rise), closed=True)), fill('cloth', upper)]
    if garment.hem == 'peep':
        layers.append(fill('lining', circle(2.78, -0.18, 0.15, 0.7)))
    if garment.closure == 'ankle strap':
        loop = spline(_lift([(0.06, -0.75), (0.02, -1.15), (0.55, -1.28),
                             (1.0, -1.05), (0.7, -0.85), (0.05, -0.95)],
                            rise))
        layers.append(lines('plain', 0.1, loop, relief=0.5))
        buckle = _lift([(0.85, -0.95)], rise)[0]
        layers.append(fill('metal', circle(buckle[0], buckle[1], 0.08)))
    return layers


def _sandal(garment: Garment, rise: float) -> list[Layer]:
    base = -0.3 if garment.detail == 'platform' else -0.14
    bed = spline(_lift([(0.0, base), (1.0, base), (2.0, base),
                        (3.05, base)], rise))
    layers = [lines('lining', 0.12, bed)]
    if garment.hem == 'two strap':
        arcs: list[Pairs] = [
            [(1.15, base), (1.25, base - 0.5), (1.7, base - 0.5),
             (1.8, base)],
            [(2.05, base), (2.15, base - 0.36), (2.55, base - 0.34),
             (2.65, base)]]
    else:
        arcs = [[(1.1, base), (1.5, base - 0.75), (1.95, base - 0.6),
                 (2.55, base)],
                [(1.25, base), (1.75, base - 0.42), (2.3, base - 0.62),
                 (2.75, base)]]
    for arc in arcs:
        layers.append(lines('cloth', 0.34, spline(_lift(arc, rise)),
                            relief=0.9))
    if garment.closure == 'ankle strap':
        heel = spline(_lift([(0.02, base), (-0.02, -0.7), (0.05, -1.1)],
                            rise))
        loop = spline(_lift([(0.05, -1.05), (0.5, -1.2), (1.0, -1.05),
                             (0.6, -0.92), (0.05, -1.0)], rise))
        layers += [lines('plain', 0.17, heel, relief=0.5),
                   lines('plain', 0.12, loop, relief=0.5)]
    return layers


def _loafer(garment: Garment, rise: float) -> list[Layer]:
    upper = spline(_lift([
        (0.0, -0.1), (-0.03, -0.55), (0.08, -0.95), (0.6, -0.72),
        (1.15, -0.72), (1.45, -0.98), (1.75, -0.86), (2.5, -0.58),
        (2.98, -0.36), (3.06, -0.08)], rise))
    layers = [fill('cloth', upper)]
    apron = spline(_lift([(1.2, -0.62), (1.7, -0.56), (2.4, -0.46),
                          (2.75, -0.46)], rise))
    layers.append(lines('seam', 0.04, apron))
    saddle = _lift([(1.2, -0.25), (1.5, -0.2), (1.8, -0.86), (1.45, -0.98)],
                   rise)
    layers.append(fill('plain', saddle, relief=0.7))
    middle = _lift([(1.6, -0.88)], rise)[0]
    if garment.closure == 'penny strap':
        layers.append(fill('dark', circle(middle[0], middle[1] + 0.22, 0.09,
                                          0.6)))
    elif garment.closure == 'tassel':
        tail = [np.array([middle, middle + (dx, 0.3)])
                for dx in (0.12, 0.22, 0.32)]
        layers += [lines('second' if garment.trim else 'dark', 0.06, *tail),
                   fill('plain', circle(middle[0], middle[1], 0.1))]
    elif garment.closure == 'horsebit':
        layers += [lines('metal', 0.07, np.array([middle + (-0.35, 0.08),
                                                  middle + (0.3, 0.16)])),
                   lines('metal', 0.06,
                         circle(middle[0] - 0.3, middle[1] + 0.08, 0.11),
                         circle(middle[0] + 0.28, middle[1] + 0.16, 0.11))]
    return layers


def shoe_layers(garment: Garment, step: float) -> list[Layer]:
    """A pair of shoes; ``step`` sets the other shoe back."""
    near = shoe(garment)
    shift = np.array([0.55 + 0.5 * step, -0.55])
    return [moved(layer, shift, 0.92) for layer in near] + near
