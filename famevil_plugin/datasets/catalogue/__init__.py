"""A shop's export, turned into the layouts of FashionGen and FashionIQ.

In the order of the work: :mod:`rows` reads the file, :mod:`columns` finds the
fields, :mod:`manifest` makes products of them, :mod:`split` deals these to
training and validation, :mod:`photo_writer` and :mod:`triplets` write what
they say, :mod:`converter` does it all, and :mod:`report` tells what was left
out.
"""

from .columns import Columns, parse_columns
from .converter import convert_catalogue
from .manifest import read_manifest
from .product import CatalogueError, Product
from .report import Report

__all__ = [
    'CatalogueError',
    'Columns',
    'Product',
    'Report',
    'convert_catalogue',
    'parse_columns',
    'read_manifest',
]
