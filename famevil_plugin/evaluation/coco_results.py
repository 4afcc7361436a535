"""Generated captions as a file of COCO's results format."""

from pathlib import Path
from typing import Any

from famevil_plugin.atomic_files import write_json

from .predictions import Predictions


def coco_results(predictions: Predictions) -> list[dict[str, Any]]:
    """The captions, one a photo, in the order of the photos' ids.

    Args:
        predictions (Predictions): Of a captioning task on ``COCOCaptions``.

    Returns:
        list[dict]: ``{image_id, caption}``, as ``COCO.loadRes`` and COCO's
        evaluation server read them.

    Raises:
        ValueError: If they are no captions, or several of one photo.
    """
    captions: dict[int, str] = {}
    for sample in predictions.samples():
        if 'pred_caption' not in sample or 'product_id' not in sample:
            raise ValueError(
                'COCO results are of generated captions: expected pred_caption and '
                f'product_id of each sample, got {", ".join(sample)}'
            )
        number = int(sample['product_id'])
        if number in captions:
            raise ValueError(
                f'the image id {number} has two captions: expected predictions for '
                'COCOCaptions, whose photos have an id each'
            )
        captions[number] = sample['pred_caption']
    return [
        dict(image_id=number, caption=captions[number]) for number in sorted(captions)
    ]


def write_coco_results(path: Path, predictions: Predictions) -> int:
    """Write :func:`coco_results`; return how many there are."""
    results = coco_results(predictions)
    write_json(path, results)
    return len(results)
