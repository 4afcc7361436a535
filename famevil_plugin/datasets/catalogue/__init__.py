"""A shop's catalogue, turned into the layouts of FashionGen and FashionIQ.

In the order of the work: :mod:`columns` and :mod:`manifest` read the
products, :mod:`split` deals them to training and validation, :mod:`photos`
and :mod:`triplets` write what they say, :mod:`converter` does it all.
"""

from .columns import Columns, parse_columns
from .converter import convert_catalogue
from .manifest import read_manifest
from .product import CatalogueError, Product

__all__ = [
    'CatalogueError',
    'Columns',
    'Product',
    'convert_catalogue',
    'parse_columns',
    'read_manifest',
]
