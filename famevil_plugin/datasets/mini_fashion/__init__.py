"""MiniFashion: an embedded fashion data set, drawn from its own words.

It comes in the layouts of FashionGen and FashionIQ, so whatever runs on it
runs on them.
"""

from .catalogue import MiniFashionSizes
from .facets import FACETS
from .pretraining import draw_pretraining_products
from .writer import MARKER, VERSION, draw_mini_fashion

__all__ = [
    'FACETS',
    'MARKER',
    'VERSION',
    'MiniFashionSizes',
    'draw_mini_fashion',
    'draw_pretraining_products',
]
