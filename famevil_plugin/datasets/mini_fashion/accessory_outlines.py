"""Outlines of hats, scarves, belts and socks."""
import numpy as np

from .garments import Garment
from .shapes import (Layer, box, circle, dashes, fill, lines, moved, spline,
                     symmetric)


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
                           (-0.66, 3.0)]) + shift
                 for shift in ((0.3, 0.2), (0, -0.1 + drop))]
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
    front = np.roll(ring, 2, 0)[:24]
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
