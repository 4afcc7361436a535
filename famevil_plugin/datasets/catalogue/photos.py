"""Decodes a shop's photos, and writes or links them."""

import os
import shutil
from pathlib import Path

from PIL import Image, ImageOps

# what shops have; of Pillow's other formats some run programs
FORMATS = ('JPEG', 'PNG', 'WEBP', 'GIF', 'BMP', 'TIFF', 'AVIF')


class UnreadablePhotoError(Exception):
    """A photo is missing or no photo."""


def open_photo(path: Path) -> Image.Image:
    """Decode a photo fully: upright, RGB, transparency on white.

    Raises:
        UnreadablePhotoError: If it is missing or cannot be decoded.
    """
    try:
        with Image.open(path, formats=FORMATS) as photo:
            photo = ImageOps.exif_transpose(photo)
            if photo.mode in ('RGBA', 'LA', 'PA') or 'transparency' in photo.info:
                photo = photo.convert('RGBA')
                white = Image.new('RGBA', photo.size, 'white')
                photo = Image.alpha_composite(white, photo)
            return photo.convert('RGB')
    except Exception as error:  # on broken files Pillow raises about anything
        reason = str(error) or type(error).__name__
        raise UnreadablePhotoError(reason) from error


def link(source: Path, target: Path, symbolic: bool = False) -> None:
    """Link a file, or copy it where the file system refuses."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        if symbolic:
            target.symlink_to(source.resolve())
        else:
            os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def write_photo(source: Path, target: Path, max_side: int, symbolic: bool) -> Path:
    """Write a photo; its name ends in ``.jpg`` if it was scaled.

    Args:
        source (Path): The catalogue's photo.
        target (Path): Where to write, without a suffix.
        max_side (int): Longest side in pixels; 0 links the original.
        symbolic (bool): Link by name instead of a hard link.

    Raises:
        UnreadablePhotoError: If the photo is missing or cannot be decoded.
    """
    photo = open_photo(source)
    if not max_side:
        target = target.with_name(target.name + source.suffix.lower())
        link(source, target, symbolic)
        return target
    target = target.with_name(target.name + '.jpg')
    scale = max_side / max(photo.size)
    if scale < 1:
        size = [max(1, round(side * scale)) for side in photo.size]
        photo = photo.resize(size, Image.Resampling.LANCZOS)
    target.parent.mkdir(parents=True, exist_ok=True)
    photo.save(target, quality=92)
    return target
