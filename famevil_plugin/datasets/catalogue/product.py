"""A product, and what is said when a catalogue is not as it must be."""

from pathlib import Path
from typing import NamedTuple


class CatalogueError(ValueError):
    """The catalogue or the command line is not as it must be."""


class Product(NamedTuple):
    """A product of a catalogue; texts are clean, and '' where missing.

    Attributes:
        id (str): The shop's own.
        photos (tuple[Path, ...]): Full paths, the main view first.
        title (str): Its name.
        description (str): At most 400 characters.
        label (str | None): Its sub-category.
        category (str | None): What the sub-category belongs to.
        group (str): Products of one group stay on one side of the split.
        number (int | None): What FashionGen would number it.
        attributes (tuple[tuple[str, str], ...]): Name and value of what the
            export says of it beside, as its colour.
    """

    id: str
    photos: tuple[Path, ...]
    title: str = ''
    description: str = ''
    label: str | None = None
    category: str | None = None
    group: str = ''
    number: int | None = None
    attributes: tuple[tuple[str, str], ...] = ()

    @property
    def has_text(self) -> bool:
        """Whether XMR and FIC can use it."""
        return bool(self.title or self.description)
