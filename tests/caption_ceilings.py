"""What captions of MiniFashion could score: the texts of writers who see all.

    python -m tests.caption_ceilings

Two writers describe the validation products of seed 0 from their words: one
in another mood, and one who always takes the usual wording and leaves nothing
out. Their texts are judged as a model's captions are.
"""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np

from famevil_plugin.datasets.mini_fashion.attribute_words import (
    attribute_words,
    name_attributes,
)
from famevil_plugin.datasets.mini_fashion.catalogue import attribute_ids, sample_product
from famevil_plugin.datasets.mini_fashion.copywriting import (
    choose_noun,
    write_description,
    write_title,
)
from famevil_plugin.datasets.mini_fashion.garments import Garment
from famevil_plugin.datasets.mini_fashion.kinds import SUBCATEGORIES
from famevil_plugin.datasets.mini_fashion.writer import FULL_SIZES
from famevil_plugin.evaluation import CaptionAttributes, CaptionScores


class UsualMood:
    """Never surprises: takes the first wording, and leaves nothing out."""

    def random(self) -> float:
        """The middle of all chances."""
        return 0.5


def write(garment: Garment, mood: Any) -> str:
    """Write a product's title and description."""
    noun = choose_noun(garment, mood)
    title = write_title(garment, noun, mood)
    return f'{title}. {write_description(garment, noun, mood)}'


def samples(usual: bool) -> Iterator[dict[str, Any]]:
    """A text of each product, and another writer's."""
    for index in range(FULL_SIZES.val_products):
        garment, mood = sample_product(0, 'val', index)
        other = UsualMood() if usual else np.random.default_rng([1, index])
        label = SUBCATEGORIES.index(garment.kind)
        truth = name_attributes(label, attribute_ids(garment))
        yield dict(
            sample_idx=index,
            product_id=index,
            gt_caption=write(garment, mood),
            pred_caption=write(garment, other),
            attributes=json.dumps(truth),
        )


def main() -> None:
    """Print both writers' scores."""
    for usual in (False, True):
        scores: dict[str, float] = {}
        for metric in (CaptionScores(), CaptionAttributes()):
            metric.dataset_meta = dict(attribute_words=attribute_words())
            rows = list(samples(usual))
            metric.process(None, rows)
            scores |= metric.evaluate(size=len(rows))
        print('usual wording' if usual else 'another mood')
        print('  '.join(f'{name} {score:.1f}' for name, score in scores.items()))


if __name__ == '__main__':
    main()
