"""Cells that name photos -> files of the shop's folder."""

import ast
import json
import os
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from famevil_plugin.photos import SUFFIXES

from .product import CatalogueError

# always between photos; a comma or a blank is where it follows an ending
_SEPARATORS = re.compile(r'[|;\r\n]')
_ENDING = rf'(?:{"|".join(map(re.escape, SUFFIXES))})(?:\?[^\s,;|]*)?'
_AFTER_ENDING = re.compile(rf'({_ENDING})\s*[,\s]\s*(?=\S)', re.IGNORECASE)
_HAS_ENDING = re.compile(_ENDING, re.IGNORECASE)
# where objects that describe a photo have its path
_PATH_KEYS = ('src', 'url', 'path', 'file', 'filename', 'href', 'image', 'name')
_DRIVE = re.compile('[A-Za-z]:/')
_CONTROL = re.compile(r'[\x00-\x1f\x7f]')


def list_photos(value: Any, separator: str | None = None) -> list[str]:
    """The photos that a cell names.

    Args:
        value (Any): A text of one or several, a list, objects with the path
            under ``src``, ``url`` or the like, or nothing.
        separator (str, optional): Between photos in a text. Defaults to
            ``|``, ``;`` and line ends, and commas and blanks behind an
            ending like ``.jpg``.

    Raises:
        ValueError: If it is something else.
    """
    if value is None or value != value:
        return []
    if isinstance(value, list):
        if any(isinstance(item, list) for item in value):
            raise ValueError('a list in a list')
        return [photo for item in value for photo in list_photos(item, separator)]
    if isinstance(value, dict):
        paths = [value[key] for key in _PATH_KEYS if isinstance(value.get(key), str)]
        if not paths:
            raise ValueError(f'an object with none of {", ".join(_PATH_KEYS)}')
        return [paths[0]]
    if not isinstance(value, str):
        raise ValueError(f'a {type(value).__name__}')
    if separator:
        parts = value.split(separator)
    elif isinstance(inner := _parse_list(value), list):
        return list_photos(inner)
    else:
        parts = [p for piece in _SEPARATORS.split(value) for p in _split(piece)]
    return [part.strip() for part in parts if part.strip()]


def _parse_list(text: str) -> Any:
    """The list that a text spells in JSON's or Python's way, if it does."""
    text = text.strip()
    if text[:1] == '[' and text[-1:] == ']':
        for parse in (json.loads, ast.literal_eval):
            try:
                return parse(text)
            except (ValueError, SyntaxError, RecursionError, MemoryError):
                continue
    return None


def _split(piece: str) -> list[str]:
    if not _HAS_ENDING.search(piece):
        return piece.split(',')
    return _AFTER_ENDING.sub('\\1\n', piece).split('\n')


class PhotoFolder:
    """The folder in which all photos must lie.

    Args:
        root (Path): The folder.
        named (Iterable[str]): Every photo that the export names, so that two
            addresses that end in one name are told apart.

    Attributes:
        by_name (dict[str, Path]): What was found by its name or without
            regard to case, by what the export says.
    """

    def __init__(self, root: Path, named: Iterable[str]) -> None:
        self.root = root
        self.by_name: dict[str, Path] = {}
        self._addresses: defaultdict[str, set[str]] = defaultdict(set)
        for text in named:
            if _is_elsewhere(text):
                self._addresses[_key(_name_of(text))].add(_without_query(text))
        self._files: dict[str, list[Path]] | None = None

    def find(self, text: str) -> Path:
        """The file that a cell means, which may be missing.

        A web address and a path of another computer are looked for by the
        file's name, any other path first as it is, then without case.

        Raises:
            CatalogueError: If it would lie outside of the folder.
        """
        spelt = _CONTROL.sub('', text)
        if _is_elsewhere(spelt):
            return self._find_by_name(spelt)
        spelt = spelt.replace('\\', '/')
        path = self._place(spelt)
        if not path.is_relative_to(self.root) and spelt.startswith('/'):
            # Magento writes the paths of its media folder so
            inside = self._place(spelt.lstrip('/'))
            path = inside if os.path.isfile(inside) else path
        if not path.is_relative_to(self.root):
            raise CatalogueError(
                f'lies outside of {self.root}; if it may be read, say where the '
                'photos lie with --images-root'
            )
        if os.path.isfile(path):
            return path
        wanted = _key(str(path.relative_to(self.root)))
        same = [
            file
            for file in self._list_files().get(_key(path.name), [])
            if _key(str(file.relative_to(self.root))) == wanted
        ]
        if len(same) == 1:
            self.by_name[spelt] = same[0]
        return same[0] if len(same) == 1 else path

    def _place(self, relative: str) -> Path:
        return Path(os.path.normpath(self.root / relative))

    def _find_by_name(self, text: str) -> Path:
        name = _name_of(text)
        files = self._list_files().get(_key(name), [])
        if len(files) == 1 and len(self._addresses[_key(name)]) <= 1:
            self.by_name[text] = files[0]
            return files[0]
        return self.root / ('?' if name in ('', '.', '..') else name)

    def explain(self, text: str) -> str | None:
        """Why a photo that is elsewhere was not found, in words."""
        text = _CONTROL.sub('', text)
        if not _is_elsewhere(text) or text in self.by_name:
            return None
        name = _name_of(text)
        files = len(self._list_files().get(_key(name), []))
        addresses = len(self._addresses[_key(name)])
        if files and max(files, addresses) > 1:
            return (
                f'{text}: {addresses} addresses end in {name!r} and {files} files of '
                f'{self.root} have that name; name the files'
            )
        kind = 'a web address' if '://' in text else 'a path of another computer'
        return (
            f'{text} is {kind} and {self.root} holds no {name!r}: fetch the photos '
            'into it, or say where they are with --images-root'
        )

    def _list_files(self) -> dict[str, list[Path]]:
        if self._files is None:
            self._files = {}
            for path in _walk(self.root):
                self._files.setdefault(_key(path.name), []).append(path)
        return self._files


def _walk(root: Path) -> Iterator[Path]:
    for place, _, names in os.walk(root):
        for name in sorted(names):
            if os.path.splitext(name)[1].lower() in SUFFIXES:
                yield Path(place, name)


def _is_elsewhere(text: str) -> bool:
    """Whether it is a web address or a path of Windows that begins anew."""
    text = text.replace('\\', '/')
    return '://' in text or text.startswith('//') or bool(_DRIVE.match(text))


def _without_query(text: str) -> str:
    return re.split('[?#]', text, maxsplit=1)[0]


def _name_of(text: str) -> str:
    text = text.replace('\\', '/')
    try:
        path = unquote(urlsplit(text).path) if '://' in text else text
    except ValueError:  # a broken address
        path = _without_query(text)
    return path.rstrip('/').rpartition('/')[2]


def _key(name: str) -> str:
    return unicodedata.normalize('NFC', name).casefold()
