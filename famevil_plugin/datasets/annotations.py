"""Annotation files, every field checked before anything uses it.

What passes here can be numbered, tokenized and looked up in the folder of
its data set, and nowhere else. What does not ends in a ``ValueError`` that
names the file, the item and the field.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from reprlib import repr as shorten
from typing import Any, NamedTuple

# where nothing names the sub-categories; metrics count up to the largest id
MAX_LABELS = 100_000
# in the order of FashionIQ's tables, before garments of other data sets
OFFICIAL_GARMENTS = ('dress', 'shirt', 'toptee')


class Product(NamedTuple):
    """A product of FashionGen.

    Attributes:
        id (int): Its number.
        images (list[str]): Paths of its photos, relative to the folder.
        text (str): Title and description, empty if it has neither.
        label (int | None): Its sub-category, if it is known.
        attributes (list[int]): Ids of its attributes, empty if it has none
            or they are not known.
    """

    id: int
    images: list[str]
    text: str
    label: int | None
    attributes: list[int]


class Triplet(NamedTuple):
    """A triplet of FashionIQ: ids of two photos, and what is different.

    Attributes:
        reference (str): Id of the photo that is asked with.
        target (str): Id of the photo that is meant.
        captions (list[str]): What people said of it, without blank ones.
        machine_made (bool): Whether a program said it.
    """

    reference: str
    target: str
    captions: list[str]
    machine_made: bool = False


def read_products(path: Path, names: list[str] | None) -> list[Product]:
    """Read ``{train,val}_info.json`` of FashionGen.

    Args:
        path (Path): The file.
        names (list[str], optional): Names of the sub-categories in the
            order of their ids, which must lie among them.
    """
    label = (
        _label_below(MAX_LABELS, '')
        if names is None
        else _label_below(len(names), ', as subcategories.json has it')
    )
    products = []
    for item in _read_items(path):
        texts = (item.get('title', _TEXT), item.get('description', _TEXT))
        products.append(
            Product(
                id=item.require('id', _INTEGER),
                images=item.require('images', _PATHS),
                text='.'.join(text for text in texts if text),
                label=item.get('subcategory_id', label),
                attributes=item.get('attributes_id', _INTEGERS) or [],
            )
        )
    return products


def read_names(path: Path) -> list[str] | None:
    """Read ``subcategories.json`` of FashionGen, if it exists."""
    if not path.exists():
        return None
    return [_fit(name, _TEXT, where) for where, name in _read_list(path)]


def find_garments(folder: Path, splits: Sequence[str]) -> tuple[str, ...]:
    """List the garments that ``captions/cap.<garment>.<split>.json`` are of.

    Args:
        folder (Path): Holds FashionIQ's ``captions/``.
        splits (Sequence[str]): Splits of which one must be there.

    Returns:
        tuple[str, ...]: FashionIQ's three first, then the others by name.
    """
    names = [path.name for path in folder.glob('captions/cap.*.json')]
    found = {
        name.removeprefix('cap.').removesuffix(f'.{split}.json')
        for name in names
        for split in splits
        if name.endswith(f'.{split}.json')
    }
    official = [garment for garment in OFFICIAL_GARMENTS if garment in found]
    return *official, *sorted(found.difference(official))


def read_triplets(path: Path) -> list[Triplet]:
    """Read ``captions/cap.<garment>.<split>.json`` of FashionIQ."""
    return [
        Triplet(
            reference=item.require('candidate', _PHOTO_ID),
            target=item.require('target', _PHOTO_ID),
            captions=[
                text.strip()
                for text in item.require('captions', _TEXTS)
                if text.strip()
            ],
            machine_made=bool(item.get('machine_made', _FLAG)),
        )
        for item in _read_items(path)
    ]


def read_photo_ids(path: Path) -> list[str]:
    """Read ``image_splits/split.<garment>.<split>.json`` of FashionIQ.

    Raises:
        ValueError: If an id is there twice: it would be two candidates.
    """
    ids = [_fit(name, _PHOTO_ID, where) for where, name in _read_list(path)]
    twice = [name for name, count in Counter(ids).items() if count > 1]
    if twice:
        raise ValueError(
            f'{path}: {len(twice)} ids are there more than once, '
            f'{shorten(twice[0])} for one: keep one of each'
        )
    return ids


class _Kind(NamedTuple):
    """A requirement on a value, in words and as a test."""

    expected: str
    fits: Callable[[Any], bool]


def _is_int64(value: Any) -> bool:
    return type(value) is int and 0 <= value < 2**63


def _is_text(value: Any) -> bool:
    """Whether it can be encoded: JSON can spell half a surrogate pair."""
    return isinstance(value, str) and not any(
        '\ud800' <= character <= '\udfff' for character in value
    )


def _is_inside(value: Any) -> bool:
    """Whether it is a relative path that does not climb."""
    path = PurePosixPath(value) if _is_text(value) else None
    return bool(
        path
        and path.parts
        and not path.is_absolute()
        and '..' not in path.parts
        and '\0' not in value
    )


_INTEGER = _Kind('a whole number from 0 to 2^63 - 1', _is_int64)
_INTEGERS = _Kind(
    'a list of whole numbers from 0 to 2^63 - 1',
    lambda value: isinstance(value, list) and all(map(_is_int64, value)),
)
_TEXT = _Kind('a text', _is_text)
_FLAG = _Kind('true or false', lambda value: isinstance(value, bool))
_TEXTS = _Kind(
    'a list of texts',
    lambda value: isinstance(value, list) and all(map(_is_text, value)),
)
_PATHS = _Kind(
    "a list of photos' paths relative to the folder and inside of it",
    lambda value: isinstance(value, list) and all(map(_is_inside, value)),
)
_PHOTO_ID = _Kind(
    "a photo's name, without folder and suffix",
    lambda value: _is_inside(value) and PurePosixPath(value).name == value,
)
_OBJECT = _Kind('an object', lambda value: isinstance(value, dict))


def _label_below(count: int, reason: str) -> _Kind:
    return _Kind(
        f'a sub-category, a number below {count}{reason}',
        lambda value: _is_int64(value) and value < count,
    )


class _Item(NamedTuple):
    """An object of a file, whose fields are checked as they are read."""

    where: str
    fields: dict[str, Any]

    def require(self, name: str, kind: _Kind) -> Any:
        """A field that must be there."""
        if name not in self.fields:
            raise ValueError(
                f'{self.where} lacks {name!r}, which must be {kind.expected}: '
                f'it has {shorten(sorted(self.fields))}'
            )
        return _fit(self.fields[name], kind, f'{self.where}: {name!r}')

    def get(self, name: str, kind: _Kind) -> Any:
        """A field that may be missing or null."""
        if self.fields.get(name) is None:
            return None
        return self.require(name, kind)


def _fit(value: Any, kind: _Kind, where: str) -> Any:
    if not kind.fits(value):
        raise ValueError(f'{where} must be {kind.expected}, got {shorten(value)}')
    return value


def _read_items(path: Path) -> Iterator[_Item]:
    for where, fields in _read_list(path):
        yield _Item(where, _fit(fields, _OBJECT, where))


def _read_list(path: Path) -> Iterator[tuple[str, Any]]:
    """The values of a JSON list, each with where it stands.

    Raises:
        FileNotFoundError: If it is missing, with what the folder holds.
        ValueError: If it is no JSON list.
    """
    if not path.is_file():
        beside = sorted(p.name for p in path.parent.glob('*'))[:8]
        raise FileNotFoundError(
            f'no annotations at {path}: its folder holds '
            f'{", ".join(beside) or "nothing"}. Check data_root'
        )
    try:
        content = json.loads(path.read_text(encoding='utf-8-sig'))
    except UnicodeDecodeError as error:
        raise ValueError(f'{path} is not encoded in UTF-8: {error}') from None
    except (ValueError, RecursionError) as error:
        raise ValueError(f'{path} is no valid JSON: {error}') from None
    if not isinstance(content, list):
        raise ValueError(
            f'{path} must hold a JSON list, got a {type(content).__name__}'
        )
    for place, value in enumerate(content):
        yield f'{path}: item {place}', value
