"""The products that the shipped small CLIP learns from.

MiniFashion's own garments of a seed of their own, ten times as many. None looks
like a garment in the validation of the MiniFashions that models are judged by.
"""

from dataclasses import asdict
from pathlib import Path

from tqdm import tqdm

from famevil_plugin.datasets.drawn_folder import draw_folder, draw_pictures

from .catalogue import (
    Look,
    MiniFashionSizes,
    validation_looks,
    write_fashion_gen,
    write_fashion_iq,
)
from .writer import FULL_SIZES, MARKER, VERSION, draw_photo, make_folders

SEED = 2
#: Seeds of the MiniFashions that models are judged by.
JUDGING_SEEDS = (0, 7)
SIZES = MiniFashionSizes(24_000, 400, 3_000, 80, 6_000, 60)


def excluded_looks() -> set[Look]:
    """The looks of all garments that models are judged by."""
    return {
        look for seed in JUDGING_SEEDS for look in validation_looks(seed, FULL_SIZES)
    }


def draw_pretraining_products(
    data_root: str | Path, workers: int | None = None, sizes: MiniFashionSizes = SIZES
) -> Path:
    """Draw the products, unless they are there already.

    Args:
        data_root (str | Path): The folder that shall hold them.
        workers (int | None): Processes that draw; by default one for each
            core, at most eight. The result does not depend on it.
        sizes (MiniFashionSizes): How much is drawn.

    Returns:
        Path: ``data_root``, complete.

    Raises:
        ValueError: If the folder holds something else.
    """

    def write(root: Path, progress: tqdm) -> None:
        make_folders(root)
        excluded = excluded_looks()
        photos = [
            *write_fashion_gen(root / 'FashionGen', SEED, sizes, excluded),
            *write_fashion_iq(root / 'FashionIQ', SEED, sizes, excluded),
        ]
        draw_pictures(root, photos, draw_photo, progress, workers)

    return draw_folder(
        Path(data_root),
        "MiniFashion's products for pre-training",
        MARKER,
        {
            'version': VERSION,
            'seed': SEED,
            'sizes': asdict(sizes),
            'excluded': list(JUDGING_SEEDS),
        },
        write,
    )
