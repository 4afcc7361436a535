"""The catalogue's sub-categories, and what varies in each.

Some look alike and are sold under other names, some are called alike and look
different, and not every text says which it is: neither photo nor text alone
tells them all, as in a shop.
"""
from collections.abc import Mapping
from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Kind:
    """A row of the catalogue: a sub-category and what varies in it.

    Attributes:
        category (str): Name of the category, as FashionGen writes it.
        subcategory (str): Name of the sub-category.
        noun (str): What the text calls one of them.
        general (str): What a text calls it that does not say which it is.
        shape (str): The family of outlines that draws it.
        options (Mapping): The values that each attribute may take.
    """
    category: str
    subcategory: str
    noun: str
    shape: str
    options: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    general: str = ''


_GENERAL = {
    'TOPS': 'top', 'KNITWEAR': 'knit', 'SWEATSHIRTS': 'top',
    'DRESSES': 'dress', 'JACKETS & COATS': 'jacket', 'PANTS': 'pants',
    'SKIRTS': 'skirt', 'SHOES': 'shoes', 'BAGS': 'bag',
    'ACCESSORIES': 'accessory',
}


def _kind(category: str, subcategory: str, noun: str, shape: str,
          **options: tuple[str, ...]) -> Kind:
    return Kind(category, subcategory, noun, shape, options,
                _GENERAL[category])


_PRINTS = ('solid', 'solid', 'stripes', 'dots', 'floral', 'check')
_BOLD = ('solid', 'solid', 'stripes', 'leopard', 'camouflage',
         'colour-block')

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

#: Sub-categories that look like another, which only a text tells from it.
_ALIKE = {
    'SHIRTS': ('LOUNGEWEAR', 'PYJAMA SHIRTS', 'pyjama shirt'),
    'MAXI DRESSES': ('LOUNGEWEAR', 'NIGHTGOWNS', 'nightgown'),
    'SHORTS': ('SWIMWEAR', 'SWIM SHORTS', 'swim shorts'),
    'LEGGINGS': ('LOUNGEWEAR', 'TIGHTS', 'tights'),
    'CLUTCHES': ('BAGS', 'POUCHES', 'pouch'),
    'SCARVES': ('ACCESSORIES', 'SHAWLS', 'shawl'),
}


def _alike(row: Kind) -> Kind:
    category, subcategory, noun = _ALIKE[row.subcategory]
    return replace(row, category=category, subcategory=subcategory, noun=noun)


#: Every sub-category of the catalogue, by name, in the order of its ids.
KINDS: dict[str, Kind] = {
    row.subcategory: row
    for row in (*_ROWS, *(_alike(r) for r in _ROWS if r.subcategory in _ALIKE))
}

SUBCATEGORIES = tuple(KINDS)
CATEGORIES = tuple(dict.fromkeys(kind.category for kind in KINDS.values()))
