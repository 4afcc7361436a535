"""What is on a drawn photo, as labels: one for each facet of a garment."""

from collections.abc import Sequence

import numpy as np

from .catalogue import ATTRIBUTE_IDS, ATTRIBUTES_BY_ID
from .garments import ATTRIBUTES
from .kinds import SUBCATEGORIES

#: The values of each facet, by label; an empty word is an absence.
FACETS: dict[str, tuple[str, ...]] = {'kind': SUBCATEGORIES} | {
    name: ('', *sorted(value for facet, value in ATTRIBUTE_IDS if facet == name))
    for name in ATTRIBUTES[1:]
}


def facet_labels(label: int, attributes: Sequence[int]) -> np.ndarray:
    """A product's labels, ``(facets, )``.

    Args:
        label (int): Its sub-category.
        attributes (Sequence[int]): Its ids in the annotation.
    """
    values = dict(ATTRIBUTES_BY_ID[number] for number in attributes)
    facets = (FACETS[name].index(values.get(name, '')) for name in ATTRIBUTES[1:])
    return np.array([label, *facets])
