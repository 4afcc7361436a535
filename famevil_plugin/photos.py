"""Photos as bytes or files -> upright RGB pictures.

The one place where photos are decoded: for training, evaluation, conversion,
verification, pictures and inference alike.
"""

import io
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image

#: Formats that are read; some of Pillow's other ones run programs.
FORMATS = ('JPEG', 'PNG', 'WEBP', 'GIF', 'BMP', 'TIFF', 'AVIF')
#: Endings of their files; of two photos of one name the earlier counts.
SUFFIXES = ('.jpg', '.jpeg', '.png', '.webp', '.gif', '.bmp', '.tif', '.tiff', '.avif')
#: Largest photo, width times height. Decoding takes up to 21 bytes a pixel
#: (WebP with transparency; JPEG 10), 520 MiB beside the 450 MiB of a
#: dataloader's worker, which so stays below 1 GiB.
MAX_PIXELS = 26_000_000

TRANSPARENT = ('LA', 'La', 'PA', 'RGBA', 'RGBa')
# EXIF's orientations other than upright, and what undoes them
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

Image.init()
# Pillow 10 does not know AVIF
_READABLE = [name for name in FORMATS if name in Image.OPEN]


class UnreadablePhoto(ValueError):
    """A photo that is missing or cannot be decoded; it says which and why."""


def open_photo(path: str | Path) -> Image.Image:
    """Read and decode a file, see :func:`decode_photo`.

    Raises:
        UnreadablePhoto: If the photo is missing or not readable, which are
            two words of the message.
    """
    try:
        # read in one go: Pillow asks the file system for a little at a time
        return decode_photo(Path(path).read_bytes())
    except FileNotFoundError:
        raise UnreadablePhoto(f'the photo {path} is missing') from None
    except (OSError, ValueError) as error:
        raise UnreadablePhoto(f'the photo {path} is not readable: {error}') from error


def decode_photo(content: bytes) -> Image.Image:
    """Decode a photo fully: upright, 8-bit RGB, transparency on white.

    EXIF's orientation is applied, 16-bit grey is scaled to 8 bit, and of an
    animation the first frame is taken.

    Args:
        content (bytes): A file of one of ``FORMATS``.

    Returns:
        Image: Of mode RGB.

    Raises:
        ValueError: If it cannot be decoded or has more than ``MAX_PIXELS``,
            with the reason.
    """
    if not content:
        raise ValueError('the file is empty')
    try:
        with Image.open(io.BytesIO(content), formats=_READABLE) as photo:
            return make_upright(photo)
    except Image.UnidentifiedImageError:
        raise ValueError(
            f'expected one of {", ".join(_READABLE)}, got a file that begins '
            f'with {content[:16]!r}'
        ) from None
    except Exception as error:  # on broken files Pillow raises about anything
        raise ValueError(str(error) or type(error).__name__) from error


def make_upright(photo: Image.Image) -> Image.Image:
    """A picture that Pillow has opened -> upright, 8-bit RGB, on white.

    Args:
        photo (Image): Of any mode, decoded or not.

    Returns:
        Image: Of mode RGB, another object.

    Raises:
        ValueError: If it has more than ``MAX_PIXELS``, or pixels of floats
            or of 32 bit.
    """
    _check_size(photo)
    turn = _find_turn(photo)
    decoded = _to_rgb(photo)
    return decoded if turn is None else decoded.transpose(turn)


def _check_size(photo: Image.Image) -> None:
    if photo.width * photo.height > MAX_PIXELS:
        raise ValueError(
            f'it has {photo.width} x {photo.height} pixels, expected at most '
            f'{MAX_PIXELS:,} in all: scale it down'
        )


def _find_turn(photo: Image.Image) -> Image.Transpose | None:
    """The transposition that makes a photo upright, if it needs one."""
    try:
        orientation = photo.getexif().get(ExifTags.Base.Orientation)
    except Exception:  # broken EXIF, of which Pillow raises about anything
        return None  # the pixels may be sound, and viewers show them like this
    return TURNS.get(orientation) if isinstance(orientation, int) else None


def _to_rgb(photo: Image.Image) -> Image.Image:
    if photo.mode == 'I' or photo.mode.startswith('I;16'):
        return _scale_grey(photo)
    if photo.mode == 'F':
        raise ValueError('its pixels are floats, expected 8 or 16 bit')
    if photo.mode in TRANSPARENT or 'transparency' in photo.info:
        photo = photo.convert('RGBA')
        white = Image.new('RGB', photo.size, 'white')
        white.paste(photo, mask=photo.getchannel('A'))
        return white
    return photo.convert('RGB')


def _scale_grey(photo: Image.Image) -> Image.Image:
    """Keep the high byte of 16-bit grey, as Pillow does of 16-bit colours."""
    grey = np.asarray(photo)
    if grey.size and (grey.min() < 0 or grey.max() >= 2**16):
        raise ValueError('its pixels have 32 bit, expected 8 or 16')
    return Image.fromarray((grey >> 8).astype(np.uint8)).convert('RGB')
