"""What the tests of the metrics share."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file

from famevil_plugin.evaluation import RowMetric

HERE = Path(__file__).parent
REFERENCE = HERE.parents[2] / 'shared' / 'reference'


@pytest.fixture(scope='session')
def recorded() -> dict[str, Any]:
    """What the authors' code scored: tensors, scores and captions."""
    if not REFERENCE.is_dir():
        pytest.skip(f'the recorded numbers are not at {REFERENCE}')
    return dict(
        tensors=load_file(REFERENCE / 'metrics.safetensors'),
        scores=json.loads((REFERENCE / 'metrics.json').read_text()),
        captions=json.loads((REFERENCE / 'captions.json').read_text()))


@pytest.fixture(scope='session')
def golden() -> dict[str, Any]:
    """Written by ``make_golden.py`` beside this file."""
    return json.loads((HERE / 'golden.json').read_text())


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
