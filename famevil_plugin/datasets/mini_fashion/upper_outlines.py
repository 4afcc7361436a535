"""Lays out what covers the upper body: tops, dresses, jackets, coats."""
import numpy as np

from .garments import Garment
from .shapes import Layer, Points, both, circle, fill, lines, mirror, spline
from .upper_body import ARMPIT, FITS, Body, armhole, measure, neckline, torso
from .upper_details import closure, collar, hem, hood_back, pockets, waist

SLEEVE_LENGTHS = {'short': 1.0, 'three-quarter': 1.9, 'long': 2.7}


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
    top = np.array([0.97, 0.19])
    pit = np.array([FITS[garment.fit or 'regular'][0] - 0.04, ARMPIT + 0.08])
    end = top + along * length
    inner = end + inward * width
    outer = spline([top - (0.2, 0.08), top,
                    top + along * 0.3 - inward * (bulge + 0.04),
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
        rim = armhole(body)
        if garment.trim == 'neck and cuffs':
            layers.append(lines('second', 0.13, *both(rim), relief=0.4))
        else:
            layers.append(lines('seam', 0.03, *both(rim * (0.95, 1))))
    layers += closure(garment, body)
    if garment.sleeves != 'straps':
        layers += collar(garment, body)
    return layers + pockets(garment, body)
