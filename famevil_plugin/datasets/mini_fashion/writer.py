"""Writes MiniFashion to disk, in the layouts of FashionGen and FashionIQ."""

from dataclasses import asdict
from pathlib import Path

from tqdm import tqdm

from famevil_plugin.datasets.drawn_folder import draw_folder, draw_pictures

from .catalogue import MiniFashionSizes, Photo, write_fashion_gen, write_fashion_iq
from .drawing import draw_garment

VERSION = 3
MARKER = 'mini_fashion.json'
JPEG_QUALITY = 90
FULL_SIZES = MiniFashionSizes()


def draw_mini_fashion(
    data_root: str | Path,
    seed: int = 0,
    workers: int | None = None,
    sizes: MiniFashionSizes = FULL_SIZES,
) -> Path:
    """Draw the embedded data set, unless it is there already.

    Args:
        data_root (str | Path): The folder that shall hold it.
        seed (int): Another seed draws other products.
        workers (int | None): Processes that draw; by default one for each
            core, at most eight. The result does not depend on it.
        sizes (MiniFashionSizes): How much is drawn.

    Returns:
        Path: ``data_root``, complete.

    Raises:
        ValueError: If the folder holds something else.

    Example:
        >>> import tempfile
        >>> sizes = MiniFashionSizes(4, 2, 16, 16, 4, 4)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     root = draw_mini_fashion(f'{folder}/mini', sizes=sizes,
        ...                              workers=1)
        ...     sorted(path.name for path in root.iterdir())
        ['FashionGen', 'FashionIQ', 'mini_fashion.json']
    """

    def write(root: Path, progress: tqdm) -> None:
        make_folders(root)
        photos = [
            *write_fashion_gen(root / 'FashionGen', seed, sizes),
            *write_fashion_iq(root / 'FashionIQ', seed, sizes),
        ]
        draw_pictures(root, photos, draw_photo, progress, workers)

    return draw_folder(
        Path(data_root),
        'MiniFashion',
        MARKER,
        {'version': VERSION, 'seed': seed, 'sizes': asdict(sizes)},
        write,
    )


def make_folders(root: Path) -> None:
    """Make those that the two layouts have."""
    for folder in (
        'FashionGen/images',
        'FashionIQ/images',
        'FashionIQ/captions',
        'FashionIQ/image_splits',
    ):
        (root / folder).mkdir(parents=True)


def draw_photo(root: Path, photo: Photo) -> None:
    """Draw a photo into its file."""
    draw_garment(photo.garment, photo.view, photo.shape).save(
        root / photo.name, quality=JPEG_QUALITY, subsampling=0
    )
