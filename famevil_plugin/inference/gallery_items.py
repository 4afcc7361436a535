"""Photos of a gallery and what is known of them, from wherever they come."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from mmengine.config import Config

from famevil_plugin.datasets.catalogue import Columns, read_manifest
from famevil_plugin.registry import DATASETS
from famevil_plugin.tasks import PHOTO, find_tasks

from .photo_source import Photo, find_photos
from .reading_ahead import map_lazily

_PLAIN = (str, int, float, bool)


class GalleryItem(NamedTuple):
    """A photo of a gallery.

    Attributes:
        id (str): Unique in the gallery.
        path (str): Of the photo's file.
        text (str): What is said of it, '' where nothing.
        fields (dict[str, Any]): Plain facts to filter by and to show.
    """

    id: str
    path: str
    text: str
    fields: dict[str, Any]


Entry = tuple[GalleryItem, Photo]


def items_of_photos(photos: Any) -> Iterable[Entry]:
    """Photos alone: their ids are their paths."""
    return map_lazily(
        lambda photo: (GalleryItem(photo.path, photo.path, '', {}), photo),
        find_photos(photos),
    )


def items_of_manifest(
    manifest: str | Path, columns: Columns | None = None, **reading: Any
) -> list[Entry]:
    """A shop's products, each view an item.

    Args:
        manifest (str | Path): See :func:`~famevil_plugin.datasets.catalogue
            .read_manifest`; a folder is that of ``manifest.json``.
        columns (Columns, optional): Of fields that are called otherwise.
        **reading: Other arguments of ``read_manifest``.

    Returns:
        list[Entry]: The ids are the products', with ``/2`` for the second
        view. Fields: ``product``, ``view``, ``title``, ``description``,
        ``sub_category``, ``category`` and ``group``, where they are known.
    """
    path = Path(manifest)
    path = path / 'manifest.json' if path.is_dir() else path
    entries = []
    for product in read_manifest(path, columns, **reading):
        facts = dict(
            product=product.id,
            title=product.title,
            description=product.description,
            sub_category=product.label,
            category=product.category,
            group=product.group,
        )
        facts = {name: value for name, value in facts.items() if value}
        text = '.'.join(filter(None, (product.title, product.description)))
        for view, photo in enumerate(product.photos, 1):
            name = product.id if view == 1 else f'{product.id}/{view}'
            item = GalleryItem(name, str(photo), text, dict(facts, view=view))
            entries.append((item, Photo(str(photo))))
    return entries


def items_of_config(config: Config) -> list[Entry]:
    """The photos that a config tests on.

    A photo of several tasks is one item, with all that their data sets say
    of it. A query of TGIR is no item, but the photos it may find are.

    Args:
        config (Config): With ``model.heads`` and ``test_dataloader``.

    Returns:
        list[Entry]: The ids are the paths. Fields are the plain facts of the
        data sets, a label as ``sub_category``.
    """
    loaders = config.get('test_dataloader') or config.get('val_dataloader') or {}
    tasks = find_tasks(config.model.heads)
    found: dict[str, GalleryItem] = {}
    for task, entry in tasks.items():
        if task not in loaders:
            continue
        field = entry.embedding(PHOTO)
        made_of = entry.predictions[field] if field else tuple(entry.inputs)
        name = next(name for name in made_of if entry.inputs[name] == PHOTO)
        data = DATASETS.build(loaders[task]['dataset'] | dict(pipeline=[]))
        names = data.metainfo.get('subcategories') or ()
        for index in range(len(data)):
            facts = data.get_data_info(index)
            path = facts.get(f'{name}_path')
            if path:
                before = found.get(path) or GalleryItem(path, path, '', {})
                found[path] = GalleryItem(
                    path,
                    path,
                    before.text or facts.get('text', ''),
                    before.fields | dict(_plain_facts(facts, names)),
                )
    if not found:
        raise ValueError(
            'the config tests on no photos: expected data sets of its tasks in '
            'test_dataloader'
        )
    return [(item, Photo(item.path)) for item in found.values()]


def _plain_facts(facts: Mapping[str, Any], names: Any) -> Iterator[tuple[str, Any]]:
    for key, value in facts.items():
        if key == 'gt_label':
            yield 'sub_category', names[value] if value < len(names) else f'#{value}'
        elif (
            key not in ('task', 'text', 'sample_idx')
            and not key.endswith('_path')
            and isinstance(value, _PLAIN)
        ):
            yield key, value
