"""Photos that can be searched: a vector each for each task, and their facts."""

import logging
from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from mmengine.logging import print_log

from .exact_search import Nearest, find_nearest
from .faiss_index import FaissIndex, check_faiss
from .field_filter import FieldFilter
from .gallery_files import Stored, read_gallery, write_gallery
from .gallery_items import (
    Entry,
    GalleryItem,
    items_of_config,
    items_of_manifest,
    items_of_photos,
)
from .photo_source import Photo, Unreadable
from .reading_ahead import map_lazily
from .results import Match
from .vectors import RowBlocks

if TYPE_CHECKING:
    from .fashion_inferencer import FashionInferencer

INDEXES = ('exact', 'faiss')


class Gallery:
    """Photos with vectors, for one model.

    XMR and TGIR embed a photo by other adapters, so a gallery holds a vector
    for each task that it was built for. It belongs to the model and to the
    preprocessing that made its vectors, and is refused by others.

    Make one by :meth:`of_photos`, :meth:`of_manifest`, :meth:`of_config` or
    :meth:`load`.

    Args:
        stored (Stored): What it holds.

    Attributes:
        fingerprint (str): Of the model and its preprocessing.
        items (Sequence[GalleryItem]): The photos.
        vectors (dict[str, np.ndarray]): By task ``(N, E)``, float32, of length
            1; of a loaded gallery they stay in their files.
        unreadable (list[Unreadable]): Photos that were to be added last, and
            could not be read.
    """

    def __init__(self, stored: Stored) -> None:
        self.fingerprint = stored.fingerprint
        self.index = stored.search
        self.items = stored.items
        self.vectors = dict(stored.vectors)
        self.unreadable: list[Unreadable] = []
        self._index_files = dict(stored.indices)
        self._indices: dict[str, FaissIndex] = {}
        self._filter = FieldFilter(self.items)

    # ------------------------------------------------------------- making

    @classmethod
    def of_photos(
        cls, model: 'FashionInferencer', photos: Any, **options: Any
    ) -> 'Gallery':
        """Index photos alone.

        Args:
            model (FashionInferencer): The model.
            photos (Any): A folder, a glob, a list or a generator.
            **options: See :meth:`of_items`.
        """
        return cls.of_items(model, items_of_photos(photos), **options)

    @classmethod
    def of_manifest(
        cls,
        model: 'FashionInferencer',
        manifest: str | Path,
        columns: Mapping[str, tuple[str, ...]] | None = None,
        images_root: str | Path | None = None,
        **options: Any,
    ) -> 'Gallery':
        """Index a shop's catalogue.

        Args:
            model (FashionInferencer): The model.
            manifest (str | Path): As ``tools/dataset_converters/catalogue.py``
                reads it.
            columns (Mapping, optional): Of fields that are called otherwise.
            images_root (str | Path, optional): Where the photos' paths begin.
                Defaults to the manifest's folder.
            **options: See :meth:`of_items`.
        """
        root = None if images_root is None else Path(images_root)
        entries = items_of_manifest(
            manifest, dict(columns) if columns else None, images_root=root
        )
        return cls.of_items(model, entries, **options)

    @classmethod
    def of_config(
        cls, model: 'FashionInferencer', config: Any = None, **options: Any
    ) -> 'Gallery':
        """Index the photos that a config tests on.

        Args:
            model (FashionInferencer): The model.
            config (Config, optional): Defaults to the model's own.
            **options: See :meth:`of_items`.
        """
        return cls.of_items(model, items_of_config(config or model.cfg), **options)

    @classmethod
    def of_items(
        cls,
        model: 'FashionInferencer',
        entries: Iterable[Entry],
        tasks: Sequence[str] | None = None,
        index: str = 'exact',
        on_error: str = 'skip',
    ) -> 'Gallery':
        """Index photos of which something is known.

        Args:
            model (FashionInferencer): The model.
            entries (Iterable[tuple[GalleryItem, Photo]]): The photos.
            tasks (Sequence[str], optional): The tasks to hold vectors of.
                Defaults to all of the model that embed a photo alone and for
                which the config has a test pipeline.
            index (str): ``exact`` compares with every photo; ``faiss`` finds
                most of the best ones faster, among millions.
            on_error (str): After a photo that cannot be read ``skip`` goes on
                and ``raise`` stops.

        Raises:
            ValueError: If the model embeds no photos in a task, there is no
                such index, or no photo could be read.
        """
        if index not in INDEXES:
            raise ValueError(
                f'unknown index {index!r}: expected one of {", ".join(INDEXES)}'
            )
        if index == 'faiss':
            check_faiss()
        able = model.abilities.gallery_tasks()
        tasks = list(tasks or [task for task in able if task in model.asker.pipelines])
        if not tasks:
            raise ValueError(f'the model searches no photos: {model.abilities}')
        width = model.model.encoder.embedding_width
        none = {task: np.zeros((0, width), np.float32) for task in tasks}
        gallery = cls(Stored(model.fingerprint, index, [], none, {}))
        gallery._add_entries(model, entries, on_error)
        if not len(gallery):
            raise ValueError(
                'no photo could be read, so there is nothing to search: '
                f'{gallery.unreadable[0].reason}'
                if gallery.unreadable
                else 'no photos were given, so there is nothing to search'
            )
        return gallery

    def add(
        self, model: 'FashionInferencer', photos: Any, on_error: str = 'skip'
    ) -> list[Unreadable]:
        """Add photos; one whose id is there takes the other's place.

        Args:
            model (FashionInferencer): The model that the gallery is of.
            photos (Any): As :meth:`of_photos` or :meth:`of_items` take them.
            on_error (str): See :meth:`of_items`.

        Returns:
            list[Unreadable]: Photos that could not be read.
        """
        self.check(model.fingerprint)
        entries = photos if _are_entries(photos) else items_of_photos(photos)
        self._add_entries(model, entries, on_error)
        return self.unreadable

    def _add_entries(
        self, model: 'FashionInferencer', entries: Iterable[Entry], on_error: str
    ) -> None:
        items: list[GalleryItem] = []
        waiting: deque[GalleryItem] = deque()
        rows = {task: RowBlocks() for task in self.vectors}

        def take(entry: Entry) -> Photo:
            waiting.append(entry[0])
            return entry[1]

        self.unreadable = []
        for _, vectors in model.embed_photos(
            list(rows), map_lazily(take, entries), on_error
        ):
            item = waiting.popleft()
            if isinstance(vectors, Unreadable):
                self.unreadable.append(vectors)
                continue
            items.append(item)
            for task, vector in vectors.items():
                rows[task].add(vector)
        if items:
            self._replace(items, {task: own.join() for task, own in rows.items()})

    def remove(self, ids: str | Collection[str]) -> None:
        """Remove photos by their ids, see :meth:`find`.

        Raises:
            ValueError: If an id is not there; nothing is removed then.
        """
        gone = {ids} if isinstance(ids, str) else set(ids)
        unknown = gone - {item.id for item in self.items}
        if unknown:
            raise ValueError(
                f'{len(unknown)} of the ids to remove are not in the gallery, '
                f'{min(unknown)!r} for one'
            )
        self._keep([item.id not in gone for item in self.items])

    def find(self, **where: Any) -> list[str]:
        """The ids of the photos with these fields, as ``product='123'``."""
        return [self.items[row].id for row in self._filter.choose(where).tolist()]

    # ---------------------------------------------------------- searching

    def __len__(self) -> int:
        """Number of photos."""
        return len(self.items)

    @property
    def tasks(self) -> list[str]:
        """The tasks that it holds vectors of."""
        return list(self.vectors)

    def check(self, model: str, task: str | None = None) -> None:
        """Refuse a model or a task that the vectors are not of.

        Args:
            model (str): The model's fingerprint.
            task (str, optional): The task to search by.

        Raises:
            ValueError: If they are of others.
        """
        if model != self.fingerprint:
            raise ValueError(
                'the gallery was made with another model or another preprocessing '
                f'(fingerprint {self.fingerprint[:12]}, the model has {model[:12]}): '
                'load that model, or build the gallery again with this one'
            )
        if task is not None and task not in self.vectors:
            raise ValueError(
                f'the gallery was built for {", ".join(self.vectors)}, got a search '
                f'by {task}: build it with tasks={[*self.vectors, task]}'
            )

    def search(
        self,
        task: str,
        queries: np.ndarray,
        top_k: int = 10,
        where: Mapping[str, Any] | None = None,
    ) -> list[list[Match]]:
        """Find the photos nearest to vectors.

        Args:
            task (str): The task that the vectors are of.
            queries (np.ndarray): ``(Q, E)``, of length 1.
            top_k (int): Photos of a query.
            where (Mapping[str, Any], optional): Fields that a photo must have,
                each a value or a list of them.

        Returns:
            list[list[Match]]: Of each query, the best first.
        """
        check_top(top_k)
        chosen = None if not where else self._filter.choose(where)
        count = len(self) if chosen is None else len(chosen)
        if top_k > count:
            print_log(
                f'top_k is {top_k}, but only {count} photos '
                f'{"are in the gallery" if chosen is None else "have these fields"}: '
                'all of them are given',
                logger='current',
                level=logging.WARNING,
            )
        if not len(queries):
            return []
        nearest = self._find_nearest(task, queries, top_k, chosen)
        return [
            [self._match(row, score) for row, score in zip(rows, scores) if row >= 0]
            for rows, scores in zip(nearest.rows.tolist(), nearest.scores.tolist())
        ]

    def _find_nearest(
        self, task: str, queries: np.ndarray, top_k: int, chosen: np.ndarray | None
    ) -> Nearest:
        """By the index; among chosen rows, of which it knows nothing, exactly."""
        if self.index == 'exact' or chosen is not None:
            return find_nearest(self.vectors[task], queries, top_k, chosen)
        return self._faiss(task).find_nearest(queries, top_k)

    def _faiss(self, task: str) -> FaissIndex:
        if task not in self._indices:
            file = self._index_files.get(task)
            self._indices[task] = (
                FaissIndex.read(file) if file else FaissIndex.build(self.vectors[task])
            )
        return self._indices[task]

    def _match(self, row: int, score: float) -> Match:
        item = self.items[row]
        return Match(item.path, score, item.id, item.text, item.fields)

    # ------------------------------------------------------------- keeping

    def save(self, folder: str | Path) -> None:
        """Write the gallery into a folder, whole or not at all.

        Args:
            folder (str | Path): New, empty, or with a gallery to replace.
        """
        indices = {}
        if self.index == 'faiss':
            indices = {task: self._faiss(task).write for task in self.vectors}
        stored = Stored(self.fingerprint, self.index, self.items, self.vectors, {})
        write_gallery(Path(folder), stored, indices)

    @classmethod
    def load(
        cls, folder: str | Path, model: 'FashionInferencer | None' = None
    ) -> 'Gallery':
        """Read a gallery; vectors and items stay in their files.

        Args:
            folder (str | Path): That it was saved to.
            model (FashionInferencer, optional): The model to search it with,
                to have another model's gallery refused at once.
        """
        gallery = cls(read_gallery(Path(folder)))
        if gallery.index == 'faiss':
            check_faiss()
        if model is not None:
            gallery.check(model.fingerprint)
        return gallery

    def _replace(
        self, items: list[GalleryItem], vectors: dict[str, np.ndarray]
    ) -> None:
        """Take items in, the last of each id, in the place of older ones."""
        last = {item.id: place for place, item in enumerate(items)}
        places = sorted(last.values())
        self._keep([item.id not in last for item in self.items])
        self.items = [*self.items, *(items[place] for place in places)]
        for task, rows in vectors.items():
            self.vectors[task] = np.concatenate([self.vectors[task], rows[places]])
        self._forget()

    def _keep(self, kept: list[bool]) -> None:
        if all(kept):
            return
        self.items = [item for item, stays in zip(self.items, kept) if stays]
        rows = np.array(kept).nonzero()[0]
        self.vectors = {task: own[rows] for task, own in self.vectors.items()}
        self._forget()

    def _forget(self) -> None:
        """Drop what was made of items and vectors that have changed."""
        self._indices, self._index_files = {}, {}
        self._filter = FieldFilter(self.items)


def check_top(top_k: int) -> None:
    """Refuse a number of answers that is none.

    Raises:
        ValueError: If it is below 1.
    """
    if top_k < 1:
        raise ValueError(f'top_k must be at least 1, got {top_k}')


def _are_entries(photos: Any) -> bool:
    if isinstance(photos, (str, Path, np.ndarray)):
        return False
    first = next(iter(photos), None) if isinstance(photos, (list, tuple)) else None
    return isinstance(first, tuple) and isinstance(first[0], GalleryItem)
