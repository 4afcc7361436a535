"""Products of MiniFashion: tables of attributes, and sampling.

A :class:`Garment` is nothing but words. Drawing turns the words into a
picture, copywriting turns the same words into text, so that a text never
names what a picture does not show.
"""
from dataclasses import dataclass, fields, replace

import numpy as np

from .kinds import Kind

COLOURS: dict[str, tuple[int, int, int]] = {
    'black': (30, 30, 33),
    'white': (243, 242, 238),
    'grey': (146, 147, 151),
    'navy': (31, 41, 82),
    'blue': (45, 98, 198),
    'sky blue': (148, 198, 234),
    'teal': (20, 126, 132),
    'green': (40, 132, 72),
    'olive': (104, 105, 54),
    'yellow': (244, 208, 66),
    'orange': (234, 118, 36),
    'red': (200, 34, 42),
    'burgundy': (104, 22, 44),
    'pink': (241, 162, 186),
    'purple': (114, 64, 152),
    'brown': (110, 68, 42),
    'beige': (213, 191, 157),
}

#: How often a colour is worn: the wardrobe's neutrals come first.
COLOUR_WEIGHTS: dict[str, float] = dict.fromkeys(COLOURS, 1.0) | {
    'black': 2.5,
    'white': 1.8,
    'grey': 1.5,
    'navy': 1.6,
    'blue': 1.4,
    'red': 1.3,
}

PATTERNS = ('solid', 'stripes', 'pinstripes', 'check', 'dots', 'floral',
            'leopard', 'camouflage', 'colour-block')

#: The surface that each material has in a picture.
FABRICS: dict[str, str] = {
    'cotton jersey': 'smooth',
    'linen': 'twill',
    'cotton pique': 'smooth',
    'cotton poplin': 'smooth',
    'cotton twill': 'twill',
    'canvas': 'twill',
    'silk': 'sheen',
    'satin': 'sheen',
    'crepe': 'smooth',
    'rib knit cotton': 'rib',
    'rib knit wool': 'rib',
    'merino wool': 'knit',
    'cashmere': 'knit',
    'cable knit wool': 'cable',
    'fleece': 'knit',
    'denim': 'denim',
    'wool': 'felt',
    'suede': 'felt',
    'leather': 'leather',
    'patent leather': 'leather',
    'nylon': 'sheen',
    'quilted nylon': 'quilt',
    'stretch jersey': 'smooth',
}


@dataclass(frozen=True)
class Garment:
    """The words that describe one product; an empty word is an absence.

    Attributes:
        kind (str): Name of the sub-category's row in :data:`kinds.KINDS`.
        colour (str): Main colour, a key of :data:`COLOURS`.
        second (str): Colour of the pattern and the trim; empty if neither.
        pattern (str): One of :data:`PATTERNS`.
        fabric (str): A key of :data:`FABRICS`.
        length (str): Of the body, the leg, the skirt or the boot's shaft.
        fit (str): Silhouette.
        sleeves (str): Length of the sleeves.
        cuffs (str): Form of the sleeve's end.
        neck (str): Neckline or collar.
        closure (str): Buttons, zip, laces...
        pocket (str): Pockets.
        hem (str): Form of the hem.
        trim (str): What is made in the second colour besides the pattern.
        detail (str): The one thing that only this kind has.
    """
    kind: str
    colour: str = 'black'
    second: str = ''
    pattern: str = 'solid'
    fabric: str = ''
    length: str = ''
    fit: str = ''
    sleeves: str = ''
    cuffs: str = ''
    neck: str = ''
    closure: str = ''
    pocket: str = ''
    hem: str = ''
    trim: str = ''
    detail: str = ''

    def differences(self, other: 'Garment') -> tuple[str, ...]:
        """Name the attributes in which two garments differ."""
        return tuple(name for name in ATTRIBUTES
                     if getattr(self, name) != getattr(other, name))

    @property
    def texture(self) -> str:
        """The surface of the fabric."""
        return FABRICS.get(self.fabric, 'smooth')


ATTRIBUTES = tuple(f.name for f in fields(Garment))


def contrast(first: str, second: str) -> float:
    """Distance of two colours as the eye sees it, 0 to about 1."""
    weights = np.array([0.3, 0.55, 0.15])
    gap = (np.array(COLOURS[first]) - np.array(COLOURS[second])) / 255
    return float(np.sqrt((weights * gap**2).sum()))


def sample_colour(rng: np.random.Generator, beside: str = '') -> str:
    """Draw a colour; with ``beside``, one that stands out from it."""
    names = [name for name in COLOURS
             if not beside or contrast(name, beside) > 0.3]
    weights = np.array([COLOUR_WEIGHTS[name] for name in names])
    return names[rng.choice(len(names), p=weights / weights.sum())]


def needs_second(garment: Garment) -> bool:
    """Whether something is made in the second colour."""
    return garment.pattern != 'solid' or bool(garment.trim)


def with_second(garment: Garment, rng: np.random.Generator) -> Garment:
    """Give a garment the second colour it needs, and no other."""
    if not needs_second(garment):
        return replace(garment, second='')
    return replace(garment, second=sample_colour(rng, garment.colour))


def sample_garment(kind: Kind, rng: np.random.Generator,
                   **fixed: str) -> Garment:
    """Draw a garment of a kind.

    Args:
        kind (Kind): The row of the catalogue.
        rng (np.random.Generator): Source of chance.
        fixed (str): Attributes that are given, not drawn.

    Returns:
        Garment: A garment whose words agree with each other.
    """
    chosen = {name: values[rng.integers(len(values))]
              for name, values in kind.options.items()}
    chosen = {'colour': sample_colour(rng), **chosen, **fixed}
    return with_second(
        settle(Garment(kind=kind.subcategory, **chosen)), rng)


def settle(garment: Garment) -> Garment:
    """Drop the words that others make impossible."""
    if garment.sleeves in ('none', 'straps'):
        garment = replace(garment, cuffs='')
    if garment.sleeves == 'straps':
        trim = '' if garment.trim == 'neck and cuffs' else garment.trim
        garment = replace(garment, neck='sweetheart', trim=trim)
    if garment.sleeves == 'short' and garment.cuffs in ('bell', 'barrel'):
        garment = replace(garment, cuffs='')
    # These surfaces are a pattern of their own.
    if (garment.texture in ('rib', 'cable', 'denim', 'quilt') and
            garment.pattern not in ('solid', 'stripes', 'colour-block')):
        garment = replace(garment, pattern='solid')
    return garment
