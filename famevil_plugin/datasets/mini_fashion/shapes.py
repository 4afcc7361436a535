"""The tailor's tools: smooth curves, and the layers a picture is made of.

Outlines live in a plane of their own: x grows to the right, y downwards,
and a shoulder is one unit wide. Where it comes to lie in the picture is
decided later, by the view.
"""
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

Points = np.ndarray
Pairs = Sequence[tuple[float, float] | Points]


@dataclass(frozen=True)
class Layer:
    """Something of one paint; layers are laid one over the other.

    Attributes:
        paint (str): What it is painted with, see ``drawing.PAINTS``.
        polygons (tuple): Closed outlines, arrays of shape (N, 2).
        lines (tuple): Open curves with their widths.
        relief (float): How strongly it bulges towards the viewer.
        angle (float): Rotation of the pattern on it, in radians.
        texture (str): Surface, if it is not the garment's own.
    """
    paint: str
    polygons: tuple[Points, ...] = ()
    lines: tuple[tuple[Points, float], ...] = ()
    relief: float = 1.0
    angle: float = 0.0
    texture: str = ''


def fill(paint: str, *polygons: Points, relief: float = 1.0,
         angle: float = 0.0, texture: str = '') -> Layer:
    """A layer of filled outlines."""
    return Layer(paint, tuple(np.asarray(p, float) for p in polygons),
                 relief=relief, angle=angle, texture=texture)


def lines(paint: str, width: float, *curves: Points,
          relief: float = 0.0) -> Layer:
    """A layer of lines of one width."""
    return Layer(paint, lines=tuple((np.asarray(c, float), width)
                                    for c in curves), relief=relief)


def spline(points: Pairs | Points, closed: bool = False,
           steps: int = 8) -> Points:
    """A Catmull-Rom curve through the points, shape (N, 2)."""
    knots = np.asarray(points, float)
    if closed:
        padded = np.concatenate([knots[-1:], knots, knots[:2]])
    else:
        padded = np.concatenate([2 * knots[:1] - knots[1:2], knots,
                                 2 * knots[-1:] - knots[-2:-1]])
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    a, b, c, d = (padded[i:len(padded) - 3 + i, None] for i in range(4))
    curve = 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 +
                   (3 * b - a - 3 * c + d) * t**3)
    curve = curve.reshape(-1, 2)
    return curve if closed else np.concatenate([curve, knots[-1:]])


def mirror(points: Pairs | Points) -> Points:
    """The same on the left side."""
    return np.asarray(points, float) * (-1, 1)


def both(points: Pairs | Points) -> tuple[Points, Points]:
    """The points and their mirror image."""
    return np.asarray(points, float), mirror(points)


def symmetric(right: Pairs | Points) -> Points:
    """Close an outline given by its right half, from top to bottom."""
    half = np.asarray(right, float)
    return np.concatenate([half, mirror(half)[::-1]])


def circle(x: float, y: float, radius: float, stretch: float = 1.0,
           steps: int = 20) -> Points:
    """A circle, or with ``stretch`` an upright ellipse."""
    angle = np.linspace(0, 2 * np.pi, steps, endpoint=False)
    return np.stack([x + radius * np.cos(angle),
                     y + radius * stretch * np.sin(angle)], 1)


def box(left: float, top: float, right: float, bottom: float) -> Points:
    """An upright rectangle."""
    return np.array([(left, top), (right, top), (right, bottom),
                     (left, bottom)])


def dashes(curve: Points, length: float = 0.07) -> tuple[Points, ...]:
    """Cut a curve into the dashes of a seam."""
    steps = np.hypot(*np.diff(curve, axis=0).T)
    along = np.concatenate([[0], np.cumsum(steps)])
    starts = np.arange(0, along[-1], 2 * length)
    ends = np.minimum(starts + length, along[-1])
    return tuple(
        np.stack([np.interp((s, e), along, curve[:, axis])
                  for axis in (0, 1)], 1) for s, e in zip(starts, ends))


def waves(left: float, right: float, y: float, depth: float,
          count: int) -> Points:
    """A ruffled edge from right to left."""
    x = np.linspace(right, left, 8 * count + 1)
    phase = np.linspace(0, count * 2 * np.pi, len(x))
    return np.stack([x, y + depth * (1 - np.cos(phase)) / 2], 1)


def moved(layer: Layer, shift: Points, scale: float = 1.0) -> Layer:
    """The layer at another place."""
    return Layer(layer.paint,
                 tuple(p * scale + shift for p in layer.polygons),
                 tuple((c * scale + shift, w * scale)
                       for c, w in layer.lines),
                 layer.relief, layer.angle, layer.texture)
