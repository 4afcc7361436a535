"""Draws a garment as a catalogue would show it: garment + view -> image.

Layers are painted from the back to the front on a canvas of twice the
picture's size; each is cut out at twice that again, so outlines are smooth.
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
from .patterns import GLOSS, TILE, fold_tile, pattern_tile, surface_tile
from .shapes import Layer, Points
from .shoe_outlines import shoe_layers
from .upper_outlines import upper_layers
from .views import BACKGROUNDS, View

IMAGE_SIZE = 128
CANVAS = 2 * IMAGE_SIZE
MARGIN = 0.06

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
    turn *= CANVAS * view.zoom / reach
    centre = CANVAS * (0.5 + np.array(view.shift))
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
        self.pixels = np.zeros((CANVAS, CANVAS, 3), np.float32)
        self.cover = np.zeros((CANVAS, CANVAS), np.float32)
        self._inverse = np.linalg.inv(matrix[:, :2])
        self._frame = 1.0 / (CANVAS * view.zoom / self.scale)

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
        colour = self._colour(layer, left, top, high, wide)
        if layer.relief:
            self._drop_shadow(mask, area)
            colour = self._light(layer, colour, mask, left, top)
        if layer.paint == 'faded':
            soft = mask.filter(ImageFilter.BoxBlur(6))
            alpha *= np.asarray(soft, np.float32) / 255 * 0.8
        weight = alpha[..., None]
        self.pixels[area] += (colour - self.pixels[area]) * weight
        self.cover[area] += (1 - self.cover[area]) * alpha

    def _cut(self, layer: Layer) -> tuple[Image.Image, int, int] | None:
        """The layer's mask, and where its corner lies on the canvas."""
        polygons = [self.place(p) for p in layer.polygons]
        curves = [(self.place(c), max(w * self.scale, 0.9))
                  for c, w in layer.lines]
        points = np.concatenate(polygons + [c for c, _ in curves])
        pad = 3 + max((w / 2 for _, w in curves), default=0)
        low = np.clip(np.floor(points.min(0) - pad), 0, CANVAS).astype(int)
        high = np.clip(np.ceil(points.max(0) + pad), 0, CANVAS).astype(int)
        if (high - low < 2).any():
            return None
        mask = Image.new('L', tuple(2 * (high - low)))
        pen = ImageDraw.Draw(mask)
        for polygon in polygons:
            pen.polygon(_flat(2 * (polygon - low)), fill=255)
        for curve, width in curves:
            pen.line(_flat(2 * (curve - low)), fill=255,
                     width=max(1, round(2 * width)), joint='curve')
        return mask.reduce(2), int(low[0]), int(low[1])

    def _places(self, left: int, top: int, high: int, wide: int,
                angle: float) -> tuple[np.ndarray, np.ndarray]:
        """Places of an area's pixels on the cloth, in frames."""
        cos, sin = np.cos(angle), np.sin(angle)
        back = np.array([(cos, -sin), (sin, cos)]) @ self._inverse
        x = (np.arange(left, left + wide, dtype=np.float32) -
             np.float32(self.matrix[0, 2]))[None]
        y = (np.arange(top, top + high, dtype=np.float32) -
             np.float32(self.matrix[1, 2]))[:, None]
        back = (back * self._frame).astype(np.float32)
        return back[0, 0] * x + back[0, 1] * y, back[1, 0] * x + back[1, 1] * y

    def _colour(self, layer: Layer, left: int, top: int, high: int,
                wide: int) -> np.ndarray:
        """The layer's colour before light falls on it."""
        base = self.paints[layer.paint].astype(np.float32)
        pattern = self.garment.pattern
        if layer.paint != 'cloth' or pattern == 'solid':
            return base
        if pattern == 'colour-block':
            _, v = self._places(left, top, high, wide, 0.0)
            weight = np.clip((v - self.waterline * self._frame) * 150, 0, 1)
        else:
            u, v = self._places(left, top, high, wide, layer.angle)
            weight = _look_up(pattern_tile(pattern), u, v)
        other = self.paints['second'].astype(np.float32)
        return base + weight[..., None] * (other - base)

    def _light(self, layer: Layer, colour: np.ndarray, mask: Image.Image,
               left: int, top: int) -> np.ndarray:
        """Let light fall: volume from the outline, folds, surface."""
        size = (max(2, mask.width // 4), max(2, mask.height // 4))
        small = mask.resize(size, Image.Resampling.BOX)
        soft = small.filter(ImageFilter.GaussianBlur(2.2))
        height = np.asarray(soft, np.float32) / 255
        down, right = np.gradient(height)
        slope = (right * np.cos(self.view.light) +
                 down * np.sin(self.view.light))
        tone = -1.05 * slope + 0.30 * (height - 0.92)
        volume = np.asarray(Image.fromarray(tone).resize(
            mask.size, Image.Resampling.BILINEAR)) * layer.relief
        u, v = self._places(left, top, mask.height, mask.width, layer.angle)
        surface = layer.texture or self.garment.texture
        if layer.paint in ('fur', 'fluff'):
            surface = 'fur'
        elif layer.paint in ('metal', 'button', 'sole', 'lace', 'stitch'):
            surface = 'smooth'
        fold_u, fold_v = self.view.folds
        folds = _look_up(fold_tile(), u + fold_u, v + fold_v)
        gloss = GLOSS.get(surface, 0.0)
        light = (volume + (0.055 + 0.06 * gloss) * folds +
                 _look_up(surface_tile(surface), u, v))
        shine = gloss * np.clip(volume * 3 + 0.35 * folds - 0.12, 0, 1)
        light = light[..., None]
        lit = colour * (1 + light) + 16 * light
        return lit + (255 - lit) * shine[..., None] * 0.8

    def _drop_shadow(self, mask: Image.Image,
                     area: tuple[slice, slice]) -> None:
        """Darken what lies under the layer's edge."""
        small = mask.reduce(2).filter(ImageFilter.BoxBlur(2))
        shadow = np.asarray(small.resize(mask.size), np.float32) / 255
        self.pixels[area] *= 1 - 0.22 * shadow[..., None]

    def photograph(self) -> Image.Image:
        """Put the garment before its background and develop the photo."""
        view = self.view
        upper, lower = (np.array(c, np.float32)
                        for c in BACKGROUNDS[view.background])
        fall = np.linspace(0, 1, CANVAS, dtype=np.float32)[:, None, None]
        backdrop = np.broadcast_to(upper + (lower - upper) * fall,
                                   self.pixels.shape)
        small = Image.fromarray((self.cover * 255).astype(np.uint8)).reduce(4)
        soft = small.filter(ImageFilter.GaussianBlur(3))
        soft = soft.resize((CANVAS, CANVAS), Image.Resampling.BILINEAR)
        dx, dy = (round(-7 * f(view.light)) for f in (np.cos, np.sin))
        shadow = np.roll(np.asarray(soft, np.float32) / 255, (dy, dx), (0, 1))
        photo = backdrop * (1 - view.shadow * shadow[..., None])
        photo = photo * (1 - self.cover[..., None]) + self.pixels
        tint = view.brightness * np.array(
            (1 + view.warmth, 1.0, 1 - view.warmth), np.float32)
        developed = np.clip(photo * tint + 0.5, 0, 255).astype(np.uint8)
        return Image.fromarray(developed).reduce(2)


def _flat(points: Points) -> list[tuple[float, float]]:
    return [(x, y) for x, y in points.tolist()]


def _look_up(tile: np.ndarray, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Values of a tile that repeats itself over the plane."""
    rows = (v * TILE).astype(np.int32) % TILE
    columns = (u * TILE).astype(np.int32) % TILE
    return tile[rows, columns]


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
