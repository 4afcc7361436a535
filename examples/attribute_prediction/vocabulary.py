"""The attributes: what MiniFashion knows of colours, patterns and sleeves."""

from collections.abc import Sequence

from famevil_plugin.datasets.mini_fashion.catalogue import ATTRIBUTE_IDS

# a garment may have two colours
_FACETS = dict(colour='colour', second='colour', pattern='pattern', sleeves='sleeves')
_BY_ID = {
    number: f'{_FACETS[name]} {value}'
    for (name, value), number in ATTRIBUTE_IDS.items()
    if name in _FACETS
}
#: The attributes by number, as ``colour red`` and ``sleeves long``.
NAMES = sorted(set(_BY_ID.values()))


def numbers_of(attributes: Sequence[int]) -> list[int]:
    """A product's attributes here, from its ids in the annotation."""
    return [NAMES.index(_BY_ID[number]) for number in attributes if number in _BY_ID]
