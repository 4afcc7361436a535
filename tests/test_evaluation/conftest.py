"""Fixtures of the metrics' tests."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from famevil_plugin.evaluation import RowMetric


@pytest.fixture(scope='session')
def golden() -> dict[str, Any]:
    """Written by ``make_golden.py`` beside this file."""
    return json.loads(Path(__file__).with_name('golden.json').read_text())


@pytest.fixture(scope='session')
def evaluate() -> Callable[..., dict[str, float]]:
    """Feed samples to a metric in batches and score them."""

    def run(
        metric: RowMetric, samples: list[dict[str, Any]], batch: int = 7
    ) -> dict[str, float]:
        for begin in range(0, len(samples), batch):
            metric.process(None, samples[begin : begin + batch])
        return metric.evaluate(len({s['sample_idx'] for s in samples}))

    return run


def embed_alike(samples: list[dict[str, Any]]) -> None:
    """Give all photos, texts and queries one embedding."""
    for sample in samples:
        sample |= {key: torch.ones(4) for key in sample if key.endswith('_embedding')}
