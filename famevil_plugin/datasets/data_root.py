"""The folder of the data sets, or an error that says how to get one."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

MINI_FASHION = 'mini_fashion'
MINI_FASHION_PRETRAINING = 'mini_fashion_pretraining'

#: What a data root may hold, for errors.
LAYOUT = """\
  FashionGen/{train,val}_info.json     products: photos, texts, sub-categories
  FashionGen/subcategories.json        their names, in the order of their ids
  FashionIQ/captions/cap.<garment>.{train,val}.json        triplets
  FashionIQ/image_splits/split.<garment>.{train,val}.json  ids of photos
  FashionIQ/images/<id>.jpg"""

#: The remedy where a runner's config has a task that its data do not serve.
LEAVE_OUT = (
    'name the others by --tasks, or in Python call '
    'famevil_plugin.command_line.keep_served(config) before the runner is built'
)


def find_data_root(data_root: str) -> Path:
    """Return the folder of the data sets; draw an embedded one if asked to.

    A folder named ``mini_fashion`` or ``mini_fashion_pretraining`` is an
    embedded data set: it is drawn where it is missing, once, whoever asks
    first.

    Args:
        data_root (str): Path of the folder.

    Raises:
        FileNotFoundError: If another folder is missing.
    """
    root = Path(data_root)
    if root.name == MINI_FASHION:
        from .mini_fashion import draw_mini_fashion

        return draw_mini_fashion(root)
    if root.name == MINI_FASHION_PRETRAINING:
        from .mini_fashion import draw_pretraining_products

        return draw_pretraining_products(root)
    if not root.is_dir():
        raise FileNotFoundError(
            f'data_root {data_root!r} does not exist: expected a folder with '
            'FashionGen/ and FashionIQ/. Set data_root to yours, convert a '
            'catalogue with tools/dataset_converters/catalogue.py, or use '
            f"the embedded 'data/{MINI_FASHION}'. It may hold\n{LAYOUT}"
        )
    return root


class Vocabulary(NamedTuple):
    """How a data set's texts name attributes.

    Attributes:
        words (dict): By facet and value, regular expressions.
        name (Callable): A product's label and attribute ids -> its true
            values by facet.
    """

    words: dict[str, dict[str, list[str]]]
    name: Callable[[int | None, Sequence[int]], dict[str, list[str]]]


def find_vocabulary(root: Path) -> Vocabulary | None:
    """The words of a data set's attributes, if they are known.

    Args:
        root (Path): The folder of the data sets. MiniFashion's are known.
    """
    from .mini_fashion import MARKER

    if not (root / MARKER).is_file():
        return None
    from .mini_fashion.attribute_words import attribute_words, name_attributes

    return Vocabulary(attribute_words(), name_attributes)


def require_items(
    items: list[dict[str, Any]], task: str, source: Path
) -> list[dict[str, Any]]:
    """Return the items of a data set, if there are any.

    Raises:
        ValueError: If there are none.
    """
    if not items:
        raise ValueError(
            f'no items for task {task!r} in {source}: nothing there has all '
            'that the task needs. Check the data set, or leave the task out: '
            f'{LEAVE_OUT}'
        )
    return items
