"""Photos of a gallery by their fields."""

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .gallery_items import GalleryItem


class FieldFilter:
    """Finds rows by fields; each field is read once.

    Args:
        items (Sequence[GalleryItem]): The photos.
    """

    def __init__(self, items: Sequence[GalleryItem]) -> None:
        self.items = items
        self._columns: dict[str, list[Any]] = {}

    def choose(self, where: Mapping[str, Any]) -> np.ndarray:
        """The rows that have all the fields.

        Args:
            where (Mapping[str, Any]): By field a value or a list of them.

        Returns:
            np.ndarray: ``(N, )``, rising.

        Raises:
            ValueError: If no photo has such a field, or such a value of it;
                says which there are.
        """
        kept = np.ones(len(self.items), bool)
        for field, wanted in where.items():
            column = self._column(field)
            values = wanted if isinstance(wanted, (list, tuple, set)) else [wanted]
            fits = np.fromiter((value in values for value in column), bool, len(kept))
            if not fits.any():
                raise ValueError(
                    f'no photo of the gallery has {field}={wanted!r}: expected one of '
                    f'{_name_values(column, [*values, ""][0])}'
                )
            kept &= fits
        return kept.nonzero()[0]

    def _column(self, field: str) -> list[Any]:
        if field not in self._columns:
            column = [item.fields.get(field) for item in self.items]
            if all(value is None for value in column):
                known = dict.fromkeys(
                    name for item in self.items for name in item.fields
                )
                raise ValueError(
                    f'no photo of the gallery has a field {field!r}: it knows '
                    f'{", ".join(known) or "none, as it was built of photos alone"}'
                )
            self._columns[field] = column
        return self._columns[field]


def _name_values(column: Sequence[Any], wanted: Any) -> str:
    """Some of a field's values, those first that are spelt alike."""
    known = [str(value) for value in dict.fromkeys(column) if value is not None]
    folded = {name.casefold(): name for name in known}
    close = difflib.get_close_matches(str(wanted).casefold(), folded, cutoff=0.4)
    shown = list(dict.fromkeys([folded[name] for name in close] or known))[:6]
    return ', '.join(shown) + (', ...' if len(known) > len(shown) else '')
