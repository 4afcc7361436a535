"""What a product of MiniFashion is: tables of attributes, and sampling.

A :class:`Garment` is nothing but words. Drawing turns the words into a
picture, copywriting turns the same words into text, so that a text never
names what a picture does not show.
"""
from dataclasses import dataclass, field, fields, replace
from typing import Mapping

import numpy as np

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

_PRINTS = ('solid', 'solid', 'stripes', 'dots', 'floral', 'check')
_BOLD = ('solid', 'solid', 'stripes', 'leopard', 'camouflage',
         'colour-block')


@dataclass(frozen=True)
class Garment:
    """The words that describe one product; an empty word is an absence.

    Attributes:
        kind (str): Name of the sub-category's row in :data:`KINDS`.
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


@dataclass(frozen=True)
class Kind:
    """A row of the catalogue: a sub-category and what varies in it.

    Attributes:
        category (str): Name of the category, as FashionGen writes it.
        subcategory (str): Name of the sub-category.
        noun (str): What the text calls one of them.
        shape (str): The family of outlines that draws it.
        options (Mapping): The values that each attribute may take.
    """
    category: str
    subcategory: str
    noun: str
    shape: str
    options: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def _kind(category: str, subcategory: str, noun: str, shape: str,
          **options: tuple[str, ...]) -> Kind:
    return Kind(category, subcategory, noun, shape, options)


_ROWS = (
    # -- what is worn above -------------------------------------------------
    _kind('TOPS', 'T-SHIRTS', 't-shirt', 'upper',
          fabric=('cotton jersey', 'linen'),
          pattern=_PRINTS[:3] + ('colour-block', 'leopard'),
          length=('cropped', 'regular'), sleeves=('short', 'long'),
          neck=('crewneck', 'v-neck', 'scoop neck'), pocket=('', 'chest'),
          trim=('', '', 'neck and cuffs'), fit=('regular', 'loose')),
    _kind('TOPS', 'POLOS', 'polo', 'upper', fabric=('cotton pique',),
          pattern=('solid', 'solid', 'stripes', 'colour-block'),
          length=('regular',), sleeves=('short', 'long'), neck=('polo',),
          closure=('placket',), pocket=('', '', 'chest'),
          trim=('', 'neck and cuffs'), fit=('slim', 'regular')),
    _kind('TOPS', 'SHIRTS', 'shirt', 'upper',
          fabric=('cotton poplin', 'linen', 'denim'),
          pattern=('solid', 'pinstripes', 'check', 'dots', 'floral'),
          length=('regular',), sleeves=('short', 'long'),
          neck=('spread collar', 'band collar'), closure=('buttons',),
          pocket=('', 'chest', 'two chest'), hem=('curved',),
          cuffs=('barrel',), fit=('slim', 'regular')),
    _kind('TOPS', 'BLOUSES', 'blouse', 'upper',
          fabric=('silk', 'crepe', 'satin'),
          pattern=('solid', 'solid', 'floral', 'dots', 'leopard'),
          length=('regular',), sleeves=('three-quarter', 'long'),
          neck=('v-neck', 'band collar', 'boat neck', 'bow'),
          cuffs=('bell', 'puff'), hem=('straight', 'ruffled'),
          fit=('loose',)),
    _kind('TOPS', 'TANK TOPS', 'tank top', 'upper',
          fabric=('cotton jersey', 'rib knit cotton', 'silk'),
          pattern=('solid', 'solid', 'stripes', 'floral', 'camouflage'),
          length=('cropped', 'regular'), sleeves=('none', 'straps'),
          neck=('scoop neck', 'v-neck', 'square neck'),
          trim=('', 'neck and cuffs'), fit=('slim', 'regular')),
    _kind('KNITWEAR', 'SWEATERS', 'sweater', 'upper',
          fabric=('merino wool', 'rib knit wool', 'cable knit wool'),
          pattern=('solid', 'stripes', 'colour-block'),
          length=('cropped', 'regular'), sleeves=('long',),
          neck=('crewneck', 'v-neck', 'boat neck'), cuffs=('ribbed',),
          hem=('ribbed',), trim=('', '', 'neck and cuffs'),
          fit=('regular', 'loose')),
    _kind('KNITWEAR', 'TURTLENECKS', 'turtleneck', 'upper',
          fabric=('cashmere', 'rib knit wool', 'cable knit wool'),
          pattern=('solid', 'solid', 'stripes'), length=('regular',),
          sleeves=('none', 'short', 'long'), neck=('turtleneck',),
          cuffs=('ribbed',), hem=('ribbed',), fit=('slim', 'regular')),
    _kind('KNITWEAR', 'CARDIGANS', 'cardigan', 'upper',
          fabric=('merino wool', 'rib knit wool', 'cable knit wool'),
          pattern=('solid', 'solid', 'stripes', 'colour-block'),
          length=('regular', 'long'), sleeves=('three-quarter', 'long'),
          neck=('deep v-neck',), closure=('buttons',), cuffs=('ribbed',),
          hem=('ribbed',), pocket=('', 'patch'),
          trim=('', 'placket'), fit=('regular', 'loose')),
    _kind('SWEATSHIRTS', 'HOODIES', 'hoodie', 'upper', fabric=('fleece',),
          pattern=_BOLD, length=('cropped', 'regular'), sleeves=('long',),
          neck=('hood',), closure=('', 'zip'), pocket=('kangaroo',),
          cuffs=('ribbed',), hem=('ribbed',), fit=('regular',),
          trim=('', '', 'drawstring')),
    _kind('SWEATSHIRTS', 'CREWNECK SWEATSHIRTS', 'sweatshirt', 'upper',
          fabric=('fleece',), pattern=_BOLD, length=('cropped', 'regular'),
          sleeves=('short', 'long'), neck=('crewneck',),
          cuffs=('ribbed',), hem=('ribbed',), fit=('regular', 'loose'),
          pocket=('', 'kangaroo'), trim=('', 'neck and cuffs')),
    # -- dresses ------------------------------------------------------------
    _kind('DRESSES', 'MINI DRESSES', 'dress', 'upper',
          fabric=('crepe', 'satin', 'cotton poplin'), pattern=_PRINTS,
          length=('mini',), sleeves=('none', 'straps', 'short', 'long'),
          neck=('crewneck', 'v-neck', 'square neck'),
          fit=('a-line', 'straight', 'fitted'), hem=('straight', 'ruffled'),
          trim=('', '', 'waist')),
    _kind('DRESSES', 'MIDI DRESSES', 'dress', 'upper',
          fabric=('crepe', 'rib knit wool', 'silk'), pattern=_PRINTS,
          length=('midi',), sleeves=('none', 'straps', 'short', 'long'),
          neck=('crewneck', 'v-neck', 'boat neck'),
          fit=('a-line', 'straight', 'fitted'), hem=('straight',),
          trim=('', '', 'waist')),
    _kind('DRESSES', 'MAXI DRESSES', 'dress', 'upper',
          fabric=('silk', 'satin', 'crepe'),
          pattern=('solid', 'floral', 'dots', 'leopard', 'colour-block'),
          length=('maxi',), sleeves=('none', 'straps', 'short', 'long'),
          neck=('v-neck', 'scoop neck', 'square neck'),
          fit=('a-line', 'fitted'), hem=('straight', 'ruffled'),
          trim=('', 'waist')),
    _kind('DRESSES', 'SHIRT DRESSES', 'shirt dress', 'upper',
          fabric=('cotton poplin', 'denim', 'linen'),
          pattern=('solid', 'pinstripes', 'check', 'floral'),
          length=('mini', 'midi'), sleeves=('none', 'short', 'long'),
          neck=('spread collar',), closure=('buttons',),
          pocket=('', 'two chest'), cuffs=('barrel',), hem=('curved',),
          fit=('straight', 'a-line'), trim=('', 'waist')),
    # -- what is worn over ----------------------------------------------------
    _kind('JACKETS & COATS', 'COATS', 'coat', 'upper', fabric=('wool',),
          pattern=('solid', 'solid', 'check'), length=('thigh', 'knee'),
          sleeves=('long',), neck=('notched lapel',),
          closure=('buttons', 'double-breasted', 'belt'),
          pocket=('flap', 'welt'), fit=('straight', 'a-line')),
    _kind('JACKETS & COATS', 'BLAZERS', 'blazer', 'upper',
          fabric=('wool', 'linen', 'leather'),
          pattern=('solid', 'solid', 'pinstripes', 'check'),
          length=('regular',), sleeves=('three-quarter', 'long'),
          neck=('notched lapel',), closure=('buttons', 'double-breasted'),
          pocket=('flap', 'patch'), fit=('slim', 'regular')),
    _kind('JACKETS & COATS', 'BOMBER JACKETS', 'bomber jacket', 'upper',
          fabric=('nylon', 'satin', 'leather'),
          pattern=('solid', 'solid', 'camouflage', 'floral',
                   'colour-block'),
          length=('cropped', 'regular'), sleeves=('long',),
          neck=('rib collar',), closure=('zip',), pocket=('welt',),
          cuffs=('ribbed',), hem=('ribbed',),
          trim=('', 'neck and cuffs'), fit=('regular',)),
    _kind('JACKETS & COATS', 'PARKAS', 'parka', 'upper',
          fabric=('cotton twill', 'nylon'),
          pattern=('solid', 'solid', 'camouflage', 'colour-block'),
          length=('thigh',), sleeves=('long',), neck=('fur hood',),
          closure=('zip', 'buttons'), pocket=('flap', 'four flap'),
          trim=('', 'waist'), fit=('straight',)),
    _kind('JACKETS & COATS', 'VESTS', 'vest', 'upper',
          fabric=('quilted nylon', 'fleece'),
          pattern=('solid', 'solid', 'colour-block', 'camouflage'),
          length=('cropped', 'regular'), sleeves=('none',),
          neck=('stand collar', 'hood'), closure=('zip',),
          pocket=('welt', ''), fit=('regular',), trim=('', 'zip')),
    # -- what is worn below -------------------------------------------------
    _kind('PANTS', 'JEANS', 'jeans', 'trousers', fabric=('denim',),
          pattern=('solid',), length=('cropped', 'full'),
          fit=('skinny', 'straight', 'wide-leg', 'flared'),
          closure=('zip-fly', 'button-fly'), hem=('', 'rolled'),
          detail=('', 'faded', 'ripped'), trim=('stitching', '')),
    _kind('PANTS', 'TROUSERS', 'trousers', 'trousers',
          fabric=('wool', 'cotton twill', 'linen'),
          pattern=('solid', 'solid', 'pinstripes', 'check'),
          length=('cropped', 'full'), fit=('slim', 'straight', 'wide-leg'),
          closure=('zip-fly',), hem=('', 'rolled'),
          detail=('creased', 'pleated', ''), trim=('', '', 'side stripe')),
    _kind('PANTS', 'SHORTS', 'shorts', 'trousers',
          fabric=('cotton twill', 'denim', 'fleece', 'linen'),
          pattern=('solid', 'solid', 'stripes', 'floral', 'camouflage',
                   'check'),
          length=('short', 'bermuda'), fit=('slim', 'straight', 'wide-leg'),
          closure=('zip-fly', 'drawstring'), hem=('', 'rolled'),
          trim=('', 'side stripe')),
    _kind('PANTS', 'LEGGINGS', 'leggings', 'trousers',
          fabric=('stretch jersey', 'leather'),
          pattern=('solid', 'solid', 'leopard', 'camouflage', 'stripes',
                   'floral'),
          length=('cropped', 'full'), fit=('skinny',), closure=('elastic',),
          trim=('', 'side stripe')),
    _kind('SKIRTS', 'MINI SKIRTS', 'skirt', 'skirt',
          fabric=('denim', 'leather', 'wool', 'cotton twill'),
          pattern=('solid', 'solid', 'check', 'floral', 'dots'),
          length=('mini',), fit=('a-line', 'straight', 'pleated'),
          closure=('zip', 'buttons', ''), hem=('', 'ruffled'),
          trim=('', 'waistband')),
    _kind('SKIRTS', 'MIDI SKIRTS', 'skirt', 'skirt',
          fabric=('satin', 'crepe', 'wool'),
          pattern=('solid', 'solid', 'stripes', 'check', 'dots', 'leopard'),
          length=('midi',), fit=('a-line', 'straight', 'pleated'),
          closure=('', 'buttons'), hem=('', 'slit'),
          trim=('', 'waistband')),
    _kind('SKIRTS', 'MAXI SKIRTS', 'skirt', 'skirt',
          fabric=('silk', 'crepe', 'satin'),
          pattern=('solid', 'floral', 'dots', 'stripes', 'colour-block'),
          length=('maxi',), fit=('a-line', 'pleated', 'straight'),
          hem=('', 'ruffled', 'slit'), trim=('', 'waistband')),
    # -- shoes --------------------------------------------------------------
    _kind('SHOES', 'SNEAKERS', 'sneakers', 'shoe',
          fabric=('canvas', 'leather', 'suede'),
          pattern=('solid', 'solid', 'colour-block', 'camouflage'),
          length=('low-top', 'high-top'), closure=('lace-up', 'strap'),
          trim=('sole', 'side stripe', 'sole and toe cap')),
    _kind('SHOES', 'ANKLE BOOTS', 'ankle boots', 'shoe',
          fabric=('leather', 'suede'), pattern=('solid',),
          length=('ankle',), closure=('zip', 'lace-up', 'elastic'),
          detail=('flat sole', 'block heel', 'stiletto heel'),
          trim=('', 'sole')),
    _kind('SHOES', 'TALL BOOTS', 'tall boots', 'shoe',
          fabric=('leather', 'suede', 'patent leather'), pattern=('solid',),
          length=('mid-calf', 'knee-high'), closure=('zip', '', 'buckle'),
          detail=('flat sole', 'block heel', 'stiletto heel'),
          trim=('', 'sole')),
    _kind('SHOES', 'HEELS', 'heels', 'shoe',
          fabric=('patent leather', 'suede', 'satin'),
          pattern=('solid', 'solid', 'leopard', 'dots'),
          length=('low',), closure=('', 'ankle strap'),
          detail=('block heel', 'stiletto heel'), hem=('pointed', 'peep'),
          trim=('', 'sole')),
    _kind('SHOES', 'SANDALS', 'sandals', 'shoe',
          fabric=('leather', 'suede'), pattern=('solid',),
          length=('low',), closure=('', 'ankle strap'),
          detail=('flat sole', 'block heel', 'platform'),
          hem=('crossover', 'two strap'), trim=('', 'sole')),
    _kind('SHOES', 'LOAFERS', 'loafers', 'shoe',
          fabric=('leather', 'suede', 'patent leather'),
          pattern=('solid', 'solid', 'leopard'), length=('low',),
          detail=('flat sole', 'block heel'),
          closure=('penny strap', 'tassel', 'horsebit'),
          trim=('', 'sole')),
    # -- bags and accessories -----------------------------------------------
    _kind('BAGS', 'TOTES', 'tote', 'tote',
          fabric=('canvas', 'leather', 'suede'),
          pattern=('solid', 'stripes', 'colour-block', 'dots', 'floral'),
          length=('short', 'long'), pocket=('', 'patch'),
          trim=('', 'handles'), fit=('wide', 'tall')),
    _kind('BAGS', 'BACKPACKS', 'backpack', 'backpack',
          fabric=('nylon', 'leather', 'canvas'),
          pattern=('solid', 'solid', 'camouflage', 'colour-block',
                   'check'),
          closure=('zip', 'flap'), pocket=('zip', 'two patch'),
          trim=('', 'pocket', 'straps')),
    _kind('BAGS', 'CLUTCHES', 'clutch', 'clutch',
          fabric=('leather', 'suede', 'satin', 'patent leather'),
          pattern=('solid', 'solid', 'leopard', 'colour-block', 'stripes'),
          fit=('envelope', 'rectangular'), closure=('clasp', 'zip'),
          length=('', 'chain', 'wristlet'), trim=('', 'flap')),
    _kind('ACCESSORIES', 'CAPS', 'cap', 'cap',
          fabric=('cotton twill', 'wool', 'denim'),
          pattern=('solid', 'solid', 'camouflage', 'check',
                   'colour-block'),
          trim=('', 'brim', 'button'), fit=('curved', 'flat')),
    _kind('ACCESSORIES', 'BEANIES', 'beanie', 'beanie',
          fabric=('rib knit wool', 'cable knit wool', 'merino wool'),
          pattern=('solid', 'solid', 'stripes', 'colour-block'),
          detail=('', 'pompom'), hem=('folded', 'rolled'),
          trim=('', 'brim')),
    _kind('ACCESSORIES', 'SCARVES', 'scarf', 'scarf',
          fabric=('cashmere', 'wool', 'silk', 'rib knit wool'),
          pattern=('solid', 'stripes', 'check', 'leopard', 'dots'),
          hem=('fringed', ''), fit=('knotted', 'folded')),
    _kind('ACCESSORIES', 'BELTS', 'belt', 'belt',
          fabric=('leather', 'suede', 'patent leather'),
          pattern=('solid', 'solid', 'leopard', 'stripes'),
          closure=('pin-buckle', 'double ring', 'plaque'),
          fit=('slim', 'wide'), trim=('', 'stitching')),
    _kind('ACCESSORIES', 'SOCKS', 'socks', 'socks',
          fabric=('rib knit cotton', 'merino wool', 'cotton jersey'),
          pattern=('solid', 'stripes', 'dots', 'check', 'camouflage'),
          length=('ankle', 'calf'), trim=('', 'heel and toe', 'cuff')),
)

#: Every sub-category of the catalogue, by name, in the order of its ids.
KINDS: dict[str, Kind] = {row.subcategory: row for row in _ROWS}

SUBCATEGORIES = tuple(KINDS)
CATEGORIES = tuple(dict.fromkeys(row.category for row in _ROWS))


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
    if garment.texture in ('rib', 'cable', 'denim', 'quilt'):
        # These surfaces are a pattern of their own.
        if garment.pattern not in ('solid', 'stripes', 'colour-block'):
            garment = replace(garment, pattern='solid')
    return garment
