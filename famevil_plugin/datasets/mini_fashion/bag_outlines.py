"""Outlines of bags."""
import numpy as np

from .garments import Garment
from .shapes import (Layer, both, box, circle, dashes, fill, lines, spline,
                     symmetric)


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
