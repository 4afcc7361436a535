"""Outlines of shoes, bags and accessories."""
import numpy as np

from .garments import Garment
from .shapes import (Layer, Pairs, Points, both, box, circle, dashes, fill,
                     lines, spline, symmetric)

HEEL_HEIGHTS = {'block heel': 0.55, 'stiletto heel': 0.85, 'platform': 0.3}
SHAFTS = {'low-top': 0.0, 'high-top': 0.5, 'ankle': 0.75, 'mid-calf': 1.9,
          'knee-high': 2.9, 'low': 0.0}


def _rise(garment: Garment) -> float:
    """How far the heel lifts the foot."""
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
        outline = _lift(spline([(-0.02, -0.1), (3.0, -0.08), (3.1, -0.3),
                                (0.0, -0.3)], closed=True, steps=4), 0.0)
        return [fill(paint, box(0.0, -0.32, 3.0, 0.0), relief=0.8),
                fill(paint, outline)]
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
        layers += [fill('plain', np.array([(1.0, y), (1.75 - 0.0, y + 0.3),
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
        layers.append(fill('metal', circle(*_lift([(0.85, -0.95)],
                                                  rise)[0], 0.08)))
    return layers


def _sandal(garment: Garment, rise: float) -> list[Layer]:
    base = -0.3 if garment.detail == 'platform' else -0.14
    bed = spline(_lift([(0.0, base), (1.0, base), (2.0, base),
                        (3.05, base)], rise))
    layers = [lines('lining', 0.12, bed)]
    if garment.hem == 'two strap':
        arcs: list[Pairs] = [
            [(1.15, base), (1.25, base - 0.75), (1.75, base - 0.7),
             (1.8, base)],
            [(2.05, base), (2.1, base - 0.55), (2.6, base - 0.48),
             (2.65, base)]]
    else:
        arcs = [[(1.1, base), (1.5, base - 0.75), (1.95, base - 0.6),
                 (2.55, base)],
                [(1.25, base), (1.75, base - 0.42), (2.3, base - 0.62),
                 (2.75, base)]]
    for arc in arcs:
        layers.append(fill('cloth', spline(_lift(arc, rise)), relief=0.9))
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
        layers.append(fill('dark', circle(*(middle + (0, 0.22)), 0.09, 0.6)))
    elif garment.closure == 'tassel':
        tail = [np.array([middle, middle + (dx, 0.3)])
                for dx in (0.12, 0.22, 0.32)]
        layers += [lines('second' if garment.trim else 'dark', 0.06, *tail),
                   fill('plain', circle(*middle, 0.1))]
    elif garment.closure == 'horsebit':
        layers += [lines('metal', 0.07, np.array([middle + (-0.35, 0.08),
                                                  middle + (0.3, 0.16)])),
                   lines('metal', 0.06,
                         circle(*(middle + (-0.3, 0.08)), 0.11),
                         circle(*(middle + (0.28, 0.16)), 0.11))]
    return layers


def shoe_layers(garment: Garment, step: float) -> list[Layer]:
    """A pair of shoes; ``step`` sets the other shoe back."""
    near = shoe(garment)
    shift = np.array([0.55 + 0.5 * step, -0.55])
    return [moved(layer, shift, 0.92) for layer in near] + near


def moved(layer: Layer, shift: Points, scale: float = 1.0) -> Layer:
    """The layer at another place."""
    return Layer(layer.paint,
                 tuple(p * scale + shift for p in layer.polygons),
                 tuple((c * scale + shift, w * scale)
                       for c, w in layer.lines),
                 layer.relief, layer.angle, layer.texture)


def tote_layers(garment: Garment, sway: float) -> list[Layer]:
    """A tote with two handles."""
    wide, high = (1.35, 1.9) if garment.fit == 'wide' else (1.05, 2.3)
    paint = 'second' if garment.trim == 'handles' else 'plain'
    reach = 0.7 if garment.length == 'short' else 1.5
    handle = spline([(-0.5, 0.15), (-0.42 + sway * 0.1, -reach * 0.7),
                     (sway * 0.15, -reach), (0.42 + sway * 0.1,
                                             -reach * 0.7), (0.5, 0.15)])
    ends = np.array([(0.5, -0.05), (0.5, 0.45)])
    body = symmetric(spline([(0, 0), (wide, 0), (wide * 0.97, 0.1),
                             (wide * 0.88, high - 0.12),
                             (wide * 0.78, high), (0, high + 0.03)]))
    layers = [lines('lining', 0.15, handle + (0.12, -0.1)),
              fill('cloth', body),
              lines('seam', 0.03, np.array([(-wide, 0.14), (wide, 0.14)])),
              lines(paint, 0.17, handle, relief=0.5),
              lines(paint, 0.2, *both(ends), relief=0.4)]
    if garment.pocket == 'patch':
        patch = box(-0.5, high * 0.45, 0.5, high * 0.82)
        layers += [fill('plain', patch, relief=0.6),
                   lines('seam', 0.03, np.concatenate([patch, patch[:1]]))]
    return layers


def backpack_layers(garment: Garment, sway: float) -> list[Layer]:
    """A backpack seen from its front."""
    straps = 'second' if garment.trim == 'straps' else 'plain'
    pocket = 'second' if garment.trim == 'pocket' else 'cloth'
    strap = spline([(0.7, 0.2), (1.15 + sway * 0.1, 0.8),
                    (1.18 + sway * 0.1, 1.7), (0.9, 2.3)])
    loop = spline([(-0.25, 0.1), (-0.2, -0.28), (0.2, -0.28), (0.25, 0.1)])
    body = symmetric(spline([(0, 0), (0.6, 0.03), (0.92, 0.45),
                             (1.0, 1.5), (0.96, 2.35), (0.6, 2.5),
                             (0, 2.52)]))
    layers = [lines(straps, 0.24, *both(strap), relief=0.8),
              lines(straps, 0.13, loop, relief=0.6), fill('cloth', body)]
    if garment.closure == 'flap':
        flap = symmetric(spline([(0, -0.02), (0.62, 0.02), (0.95, 0.5),
                                 (0.85, 1.05), (0, 1.2)]))
        belt = box(0.36, 0.5, 0.52, 1.35)
        layers += [fill('cloth', flap), fill('dark', *both(belt)),
                   fill('metal', *both(box(0.33, 1.2, 0.55, 1.34)))]
    else:
        arc = symmetric(spline([(0, 0.3), (0.5, 0.36), (0.74, 0.7),
                                (0.8, 1.25)]))
        spine = np.concatenate([arc[len(arc) // 2:], arc[:len(arc) // 2]])
        layers += [lines('dark', 0.11, spine),
                   lines('metal', 0.06, *dashes(spine, 0.06)),
                   fill('metal', box(0.74, 1.15, 0.86, 1.42))]
    if garment.pocket == 'two patch':
        patches = both(spline([(0.1, 1.5), (0.84, 1.5), (0.84, 2.32),
                               (0.1, 2.34)], closed=True, steps=3))
        layers += [fill(pocket, *patches),
                   lines('seam', 0.05, np.array([(-0.85, 1.68),
                                                 (0.85, 1.68)]))]
    else:
        patch = symmetric(spline([(0, 1.42), (0.62, 1.46), (0.76, 1.7),
                                  (0.74, 2.3), (0, 2.38)]))
        spine = np.array([(-0.6, 1.62), (0.6, 1.62)])
        layers += [fill(pocket, patch), lines('dark', 0.1, spine),
                   lines('metal', 0.06, *dashes(spine, 0.06))]
    return layers


def clutch_layers(garment: Garment, sway: float) -> list[Layer]:
    """A clutch, with or without its chain."""
    paint = 'second' if garment.trim == 'flap' else 'cloth'
    body = symmetric(spline([(0, 0), (1.4, 0), (1.48, 0.1), (1.5, 1.5),
                             (1.42, 1.6), (0, 1.62)], steps=6))
    layers = []
    if garment.length == 'chain':
        chain = spline([(-1.4, 0.1), (-0.8, -0.9), (sway * 0.5, -1.2),
                        (0.8, -0.9), (1.4, 0.1)])
        layers += [lines('metal', 0.1, *dashes(chain, 0.1)),
                   lines('dark', 0.03, chain)]
    elif garment.length == 'wristlet':
        loop = spline([(1.42, 0.2), (1.9, 0.3), (2.05, 1.1), (1.8, 1.5),
                       (1.62, 0.9), (1.45, 0.3)])
        layers.append(lines('plain', 0.13, loop, relief=0.6))
    layers.append(fill('cloth', body))
    if garment.fit == 'envelope':
        flap = symmetric([(0, 0), (1.45, 0.02), (1.46, 0.25), (0, 1.05)])
        end = 1.0
    else:
        flap = symmetric(spline([(0, 0), (1.45, 0.02), (1.46, 0.5),
                                 (1.2, 0.72), (0, 0.74)], steps=5))
        end = 0.7
    if garment.closure == 'zip' and garment.fit != 'envelope':
        spine = np.array([(-1.35, 0.22), (1.35, 0.22)])
        layers += [fill(paint, symmetric([(0, 0), (1.45, 0.02),
                                          (1.48, 0.22), (0, 0.22)])),
                   lines('dark', 0.12, spine),
                   lines('metal', 0.06, *dashes(spine, 0.06)),
                   fill('metal', box(1.1, 0.2, 1.2, 0.5))]
        return layers
    layers.append(fill(paint, flap))
    if garment.closure == 'clasp':
        layers.append(fill('metal', circle(0, end - 0.05, 0.13)))
    return layers


def cap_layers(garment: Garment, sway: float) -> list[Layer]:
    """A baseball cap, half from its side."""
    brim = 'second' if garment.trim == 'brim' else 'plain'
    dome = spline([(-1.25, 0.1), (-1.2, -0.6), (-0.7, -1.25), (0, -1.45),
                   (0.65, -1.22), (1.0, -0.65), (1.05, 0.08)])
    base = spline([(1.05, 0.08), (0.2, 0.24), (-1.25, 0.1)])
    bend = 0.34 if garment.fit == 'curved' else 0.08
    visor = spline([(0.1, 0.12), (0.9, -0.05), (1.7, 0.02 + bend / 2),
                    (2.25, 0.1 + bend), (1.8, 0.3 + bend), (1.0, 0.34),
                    (0.3, 0.3)], closed=True)
    panels = [spline([(0, -1.45), (0.35 + sway * 0.1, -0.9), (0.4, 0.2)]),
              spline([(0, -1.45), (-0.7, -0.8), (-0.72, 0.18)])]
    knob = 'second' if garment.trim == 'button' else 'plain'
    return [fill('cloth', np.concatenate([dome, base])),
            lines('seam', 0.035, *panels),
            fill('dark', *(circle(x, -0.7, 0.05) for x in (-0.25, -1.0))),
            fill(brim, visor),
            lines('topstitch', 0.025, *dashes(spline(
                [(0.4, 0.22), (1.2, 0.14 + bend * 0.4),
                 (1.95, 0.14 + bend)]))),
            fill(knob, circle(0, -1.47, 0.12, 0.6))]


def beanie_layers(garment: Garment, sway: float) -> list[Layer]:
    """A knitted hat."""
    paint = 'second' if garment.trim == 'brim' else 'plain'
    lean = sway * 0.15
    dome = symmetric(spline([(0, -1.7), (0.6, -1.55), (1.05, -0.9),
                             (1.15, 0.0), (0, 0.1)]))
    dome[:, 0] += lean * -dome[:, 1]
    layers = []
    if garment.detail == 'pompom':
        layers.append(fill('fluff', circle(lean * 1.8, -1.95, 0.42)))
    layers.append(fill('cloth', dome))
    if garment.hem == 'folded':
        cuff = symmetric(spline([(0, -0.4), (1.14, -0.46), (1.22, -0.2),
                                 (1.16, 0.22), (0, 0.3)], steps=6))
        layers.append(fill(paint, cuff, texture='rib'))
    else:
        roll = spline([(-1.12, 0.02), (0, 0.12), (1.12, 0.02)])
        layers.append(lines(paint, 0.3, roll, relief=1.0))
    return layers


def scarf_layers(garment: Garment, sway: float) -> list[Layer]:
    """A scarf around nobody's neck, or folded in half."""
    drop = 0.25 * sway
    tails = [np.array([(0.08, 0.5), (0.72, 0.5), (0.86, 3.1 + drop),
                       (0.14, 3.15 + drop)]),
             np.array([(-0.7, 0.5), (-0.06, 0.5), (-0.1, 2.7 - drop),
                       (-0.84, 2.65 - drop)])]
    if garment.fit == 'folded':
        tails = [np.array([(-0.62, 0.1), (0.62, 0.1), (0.66, 3.0),
                           (-0.66, 3.0)])]
    layers = []
    if garment.hem == 'fringed':
        fringe = []
        for tail in tails:
            right, left = tail[2], tail[3]
            fringe += [np.stack([left + (right - left) * s,
                                 left + (right - left) * s + (0, 0.38)])
                       for s in np.linspace(0.04, 0.96, 9)]
        layers.append(lines('plain', 0.06, *fringe, relief=0.3))
    layers += [fill('cloth', tail, angle=0.05 - 0.1 * i)
               for i, tail in enumerate(tails)]
    if garment.fit == 'knotted':
        wrap = symmetric(spline([(0, -0.55), (0.75, -0.5), (1.1, -0.05),
                                 (0.8, 0.5), (0, 0.75)]))
        hollow = spline([(-0.55, -0.3), (0, -0.42), (0.55, -0.3),
                         (0, -0.05)], closed=True)
        folds = [spline([(-0.95, y), (0, y + 0.42), (0.95, y)])
                 for y in (-0.1, 0.1)]
        layers += [fill('cloth', wrap, angle=0.5), fill('lining', hollow),
                   lines('seam', 0.04, *folds)]
    else:
        layers.append(lines('seam', 0.05, np.array([(0.2, 0.12),
                                                    (0.24, 3.0)])))
    return layers


def belt_layers(garment: Garment, sway: float) -> list[Layer]:
    """A belt, loosely coiled."""
    width = 0.3 if garment.fit == 'slim' else 0.52
    ring = circle(0, 0, 1.45, 0.62, 40)
    start = 30 - int(6 * (sway + 0.5))
    back = np.roll(ring, -start, 0)
    tail = spline([(-0.2, 0.9), (0.7, 0.92), (1.5, 0.7), (2.2, 0.75)])
    front = ring[(ring[:, 1] > -0.15)]
    layers = [lines('lining', width, np.concatenate([back, back[:1]]),
                    relief=0.6),
              lines('cloth', width, front, relief=1.0),
              lines('cloth', width, tail, relief=1.0),
              fill('dark', *(circle(x, y, 0.05) for x, y in tail[6:20:4]))]
    if garment.trim == 'stitching':
        layers.append(lines('second', 0.05, *dashes(
            tail - (0, width * 0.36), 0.06), *dashes(
            tail + (0, width * 0.36), 0.06)))
    high = width / 2 + 0.12
    if garment.closure == 'pin-buckle':
        frame = box(-0.5, 0.9 - high, 0.0, 0.9 + high)
        layers += [lines('metal', 0.12, np.concatenate([frame, frame[:2]])),
                   lines('metal', 0.08, np.array([(-0.5, 0.9),
                                                  (0.05, 0.9)]))]
    elif garment.closure == 'plaque':
        layers.append(fill('metal', box(-0.6, 0.9 - high, 0.05, 0.9 + high)))
    else:
        layers.append(lines('metal', 0.1, *(
            np.concatenate([c, c[:2]]) for c in (
                circle(-0.35, 0.9, high), circle(-0.12, 0.9, high)))))
    return layers


def socks_layers(garment: Garment, step: float) -> list[Layer]:
    """A pair of socks."""
    tall = 1.0 if garment.length == 'ankle' else 2.3
    outline = spline([(-0.42, -tall), (-0.42, 0.0), (-0.44, 0.6),
                      (-0.2, 1.0), (0.6, 1.05), (1.4, 1.1), (1.75, 0.85),
                      (1.6, 0.5), (0.9, 0.35), (0.46, 0.0), (0.4, -tall)])
    cuff = 'second' if garment.trim == 'cuff' else 'plain'
    tip = 'second' if garment.trim == 'heel and toe' else 'plain'
    heel = spline([(-0.44, 0.3), (-0.1, 0.55), (-0.02, 1.03), (-0.3, 0.95),
                   (-0.44, 0.6)], closed=True)
    toe = spline([(1.3, 1.1), (1.75, 0.85), (1.6, 0.5), (1.25, 0.43)],
                 closed=True)
    near = [fill('cloth', outline), fill(tip, heel, toe, relief=0.6),
            fill(cuff, box(-0.46, -tall - 0.3, 0.44, -tall + 0.08),
                 texture='rib')]
    shift = np.array([0.8 + 0.5 * step, -0.3])
    return [moved(layer, shift) for layer in near] + near
