#!/usr/bin/env python3
"""Writes MiniFashion as three data sets of mmpretrain: a photo and a label a line.

python examples/mmpretrain_adapters/annotations.py data/mini_fashion
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from famevil_plugin.datasets.mini_fashion import draw_mini_fashion
from famevil_plugin.datasets.mini_fashion.attribute_words import (
    attribute_words,
    name_attributes,
)

VOCABULARY = attribute_words()
#: By data set its classes.
CLASSES = dict(
    kind=list(VOCABULARY['kind']),
    colour=list(VOCABULARY['colours']),
    pattern=['plain', *VOCABULARY['pattern']],
)


def labels(product: dict[str, Any]) -> dict[str, str]:
    """The product's class in each data set."""
    found = name_attributes(product['subcategory_id'], product['attributes_id'])
    return dict(
        kind=found['kind'][0],
        colour=found['colours'][0],  # the main one
        pattern=(found['pattern'] or ['plain'])[0],
    )


def lines(folder: Path, split: str, name: str) -> Iterator[str]:
    """The lines of an annotation file."""
    for product in json.loads((folder / f'{split}_info.json').read_text()):
        label = CLASSES[name].index(labels(product)[name])
        yield from (f'{photo} {label}\n' for photo in product['images'])


def write_annotations(folder: Path) -> None:
    """Write ``<data set>_<split>.txt`` beside FashionGen's files."""
    for name, classes in CLASSES.items():
        for split in ('train', 'val'):
            path = folder / f'{name}_{split}.txt'
            path.write_text(''.join(lines(folder, split, name)))
            print(f'{path}: {len(classes)} classes')


if __name__ == '__main__':
    # drawn unless it is there
    write_annotations(draw_mini_fashion(sys.argv[1]) / 'FashionGen')
