"""Patterns and surfaces of cloth, as tiles that are laid side by side.

A tile covers one picture. A pattern's tile says how much of the second
colour shows at a place (0 to 1), a surface's tile how much light it throws
back (around 0, negative is darker). Tiles are made once per process.
"""
from collections.abc import Callable
from functools import cache

import numpy as np
from PIL import Image

#: Points on which a tile is computed, in each direction.
GRID = 384
#: Points of a tile, in each direction: each is the mean of four of the grid.
TILE = GRID // 2
#: Tiles of a piece of cloth, in each direction.
TILES = 3

Tile = np.ndarray


def _grid() -> tuple[Tile, Tile]:
    """Coordinates of the tile's pixels, 0 to 1."""
    steps = (np.arange(GRID, dtype=np.float32) + 0.5) / GRID
    u, v = np.meshgrid(steps, steps)
    return u, v


def _step(distance: Tile, softness: float = 0.0025) -> Tile:
    """1 where the distance is negative, with a soft edge."""
    return np.clip(0.5 - distance / (2 * softness), 0, 1)


def _band(x: Tile, count: int, share: float) -> Tile:
    """Stripes: ``share`` of each of ``count`` periods."""
    phase = np.abs(x * count % 1 - 0.5)
    return _step((phase - share / 2) / count)


def _hexagonal(count: int) -> tuple[Tile, Tile, Tile, Tile]:
    """Offsets from the nearest point of a staggered grid, and its cell."""
    u, v = _grid()
    row = np.floor(v * count)
    shifted = u * count + 0.5 * (row % 2)
    column = np.floor(shifted)
    return ((shifted - column - 0.5) / count, (v * count - row - 0.5) / count,
            column % count, row)


def smooth_noise(seed: int, cells: int) -> Tile:
    """Noise that wraps around, about -1 to 1, with ``cells`` waves."""
    rng = np.random.default_rng([seed, cells])
    spectrum = np.fft.rfft2(rng.standard_normal((GRID, GRID)))
    frequency = np.hypot(np.fft.fftfreq(GRID)[:, None],
                         np.fft.rfftfreq(GRID)[None]) * GRID
    spectrum *= np.exp(-(frequency / cells)**2)
    noise = np.fft.irfft2(spectrum, (GRID, GRID))
    return (noise / (2 * noise.std())).astype(np.float32)


def _solid() -> Tile:
    return np.zeros((GRID, GRID), np.float32)


def _stripes() -> Tile:
    return _band(_grid()[1], 12, 0.42)


def _pinstripes() -> Tile:
    return _band(_grid()[0], 18, 0.24)


def _check() -> Tile:
    u, v = _grid()
    wide = (_band(u, 8, 0.5) + _band(v, 8, 0.5)) * 0.42
    thin = np.maximum(_band(u + 1 / 16, 8, 0.09), _band(v + 1 / 16, 8, 0.09))
    return np.maximum(wide, thin * 0.8)


def _dots() -> Tile:
    u, v, _, _ = _hexagonal(12)
    return _step(np.hypot(u, v) - 0.021)


def _floral() -> Tile:
    u, v, column, row = _hexagonal(8)
    turn = np.sin(column * 12.9 + row * 78.2) * 43.7
    u, v = u + 0.016 * np.sin(turn), v + 0.016 * np.cos(turn * 1.7)
    angle, radius = np.arctan2(v, u) + turn, np.hypot(u, v)
    size = 0.040 + 0.008 * np.sin(turn * 3)
    petals = _step(radius - size * (0.68 + 0.32 * np.cos(5 * angle)))
    heart = _step(radius - 0.011)
    leaf = _step(np.hypot((u - 0.046 * np.cos(turn)) * 1.4,
                          v - 0.046 * np.sin(turn)) - 0.014)
    return np.maximum(petals - 0.75 * heart, 0.55 * leaf)


def _leopard() -> Tile:
    u, v, column, row = _hexagonal(11)
    turn = np.sin(column * 37.7 + row * 17.3) * 91.1
    u, v = u + 0.014 * np.sin(turn), v + 0.012 * np.cos(turn * 2.3)
    angle = np.arctan2(v, u)
    radius = np.hypot(u, v * 1.2) + 0.005 * np.sin(3 * angle + turn)
    ring = _step(np.abs(radius - 0.023) - 0.009)
    gap = _step(0.55 - np.cos(angle - turn), 0.15)
    return np.maximum(ring * (1 - gap), 0.4 * _step(radius - 0.016))


def _camouflage() -> Tile:
    first, second = smooth_noise(11, 9), smooth_noise(12, 9)
    return np.maximum(0.5 * _step(0.12 - first, 0.03),
                      _step(0.28 - second, 0.03))


PATTERN_TILES: dict[str, Callable[[], Tile]] = {
    'solid': _solid, 'colour-block': _solid, 'stripes': _stripes,
    'pinstripes': _pinstripes, 'check': _check, 'dots': _dots,
    'floral': _floral, 'leopard': _leopard, 'camouflage': _camouflage,
}


def _smooth() -> Tile:
    return 0.012 * smooth_noise(1, 120)


def _rib() -> Tile:
    return 0.17 * np.cos(_grid()[0] * 2 * np.pi * 44)


def _knit() -> Tile:
    u, v = _grid()
    stitch = np.cos((u * 64) * 2 * np.pi) * np.cos(
        (v * 48 + np.abs(u * 64 % 1 - 0.5)) * 2 * np.pi)
    return 0.07 * stitch + 0.03 * smooth_noise(2, 60)


def _cable() -> Tile:
    u, v = _grid()
    x = u * 8 % 1 - 0.5
    strands = [np.abs(x - 0.2 * sign * np.sin(v * 2 * np.pi * 11))
               for sign in (-1, 1)]
    braid = np.maximum(*(np.clip(1 - s / 0.15, 0, 1)**0.5 for s in strands))
    ditch = _step(np.abs(np.abs(x) - 0.42) - 0.05, 0.02)
    return 0.30 * (braid - 0.45) - 0.25 * ditch


def _twill() -> Tile:
    u, v = _grid()
    return (0.03 * np.cos((u + v) * 2 * np.pi * 70) +
            0.03 * smooth_noise(3, 100))


def _denim() -> Tile:
    u, v = _grid()
    return (0.07 * np.cos((u - v) * 2 * np.pi * 64) +
            0.10 * smooth_noise(4, 110) + 0.07 * smooth_noise(5, 9))


def _felt() -> Tile:
    return 0.07 * smooth_noise(6, 90) + 0.02 * smooth_noise(7, 30)


def _sheen() -> Tile:
    return 0.10 * np.sin(2.4 * smooth_noise(8, 5))


def _leather() -> Tile:
    return 0.05 * smooth_noise(9, 55) + 0.08 * np.sin(
        3 * smooth_noise(10, 6))


def _quilt() -> Tile:
    v = _grid()[1]
    puff = np.sqrt(np.abs(np.sin(v * np.pi * 10)))
    return 0.30 * (puff - 0.75) + 0.04 * np.sin(v * 2 * np.pi * 10)


def _fur() -> Tile:
    return 0.22 * smooth_noise(13, 45) + 0.10 * smooth_noise(14, 110)


SURFACE_TILES: dict[str, Callable[[], Tile]] = {
    'smooth': _smooth, 'rib': _rib, 'knit': _knit, 'cable': _cable,
    'twill': _twill, 'denim': _denim, 'felt': _felt, 'sheen': _sheen,
    'leather': _leather, 'quilt': _quilt, 'fur': _fur,
}

#: How strongly a surface shines.
GLOSS = {'sheen': 0.30, 'leather': 0.42, 'quilt': 0.16, 'smooth': 0.04}


def _weave(grid: Tile) -> Image.Image:
    """Lay a tile side by side: a piece of cloth of ``TILES * TILE`` points."""
    tile = grid.reshape(TILE, 2, TILE, 2).mean((1, 3), dtype=np.float32)
    return Image.fromarray(np.tile(tile, (TILES, TILES)))


@cache
def pattern_cloth(name: str) -> Image.Image:
    """Cloth of a pattern, 0 to 1."""
    return _weave(PATTERN_TILES[name]())


@cache
def surface_cloth(name: str) -> Image.Image:
    """Cloth of a surface, around 0."""
    return _weave(SURFACE_TILES[name]())


@cache
def fold_cloth() -> Image.Image:
    """Soft folds that run down the cloth."""
    u = _grid()[0]
    bent = smooth_noise(21, 4)
    return _weave(0.6 * np.sin(2 * np.pi * (3 * u + 0.35 * bent)) *
                  (0.5 + 0.5 * smooth_noise(22, 4)) +
                  0.5 * smooth_noise(23, 7))


def cut(cloth: Image.Image, places: np.ndarray,
        size: tuple[int, int]) -> np.ndarray:
    """Cut a piece out of cloth that goes on for ever.

    Args:
        cloth (Image.Image): The cloth; a tile is one unit wide and high.
        places (np.ndarray): From the piece's pixels to places on the cloth,
            shape (2, 3).
        size (tuple[int, int]): Width and height of the piece.

    Returns:
        np.ndarray: Values of the cloth, shape (height, width).
    """
    corners = places[:, :2] @ np.array([(0, size[0], 0, size[0]),
                                        (0, 0, size[1], size[1])])
    start = places[:, 2] - np.floor(places[:, 2] + corners.min(1))
    affine = TILE * np.concatenate([places[:, :2], start[:, None]], 1)
    return np.asarray(cloth.transform(
        size, Image.Transform.AFFINE, affine.ravel().tolist(),
        Image.Resampling.BILINEAR))
