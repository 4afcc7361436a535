"""Draws a garment as a catalogue would show it: garment + view -> image.

Layers are painted from the back to the front. Each is cut out at four times
the picture's size and its cloth is averaged beforehand, so that outlines and
patterns are smooth.
"""
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from .accessory_outlines import (beanie_layers, belt_layers, cap_layers,
                                 scarf_layers, socks_layers)
from .bag_outlines import backpack_layers, clutch_layers, tote_layers
from .garments import COLOURS, Garment
from .kinds import KINDS
from .lower_outlines import skirt_layers, trouser_layers
from .patterns import GLOSS, cut, fold_cloth, pattern_cloth, surface_cloth
from .shapes import Layer, Points
from .shoe_outlines import shoe_layers
from .upper_outlines import upper_layers
from .views import BACKGROUNDS, View

IMAGE_SIZE = 128
MARGIN = 0.06
#: Pixels of a cut-out layer for each of the picture's.
FINENESS = 4
#: The thinnest line that is drawn, in pixels.
HAIRLINE = 0.45

Colour = np.ndarray


def _arms(garment: Garment, pose: float) -> list[Layer]:
    return upper_layers(garment, 0.42 + 0.5 * pose)


OUTLINES: dict[str, Callable[[Garment, float], list[Layer]]] = {
    'upper': _arms, 'trousers': trouser_layers, 'skirt': skirt_layers,
    'shoe': shoe_layers, 'tote': tote_layers, 'backpack': backpack_layers,
    'clutch': clutch_layers, 'cap': cap_layers, 'beanie': beanie_layers,
    'scarf': scarf_layers, 'belt': belt_layers, 'socks': socks_layers,
}


def _shade(colour: Colour, amount: float) -> Colour:
    """Darken a colour; a dark one is lightened, to stay visible."""
    if colour.mean() < 62:
        return colour + (255 - colour) * 0.28 * amount
    return colour * (1 - 0.55 * amount)


def palette(garment: Garment) -> dict[str, Colour]:
    """The colour of every paint of a garment."""
    main = np.array(COLOURS[garment.colour], np.float32)
    second = np.array(COLOURS[garment.second or garment.colour], np.float32)
    light = main.mean() > 150
    sneaker = garment.kind == 'SNEAKERS'
    tailored = garment.neck == 'notched lapel'
    return {
        'cloth': main,
        'plain': main,
        'second': second,
        'lining': _shade(main, 0.75),
        'seam': _shade(main, 0.8),
        'topstitch': second if garment.trim == 'stitching' else
        _shade(main, 0.6),
        'stitch': np.array((70, 68, 66) if light else (240, 236, 226)),
        'button': np.array((60, 50, 44) if light or tailored and
                           main.mean() > 80 else (232, 226, 212)),
        'metal': np.array((206, 202, 192)) if not light else
        np.array((150, 144, 132)),
        'dark': _shade(main, 1.0),
        'sole': np.array((240, 238, 232)) if sneaker else
        np.array((64, 48, 38)),
        'lace': np.array((120, 118, 116) if main.mean() > 215 else
                         (246, 244, 238)),
        'fur': np.array((190, 160, 122)),
        'faded': main + (255 - main) * 0.30,
        'thread': np.array((228, 230, 232)),
        'fluff': main,
    }


def placement(layers: list[Layer], view: View) -> np.ndarray:
    """The matrix (2, 3) that brings outlines to the canvas."""
    points = np.concatenate(
        [p for layer in layers for p in
         (*layer.polygons, *(c for c, _ in layer.lines))])
    low, high = points.min(0), points.max(0)
    squeeze = view.squeeze * (-1 if view.mirrored else 1)
    cos, sin = np.cos(view.angle), np.sin(view.angle)
    turn = np.array([(cos, -sin), (sin, cos)]) @ np.array(
        [(1, view.shear), (0, 1)]) @ np.diag((squeeze, 1.0))
    reach = (high - low).max() / (1 - 2 * MARGIN)
    turn *= IMAGE_SIZE * view.zoom / reach
    centre = IMAGE_SIZE * (0.5 + np.array(view.shift))
    return np.concatenate(
        [turn, (centre - turn @ (low + high) / 2)[:, None]], 1)


def middle(layers: list[Layer]) -> float:
    """Half the height of what is made of the garment's cloth."""
    heights = np.concatenate([
        p[:, 1] for layer in layers if layer.paint == 'cloth'
        for p in (*layer.polygons, *(c for c, _ in layer.lines))])
    return float(heights.min() + heights.max()) / 2


class Canvas:
    """The picture while it is painted.

    Args:
        garment (Garment): What is drawn.
        view (View): How it is photographed.
        matrix (np.ndarray): From outlines to canvas, shape (2, 3).
        waterline (float): Height at which a colour-blocked garment changes
            its colour.
    """

    def __init__(self, garment: Garment, view: View,
                 matrix: np.ndarray, waterline: float) -> None:
        self.garment = garment
        self.view = view
        self.matrix = matrix
        self.waterline = waterline
        self.paints = palette(garment)
        self.scale = float(np.sqrt(abs(np.linalg.det(matrix[:, :2]))))
        self.pixels = np.zeros((IMAGE_SIZE, IMAGE_SIZE, 3), np.float32)
        self.cover = np.zeros((IMAGE_SIZE, IMAGE_SIZE), np.float32)
        self._inverse = np.linalg.inv(matrix[:, :2])
        self._frame = 1.0 / (IMAGE_SIZE * view.zoom / self.scale)

    def place(self, points: Points) -> Points:
        """Bring points of an outline to the canvas."""
        return points @ self.matrix[:, :2].T + self.matrix[:, 2]

    def paint(self, layer: Layer) -> None:
        """Lay one layer over what is there."""
        cut = self._cut(layer)
        if cut is None:
            return
        mask, left, top = cut
        high, wide = mask.height, mask.width
        alpha = np.asarray(mask, np.float32) / 255
        area = np.s_[top:top + high, left:left + wide]
        colour = self._colour(layer, left, top, mask.size)
        if layer.relief:
            self._drop_shadow(mask, area)
            colour = self._light(layer, colour, mask, left, top)
        if layer.paint == 'faded':
            soft = mask.filter(ImageFilter.BoxBlur(3))
            alpha *= np.asarray(soft, np.float32) / 255 * 0.8
        weight = alpha[..., None]
        self.pixels[area] += (colour - self.pixels[area]) * weight
        self.cover[area] += (1 - self.cover[area]) * alpha

    def _cut(self, layer: Layer) -> tuple[Image.Image, int, int] | None:
        """The layer's mask, and where its corner lies on the canvas."""
        polygons = [self.place(p) for p in layer.polygons]
        curves = [(self.place(c), max(w * self.scale, HAIRLINE))
                  for c, w in layer.lines]
        points = np.concatenate(polygons + [c for c, _ in curves])
        pad = 2 + max((w / 2 for _, w in curves), default=0)
        low = np.clip(np.floor(points.min(0) - pad), 0, IMAGE_SIZE).astype(int)
        high = np.clip(np.ceil(points.max(0) + pad), 0, IMAGE_SIZE).astype(int)
        if (high - low < 2).any():
            return None
        mask = Image.new('L', tuple(FINENESS * (high - low)))
        pen = ImageDraw.Draw(mask)
        for polygon in polygons:
            pen.polygon(_flat(FINENESS * (polygon - low)), fill=255)
        for curve, width in curves:
            pen.line(_flat(FINENESS * (curve - low)), fill=255,
                     width=max(1, round(FINENESS * width)), joint='curve')
        return mask.reduce(FINENESS), int(low[0]), int(low[1])

    def _places(self, left: int, top: int, angle: float) -> np.ndarray:
        """From an area's pixels to places on the cloth, shape (2, 3)."""
        cos, sin = np.cos(angle), np.sin(angle)
        back = self._frame * (np.array([(cos, -sin), (sin, cos)]) @ self._inverse)
        start = back @ (np.array((left, top)) - self.matrix[:, 2])
        return np.concatenate([back, start[:, None]], 1)

    def _colour(self, layer: Layer, left: int, top: int,
                size: tuple[int, int]) -> np.ndarray:
        """The layer's colour before light falls on it."""
        base = self.paints[layer.paint].astype(np.float32)
        pattern = self.garment.pattern
        if layer.paint != 'cloth' or pattern == 'solid':
            return base
        if pattern == 'colour-block':
            along, down, start = self._places(left, top, 0.0)[1].astype(np.float32)
            wide, high = (np.arange(n, dtype=np.float32) for n in size)
            v = along * wide + (down * high + start)[:, None]
            weight = np.clip((v - self.waterline * self._frame) * 150, 0, 1)
        else:
            weight = cut(pattern_cloth(pattern),
                         self._places(left, top, layer.angle), size)
        other = self.paints['second'].astype(np.float32)
        return base + weight[..., None] * (other - base)

    def _light(self, layer: Layer, colour: np.ndarray, mask: Image.Image,
               left: int, top: int) -> np.ndarray:
        """Let light fall: volume from the outline, folds, surface."""
        size = (max(2, mask.width // 2), max(2, mask.height // 2))
        small = mask.resize(size, Image.Resampling.BOX)
        soft = small.filter(ImageFilter.GaussianBlur(2.2))
        height = np.asarray(soft, np.float32) / 255
        down, right = np.gradient(height)
        slope = (right * np.cos(self.view.light) +
                 down * np.sin(self.view.light))
        tone = -1.05 * slope + 0.30 * (height - 0.92)
        volume = np.asarray(Image.fromarray(tone).resize(
            mask.size, Image.Resampling.BILINEAR)) * layer.relief
        places = self._places(left, top, layer.angle)
        surface = layer.texture or self.garment.texture
        if layer.paint in ('fur', 'fluff'):
            surface = 'fur'
        elif layer.paint in ('metal', 'button', 'sole', 'lace', 'stitch'):
            surface = 'smooth'
        lain = places + np.array([(0, 0, fold) for fold in self.view.folds])
        folds = cut(fold_cloth(), lain, mask.size)
        gloss = GLOSS.get(surface, 0.0)
        light = (volume + (0.055 + 0.06 * gloss) * folds +
                 cut(surface_cloth(surface), places, mask.size))
        shine = gloss * np.clip(volume * 3 + 0.35 * folds - 0.12, 0, 1)
        light = light[..., None]
        lit = colour * (1 + light) + 16 * light
        return lit + (255 - lit) * shine[..., None] * 0.8

    def _drop_shadow(self, mask: Image.Image,
                     area: tuple[slice, slice]) -> None:
        """Darken what lies under the layer's edge."""
        shadow = np.asarray(mask.filter(ImageFilter.BoxBlur(2)), np.float32) / 255
        self.pixels[area] *= 1 - 0.22 * shadow[..., None]

    def photograph(self) -> Image.Image:
        """Put the garment before its background and develop the photo."""
        view = self.view
        upper, lower = (np.array(c, np.float32)
                        for c in BACKGROUNDS[view.background])
        fall = np.linspace(0, 1, IMAGE_SIZE, dtype=np.float32)[:, None, None]
        backdrop = np.broadcast_to(upper + (lower - upper) * fall,
                                   self.pixels.shape)
        small = Image.fromarray((self.cover * 255).astype(np.uint8)).reduce(2)
        soft = small.filter(ImageFilter.GaussianBlur(3))
        soft = soft.resize((IMAGE_SIZE, IMAGE_SIZE), Image.Resampling.BILINEAR)
        dx, dy = (round(-3.5 * f(view.light)) for f in (np.cos, np.sin))
        shadow = np.roll(np.asarray(soft, np.float32) / 255, (dy, dx), (0, 1))
        photo = backdrop * (1 - view.shadow * shadow[..., None])
        photo = photo * (1 - self.cover[..., None]) + self.pixels
        tint = view.brightness * np.array(
            (1 + view.warmth, 1.0, 1 - view.warmth), np.float32)
        developed = np.clip(photo * tint + 0.5, 0, 255).astype(np.uint8)
        return Image.fromarray(developed)


def _flat(points: Points) -> list[tuple[float, float]]:
    return [(x, y) for x, y in points.tolist()]


def draw_garment(garment: Garment, view: View,
                 shape: str = '') -> Image.Image:
    """Draw one photo.

    Args:
        garment (Garment): What is photographed.
        view (View): How.
        shape (str): Family of outlines; by default that of its kind.

    Returns:
        Image.Image: RGB, ``IMAGE_SIZE`` pixels wide and high.
    """
    layers = OUTLINES[shape or KINDS[garment.kind].shape](garment, view.pose)
    canvas = Canvas(garment, view, placement(layers, view),
                    middle(layers))
    for layer in layers:
        canvas.paint(layer)
    return canvas.photograph()
