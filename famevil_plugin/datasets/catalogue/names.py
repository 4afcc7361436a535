"""Names in a shop's cells: ids, labels, paths of categories."""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from reprlib import repr as shorten
from typing import Any

from .columns import normalise
from .product import CatalogueError, Product
from .report import Report

# how tables write that there is nothing
NOTHING = {'nan', 'none', 'null', '#n/a', 'n/a', '<na>'}
# beyond, floats skip whole numbers
MAX_FLOAT = 2**53
# the root of Magento's categories
ROOTS = {'default category', 'root catalog'}


def read_name(value: Any, where: str) -> str:
    """A cell's text; '' where it holds nothing.

    Whole numbers pass, those that a table holds as floats too.

    Raises:
        CatalogueError: If it holds something else.
    """
    if value is None or value != value:
        return ''
    if isinstance(value, float) and math.isfinite(value):
        if abs(value) >= MAX_FLOAT:
            raise CatalogueError(
                f'{where} holds {value!r}, a number that has lost digits; export '
                'it as text'
            )
        return str(int(value) if value.is_integer() else value)
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise CatalogueError(
            f'{where} must be a text or null, got {shorten(value)}; name another '
            'column with --columns'
        )
    try:
        text = str(value)
    except ValueError:  # Python spells no number of over 4300 digits
        raise CatalogueError(f'{where} holds a number of too many digits') from None
    return '' if text.strip().casefold() in NOTHING else text


def split_path(text: str, column: str) -> tuple[str, str]:
    """Sub-category and category of a path like ``Clothing > Dresses``.

    Args:
        text (str): A name, or a path. In columns named ``categories``, as
            WooCommerce's and Magento's, there may be several with commas
            between them, of which the deepest counts, and ``/`` parts a
            path too.
        column (str): The column's name.

    Returns:
        tuple[str, str]: The last name, and the one before it or ''.
    """
    several = normalise(column) == 'categories'
    splitting = (
        '/' if several and '>' not in text else r'\s>\s|>' if several else r'\s>\s'
    )
    paths = []
    for part in text.split(',') if several else [text]:
        names = [name.strip() for name in re.split(splitting, part) if name.strip()]
        paths.append([name for name in names if name.casefold() not in ROOTS])
    best = max(paths, key=len)
    return (best[-1] if best else ''), (best[-2] if len(best) > 1 else '')


def unite_spellings(
    products: Sequence[Product], given: Iterable[str], report: Report
) -> list[Product]:
    """Make labels, and categories, that differ by case alone one.

    Args:
        products (Sequence[Product]): The catalogue.
        given (Iterable[str]): Labels whose spelling is known. For others
            the commonest counts, of equally common ones the first.
        report (Report): Gets a remark on each that has several.
    """
    labels = _choose_spellings((p.label for p in products), given)
    categories = _choose_spellings((p.category for p in products), ())
    for what, chosen in (('sub-category', labels), ('category', categories)):
        spellings: dict[str, list[str]] = {}
        for spelling, one in chosen.items():
            spellings.setdefault(one, []).append(spelling)
        report.remarks += [
            f'the {what} {one!r} is also spelt '
            f'{", ".join(repr(other) for other in some if other != one)}'
            for one, some in spellings.items()
            if len(some) > 1
        ]
    return [
        product._replace(
            label=labels.get(product.label or ''),
            category=categories.get(product.category or ''),
        )
        for product in products
    ]


def _choose_spellings(
    names: Iterable[str | None], given: Iterable[str]
) -> Mapping[str, str]:
    counts = Counter(name for name in names if name)
    best = {_key(name): name for name in given}
    for name, _ in counts.most_common():
        best.setdefault(_key(name), name)
    return {name: best[_key(name)] for name in counts}


def _key(name: str) -> str:
    return unicodedata.normalize('NFKC', name).casefold()
