#!/usr/bin/env python3
"""Show what a model trains on: augmented samples of each task.

``python tools/visualization/browse_dataset.py CONFIG`` sends items through
the config's training pipeline and draws, a sheet a task, the photos as they
lie in the data set, the photos and the text as the model gets them (before
their normalisation, which the model itself does), and how many tokens the
text is.
"""

import argparse
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.registry import init_default_scope
from PIL import Image
from torch import Tensor
from torchvision.transforms.functional import to_pil_image

from famevil_plugin.command_line import (
    add_config_options,
    at_least,
    read_config,
    run_tool,
    serve_config,
    tool_parser,
)
from famevil_plugin.datasets import MultiTaskDataset, TaskIndex
from famevil_plugin.evaluation.row_metric import evenly_spaced
from famevil_plugin.models.text_lengths import text_lengths
from famevil_plugin.registry import DATASETS
from famevil_plugin.visualization.cards import MUTED, draw_card, draw_photo, draw_text
from famevil_plugin.visualization.panels import GAP, MARGIN, PHOTO, WIDTH, draw_panel

CELLS = 4
TEXT_LEFT = MARGIN + CELLS * (PHOTO[0] + GAP) + GAP


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = tool_parser(__doc__)
    parser.add_argument('config', help='a config file')
    parser.add_argument(
        '--num', type=at_least(1), default=8, help='items of a task (default: 8)'
    )
    parser.add_argument(
        '--seed', type=int, default=0, help='another one augments otherwise'
    )
    parser.add_argument(
        '--out',
        type=Path,
        help='folder for <task>.jpg (default: work_dirs/<config>/browse)',
    )
    add_config_options(parser)
    return parser.parse_args()


def draw_sheet(data: MultiTaskDataset, task: str, num: int, seed: int) -> np.ndarray:
    """Items of a task, a row each.

    Args:
        data (MultiTaskDataset): What the config trains on.
        task (str): The task.
        num (int): How many items, spread evenly over its data set.
        seed (int): Of the augmentation.

    Returns:
        np.ndarray: ``(height, 1000, 3)``, uint8, RGB.
    """
    items = evenly_spaced(len(data.datasets[task]), num)
    photos = stored_photos(data.datasets[task].get_data_info(items[0]))
    several = len(photos) > 1
    names = [name.replace('_', ' ') for name in photos] if several else ['photo']
    seen = [f'{name} as seen' for name in names] if several else ['as seen'] * 3
    headers = [
        (name, MARGIN + place * (PHOTO[0] + GAP))
        for place, name in enumerate([*names, *seen][:CELLS])
    ]
    return draw_panel(
        f'{task.upper()}: {len(items)} of {len(data.datasets[task]):,} training items',
        [*headers, ('text', TEXT_LEFT)],
        [
            (
                PHOTO[1],
                partial(
                    draw_item, data=data, where=TaskIndex(task, index, seed + index)
                ),
            )
            for index in items
        ],
    )


def stored_photos(info: dict[str, Any]) -> dict[str, str]:
    """Path of each photo of an item, by name; of several views the first."""
    return {
        key.removesuffix('_path').removesuffix('_paths'): (
            value if key.endswith('_path') else value[0]
        )
        for key, value in info.items()
        if key.endswith(('_path', '_paths'))
    }


def draw_item(
    canvas: Image.Image, top: int, data: MultiTaskDataset, where: TaskIndex
) -> None:
    """Draw one item: its photos, then views of them, then its text."""
    stored = stored_photos(data.datasets[where.task].get_data_info(where.index))
    seen: list[Image.Image] = []
    item = data[where]
    while stored and len(stored) + len(seen) < CELLS:
        seen += [as_photo(item['inputs'][name]) for name in stored]
        where = where._replace(seed=where.seed + 1)
        item = data[where]
    lefts = range(MARGIN, MARGIN + CELLS * (PHOTO[0] + GAP), PHOTO[0] + GAP)
    for left, path in zip(lefts, stored.values()):
        draw_photo(canvas, (left, top, *PHOTO), path)
    for left, photo in zip(lefts[len(stored) :], seen):
        draw_card(canvas, (left, top, *PHOTO), photo=photo)

    sample, tokens = item['data_samples'], item['inputs'].get('tokens')
    width = WIDTH - MARGIN - TEXT_LEFT
    notes = []
    if tokens is not None:
        notes.append(f'{int(text_lengths(tokens))} of {len(tokens)} tokens')
    names = data.metainfo[where.task].get('subcategories')
    if 'gt_label' in sample and names:
        notes.append(names[sample.gt_label])
    draw_text(canvas, (TEXT_LEFT, top), sample.get('text', ''), width, 6, 14)
    draw_text(
        canvas,
        (TEXT_LEFT, top + PHOTO[1] - 20),
        ', '.join(notes),
        width,
        1,
        12,
        False,
        MUTED,
    )


def as_photo(pixels: Tensor) -> Image.Image:
    """``(3, H, W)``, uint8 -> a photo."""
    if pixels.dtype != torch.uint8:
        raise ValueError(
            f'expected uint8 photos of the pipeline, got '
            f'{pixels.dtype}: leave their normalisation to the '
            'data preprocessor'
        )
    return to_pil_image(pixels)


def main() -> None:
    """Build the data sets, draw, write."""
    args = parse_args()
    if not read_config(args).get('train_dataloader'):
        raise SystemExit(
            f'{args.config} trains on nothing: expected a '
            'config with a train_dataloader'
        )
    config = serve_config(args, ['train'])
    init_default_scope(config.default_scope)
    data = DATASETS.build(config.train_dataloader.dataset)
    folder = args.out or Path('work_dirs', Path(args.config).stem, 'browse')
    folder.mkdir(parents=True, exist_ok=True)
    for task in data.datasets:
        sheet = draw_sheet(data, task, args.num, args.seed)
        Image.fromarray(sheet).save(folder / f'{task}.jpg', quality=92)
        print(folder / f'{task}.jpg')


if __name__ == '__main__':
    run_tool(main)
