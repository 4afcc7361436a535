"""What the tests of the metrics share."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file

from famevil_plugin.evaluation import RowMetric


@pytest.fixture
def recorded(shared: Path) -> dict[str, Any]:
    """What the authors' code scored: tensors, scores and captions."""
    folder = shared / 'reference'
    if not folder.is_dir():
        pytest.skip(f'the recorded numbers are not at {folder}')
    return dict(
        tensors=load_file(folder / 'metrics.safetensors'),
        scores=json.loads((folder / 'metrics.json').read_text()),
        captions=json.loads((folder / 'captions.json').read_text()))


@pytest.fixture(scope='session')
def golden() -> dict[str, Any]:
    """Written by ``make_golden.py`` beside this file."""
    return json.loads(Path(__file__).with_name('golden.json').read_text())


@pytest.fixture(scope='session')
def evaluate() -> Callable[..., dict[str, float]]:
    """Feed samples to a metric in batches and score them."""

    def run(metric: RowMetric,
            samples: list[dict[str, Any]],
            batch: int = 7) -> dict[str, float]:
        for begin in range(0, len(samples), batch):
            metric.process(None, samples[begin:begin + batch])
        return metric.evaluate(len({s['sample_idx'] for s in samples}))

    return run
