"""Photos of every kind come out upright, in RGB, on white, or are refused."""

import io
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.transforms.v2.functional import pil_to_tensor

from famevil_plugin import photos
from famevil_plugin.datasets import LoadPhotos
from famevil_plugin.datasets.catalogue.photo_writer import write_photo
from famevil_plugin.photos import decode_photo, open_photo
from famevil_plugin.visualization import cards

RED = (200, 20, 20)


def encode(photo: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    photo.save(file, kind, **options)
    return file.getvalue()


def ramp(width: int = 64, height: int = 48) -> np.ndarray:
    """Grey that grows from left to right, from 0 to 65535."""
    row = np.linspace(0, 65535, width).round().astype(np.uint16)
    return np.tile(row, (height, 1))


@pytest.mark.parametrize('quality', [60, 95])
def test_ordinary_jpegs_keep_their_pixels(quality):
    """Pillow's own decoding, from which published numbers were computed."""
    noise = np.random.default_rng(0).integers(0, 255, (61, 47, 3), np.uint8)
    content = encode(Image.fromarray(noise), 'JPEG', quality=quality)
    expected = np.asarray(Image.open(io.BytesIO(content)).convert('RGB'))
    assert np.array_equal(np.asarray(decode_photo(content)), expected)


@pytest.mark.parametrize('orientation', range(1, 9))
@pytest.mark.parametrize('kind', ['JPEG', 'PNG', 'WEBP'])
def test_photos_are_upright(orientation, kind):
    """The top is white, the right half below is red."""
    upright = Image.new('RGB', (48, 32), 'black')
    upright.paste((255, 255, 255), (0, 0, 48, 16))
    upright.paste(RED, (24, 16, 48, 32))
    turn = photos.TURNS.get(orientation)
    # of the eight only quarter turns are not their own opposites
    opposites = {
        Image.Transpose.ROTATE_270: Image.Transpose.ROTATE_90,
        Image.Transpose.ROTATE_90: Image.Transpose.ROTATE_270,
    }
    stored = upright if turn is None else upright.transpose(opposites.get(turn, turn))
    exif = Image.Exif()
    exif[0x0112] = orientation
    photo = decode_photo(encode(stored, kind, exif=exif))
    assert photo.size == upright.size
    deviation = np.abs(np.asarray(photo).astype(int) - np.asarray(upright))
    assert deviation.mean() < 6


@pytest.mark.filterwarnings('ignore:Corrupt EXIF')
def test_broken_exif_does_not_cost_the_photo():
    content = encode(Image.new('RGB', (8, 8), RED), 'JPEG', exif=b'Exif\0\0MM\0*nons')
    assert decode_photo(content).size == (8, 8)


def cut_out(mode: str) -> Image.Image:
    """A red square, behind it nothing."""
    photo = Image.new('RGBA', (20, 20), (0, 0, 0, 0))
    photo.paste((*RED, 255), (5, 5, 15, 15))
    return photo.convert(mode)


@pytest.mark.parametrize(
    ('mode', 'kind'),
    [('RGBA', 'PNG'), ('LA', 'PNG'), ('RGBA', 'WEBP'), ('RGBA', 'TIFF')],
)
def test_transparency_is_white(mode, kind):
    options = dict(lossless=True) if kind == 'WEBP' else {}
    photo = decode_photo(encode(cut_out(mode), kind, **options))
    assert photo.getpixel((1, 1)) == (255, 255, 255)
    expected = (
        RED
        if mode == 'RGBA'
        else (Image.new('RGB', (1, 1), RED).convert('L').getpixel((0, 0)),) * 3
    )
    assert photo.getpixel((10, 10)) == expected


@pytest.mark.parametrize('kind', ['PNG', 'GIF'])
def test_transparency_of_a_palette_is_white(kind):
    photo = Image.new('P', (20, 20), 0)
    photo.putpalette([0, 0, 0, *RED])
    photo.paste(1, (5, 5, 15, 15))
    photo = decode_photo(encode(photo, kind, transparency=0))
    assert photo.getpixel((1, 1)) == (255, 255, 255)
    assert photo.getpixel((10, 10)) == RED


def test_half_transparency_is_half_white():
    photo = decode_photo(encode(Image.new('RGBA', (4, 4), (0, 0, 0, 128)), 'PNG'))
    assert photo.getpixel((0, 0)) == (127, 127, 127)


@pytest.mark.parametrize('kind', ['PNG', 'TIFF'])
def test_16_bit_grey_is_a_ramp(kind):
    photo = np.asarray(decode_photo(encode(Image.fromarray(ramp()), kind)))
    assert np.array_equal(photo[..., 0], ramp() >> 8)
    assert len(np.unique(photo)) == 64 and photo.max() == 255


@pytest.mark.parametrize('mode', ['1', 'L', 'P', 'RGB', 'CMYK'])
def test_modes_become_rgb(mode):
    kind = 'JPEG' if mode == 'CMYK' else 'PNG'
    photo = decode_photo(encode(Image.new('RGB', (20, 10), RED).convert(mode), kind))
    assert (photo.mode, photo.size) == ('RGB', (20, 10))
    if mode in ('P', 'RGB', 'CMYK'):
        mean = np.asarray(photo).mean((0, 1))
        assert np.abs(mean - RED).max() < 4


@pytest.mark.parametrize('kind', ['GIF', 'WEBP', 'PNG'])
def test_animations_show_their_first_frame(kind):
    first, second = (Image.new('RGB', (12, 8), c) for c in (RED, 'blue'))
    content = encode(first, kind, save_all=True, append_images=[second])
    colour = np.asarray(decode_photo(content)).mean((0, 1))
    assert np.abs(colour - RED).max() < 6


@pytest.mark.parametrize('size', [(1, 1), (3000, 1), (1, 700)])
def test_tiny_and_thin_photos(size):
    assert decode_photo(encode(Image.new('RGB', size), 'PNG')).size == size


@pytest.mark.parametrize('kind', ['BMP', 'TIFF', 'AVIF'])
def test_other_formats(kind):
    if kind == 'AVIF' and kind not in Image.SAVE:
        pytest.skip('this Pillow does not write AVIF')
    photo = decode_photo(encode(Image.new('RGB', (16, 16), RED), kind))
    assert np.abs(np.asarray(photo).mean((0, 1)) - RED).max() < 6


def whole_jpeg() -> bytes:
    return encode(Image.effect_noise((40, 40), 80).convert('RGB'), 'JPEG')


@pytest.mark.parametrize(
    ('content', 'reason'),
    [
        (b'', 'the file is empty'),
        (b'<html></html>', "expected one of JPEG, PNG, .* begins with b'<html>"),
        (b'<svg/>', "expected one of .* got a file that begins with b'<svg/>'"),
        (b'%!PS-Adobe-3.0 EPSF', 'expected one of'),
        (whole_jpeg()[:-300], 'truncated'),
        (encode(Image.new('F', (4, 4)), 'TIFF'), 'its pixels are floats'),
        (
            encode(Image.fromarray(np.full((4, 4), 2**20, np.int32)), 'TIFF'),
            'its pixels have 32 bit, expected 8 or 16',
        ),
    ],
)
def test_what_is_no_photo_is_refused(content, reason):
    with pytest.raises(ValueError, match=reason):
        decode_photo(content)


def test_large_photos_are_refused_by_size():
    with pytest.raises(
        ValueError, match='it has 5200 x 5001 pixels, expected at most 26,000,000'
    ):
        decode_photo(encode(Image.new('1', (5200, 5001)), 'PNG'))
    with pytest.raises(ValueError, match=r'Image size \(400000000 pixels\) exceeds'):
        decode_photo(encode(Image.new('1', (20000, 20000)), 'PNG'))


def test_missing_and_not_readable_are_two_words(tmp_path):
    with pytest.raises(ValueError, match='photo .*gone.jpg is missing$'):
        open_photo(tmp_path / 'gone.jpg')
    (tmp_path / 'empty.jpg').touch()
    for path in (tmp_path, tmp_path / 'empty.jpg'):
        with pytest.raises(ValueError, match=f'photo {path} is not readable: '):
            open_photo(path)


# ------------------------------------------- shared cases, read in place

UPRIGHT = {'phone_orientation6.jpg': (120, 200), 'exif6.jpg': (60, 80)}
REFUSED = ('trunc.jpg', 'empty.jpg', 'html.jpg', 'svg.jpg')
ON_WHITE = (
    'cutout_rgba.png',
    'cutout_la.png',
    'cutout_palette.png',
    'la.png',
    'pal.png',
)


@pytest.fixture
def cases(shared: Path) -> list[Path]:
    folder = shared / 'cases' / 'photos'
    if not folder.is_dir():
        pytest.skip(f'the photos are not at {folder}')
    return sorted(folder.iterdir())


def test_shared_photos_are_read_alike_everywhere(cases, tmp_path):
    """In training and evaluation, in pictures, and in the conversion."""
    refused = []
    for path in cases:
        try:
            loaded = LoadPhotos()(dict(image_path=str(path)))['image']
        except ValueError as error:
            assert f'{path} is not readable: ' in str(error)
            with pytest.raises(ValueError, match=f'{path.name} is not readable'):
                write_photo(path, tmp_path / path.stem, 256, False)
            assert cards.open_photo(str(path)) is None
            refused.append(path.name)
            continue
        assert loaded.dtype == torch.uint8 and loaded.shape[0] == 3
        drawn = cards.open_photo(str(path))
        assert torch.equal(pil_to_tensor(drawn), loaded)
        written = pil_to_tensor(
            open_photo(write_photo(path, tmp_path / path.name, 9999, False))
        )
        assert written.shape == loaded.shape
        # the conversion compresses
        assert (written.float() - loaded.float()).abs().mean() < 20, path.name
    assert sorted(refused) == sorted(REFUSED)


def test_shared_photos_are_as_their_readme_says(cases):
    read = {path.name: path for path in cases}
    for name, size in UPRIGHT.items():
        assert open_photo(read[name]).size == size
    for name in ON_WHITE:
        with Image.open(read[name]) as photo:
            clear = photo.convert('RGBA')
        white = Image.new('RGBA', clear.size, 'white')
        expected = np.asarray(Image.alpha_composite(white, clear).convert('RGB'))
        deviation = expected.astype(int) - np.asarray(open_photo(read[name]))
        assert np.abs(deviation).max() <= 1, name
    for name in ('grey16.png', 'g16.png'):
        values = np.unique(np.asarray(open_photo(read[name])))
        assert len(values) > 30 and values.mean() < 200, name
    for name in ('anim.gif', 'anim.webp'):
        with Image.open(read[name]) as photo:
            photo.seek(1)
            second = np.asarray(photo.convert('RGB')).astype(int)
        first = np.asarray(open_photo(read[name])).astype(int)
        assert np.abs(first - second).mean() > 4, name
    assert open_photo(read['one.png']).size == (1, 1)
    assert open_photo(read['thin.png']).size == (3000, 1)
    assert open_photo(read['print_cmyk.jpg']).mode == 'RGB'
