"""Views of a product: pose, crop, light and background."""
from dataclasses import dataclass

import numpy as np

#: Studio backgrounds, top and bottom, as catalogues use them.
BACKGROUNDS = (
    ((252, 252, 252), (240, 240, 241)),
    ((250, 250, 250), (250, 250, 250)),
    ((236, 236, 238), (214, 214, 217)),
    ((225, 224, 222), (200, 198, 195)),
    ((246, 240, 230), (230, 220, 205)),
    ((240, 228, 228), (226, 208, 210)),
    ((226, 234, 242), (204, 216, 228)),
    ((228, 238, 230), (206, 220, 210)),
)


@dataclass(frozen=True)
class View:
    """One photo's circumstances.

    Attributes:
        angle (float): Rotation in the picture, in radians.
        shear (float): How far the figure leans.
        mirrored (bool): Whether the left side is shown right.
        pose (float): -0.5 to 0.5: arms, legs, sway.
        squeeze (float): Width in proportion to the truth: a turned body.
        zoom (float): Size; 1 fills the frame.
        shift (tuple[float, float]): Offset of the centre, in frames.
        light (float): Direction the light comes from, in radians.
        brightness (float): Exposure.
        warmth (float): Colour temperature, around 0.
        background (int): Row of :data:`BACKGROUNDS`.
        shadow (float): Strength of the shadow on the backdrop.
        folds (tuple[float, float]): Where in the fold tile the cloth lies.
    """
    angle: float = 0.0
    shear: float = 0.0
    mirrored: bool = False
    pose: float = 0.0
    squeeze: float = 1.0
    zoom: float = 1.0
    shift: tuple[float, float] = (0.0, 0.0)
    light: float = -2.2
    brightness: float = 1.0
    warmth: float = 0.0
    background: int = 0
    shadow: float = 0.3
    folds: tuple[float, float] = (0.0, 0.0)


def sample_view(rng: np.random.Generator, close: bool = False) -> View:
    """Draw the circumstances of a photo; ``close`` asks for a detail."""
    zoom = rng.uniform(1.35, 1.65) if close else rng.uniform(0.88, 1.02)
    return View(
        angle=rng.normal(0, 0.05),
        shear=rng.normal(0, 0.05),
        mirrored=bool(rng.random() < 0.4),
        pose=rng.uniform(-0.5, 0.5),
        squeeze=rng.uniform(0.86, 1.0),
        zoom=zoom,
        shift=(rng.uniform(-0.03, 0.03),
               rng.uniform(0.10, 0.20) if close else
               rng.uniform(-0.03, 0.03)),
        light=rng.uniform(-2.6, -0.5),
        brightness=rng.uniform(0.92, 1.07),
        warmth=rng.normal(0, 0.02),
        background=int(rng.integers(len(BACKGROUNDS))),
        shadow=rng.uniform(0.18, 0.42),
        folds=(rng.random(), rng.random()))


def sample_views(rng: np.random.Generator) -> list[View]:
    """Draw two to four photos of a product; the third is a detail."""
    count = int(rng.integers(2, 5))
    return [sample_view(rng, close=position == 2)
            for position in range(count)]
