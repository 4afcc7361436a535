"""Answers as plain data."""

from typing import Any, NamedTuple

import numpy as np

from .photo_source import Unreadable


class Match(NamedTuple):
    """A gallery's photo that answers a query.

    Attributes:
        path (str): Of the photo.
        score (float): Cosine of its vector and the query's, -1 to 1.
        id (str): Its name in the gallery.
        text (str): What the gallery says of it, '' where nothing.
        fields (dict[str, Any]): The facts that the gallery holds of it.
    """

    path: str
    score: float
    id: str
    text: str
    fields: dict[str, Any]


class Found(NamedTuple):
    """A query and what it found.

    Attributes:
        photo (str | None): Path of the query's photo, if it has one.
        text (str | None): The query's text, if it has one.
        matches (list[Match]): The best first.
        error (str | None): The reason why the photo could not be read.
    """

    photo: str | None
    text: str | None
    matches: list[Match]
    error: str | None = None


class Label(NamedTuple):
    """A class and how sure the model is of it, in percent."""

    label: str
    score: float


class Classified(NamedTuple):
    """A photo's classes.

    Attributes:
        path (str): Of the photo; ``#3`` for the third one given as pixels.
        labels (list[Label]): The best first.
        text (str): What was read beside the photo.
        error (str | None): The reason why the photo could not be read.
    """

    path: str
    labels: list[Label]
    text: str = ''
    error: str | None = None


class Described(NamedTuple):
    """A photo's caption.

    Attributes:
        path (str): Of the photo; ``#3`` for the third one given as pixels.
        text (str): The caption.
        error (str | None): The reason why the photo could not be read.
    """

    path: str
    text: str
    error: str | None = None


class Embeddings(NamedTuple):
    """Vectors of length 1: the dot product of two is their cosine.

    Attributes:
        photos (np.ndarray | None): ``(N, E)``, of photos alone.
        texts (np.ndarray | None): ``(N, E)``, of texts alone.
        pairs (np.ndarray | None): ``(N, E)``, of photos each with a text.
        paths (list[str]): The photos' paths, in the order of the rows.
        unreadable (list[Unreadable]): Photos without a row.
    """

    photos: np.ndarray | None
    texts: np.ndarray | None
    pairs: np.ndarray | None
    paths: list[str]
    unreadable: list[Unreadable]
