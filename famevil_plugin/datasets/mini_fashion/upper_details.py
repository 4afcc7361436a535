"""Parts sewn onto a body: collars, closures, pockets, hems."""
import numpy as np

from .garments import Garment
from .shapes import (Layer, both, box, circle, dashes, fill, lines, mirror,
                     spline, symmetric, waves)
from .upper_body import WAIST, Body, band, neckline


def collar(garment: Garment, body: Body) -> list[Layer]:
    """The finish of the neck."""
    trimmed = garment.trim == 'neck and cuffs'
    paint = 'second' if trimmed else 'plain'
    edge = neckline(body)
    if garment.neck in ('spread collar', 'polo'):
        flap = np.array([(0.30, -0.16), (0.44, 0.02), (0.62, 0.42),
                         (0.36, 0.50), (0.03, body.depth + 0.02),
                         (0.2, 0.14)])
        return [_stand(), fill(paint, *both(flap), relief=0.7)]
    if garment.neck == 'band collar':
        band = np.concatenate([spline([(0.03, body.depth + 0.04),
                                       (0.27, 0.14), (0.37, -0.04)]),
                               spline([(0.29, -0.2), (0.2, 0.02),
                                       (0.03, body.depth - 0.16)])])
        return [_stand(), fill(paint, *both(band), relief=0.7)]
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
            spline([(0.30, -0.2), (0.22, -0.02),
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


def _stand() -> Layer:
    """The back of a collar, seen from its inside."""
    return fill('lining', symmetric(spline([
        (0, -0.17), (0.2, -0.18), (0.33, -0.13), (0.3, 0.0), (0.18, 0.08),
        (0, 0.1)])), relief=0.4)


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
    turned = np.array([(0.2, -0.17), (0.36, -0.12), (0.44, 0.02),
                       (0.64, 0.36), (0.48, 0.54), (0.26, 0.22),
                       (0.22, 0.0)])
    return [_stand(), fill('cloth', *both(lapel), relief=0.7),
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
        return [lines('dark', 0.14, spine),
                lines(paint, 0.07, *dashes(spine, 0.035)),
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
            right, waves(-body.hem - 0.1, body.hem + 0.1, end, 0.12, 7),
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
