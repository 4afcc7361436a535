"""The FLOPs tool: counts by hand, and by PyTorch's own counter."""

import json
import runpy
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from famevil_plugin.models import FAMEViL, FICHead, SCRHead, TGIRHead, XMRHead
from tests.conftest import BACKBONE, TASKS, TOKENIZER

ROOT = Path(__file__).parents[2]
TOOL = ROOT / 'tools' / 'analysis_tools' / 'get_flops.py'
# the tiny backbone's sizes, and the bottleneck of its adapters
P, V, T, E, L = 17, 24, 20, 16, 24
IMAGE_LAYERS, TEXT_LAYERS, EXCHANGES = 3, 2, 2
BOTTLENECK = 4


@pytest.fixture(scope='module')
def tool() -> SimpleNamespace:
    """The tool's functions: tools are no package."""
    return SimpleNamespace(**runpy.run_path(str(TOOL)))


@pytest.fixture(scope='module')
def model() -> FAMEViL:
    """The four tasks, tiny."""
    return FAMEViL(
        encoder=dict(
            backbone=BACKBONE, task_bottleneck=BOTTLENECK, cross_bottleneck=BOTTLENECK
        ),
        heads=dict(
            xmr=dict(type=XMRHead),
            tgir=dict(type=TGIRHead),
            scr=dict(type=SCRHead, num_classes=7),
            fic=dict(type=FICHead, tokenizer=TOKENIZER),
        ),
    )


@pytest.fixture(scope='module')
def costs(tool: SimpleNamespace, model: FAMEViL) -> dict[tuple[str, str], int]:
    """Multiply-adds by task and pass."""
    return {
        (entry['task'], entry['pass']): entry['multiply_adds']
        for entry in tool.count_all(model, L)
    }


def layer(tokens: int, width: int, keys: int | None = None) -> int:
    """A layer with its TSA: four projections, the MLP of four times the
    width, the adapter, and each token's scores and sums over the keys."""
    keys = tokens if keys is None else keys
    return (
        tokens * width * (4 * width + 8 * width + 2 * BOTTLENECK)
        + 2 * tokens * keys * width
    )


def last_layer(tokens: int, width: int) -> int:
    """The last one of an embedding: keys and values of all tokens, and all
    else of the one that it is read from."""
    return 2 * tokens * width * width + width * (
        10 * width + 2 * BOTTLENECK + 2 * tokens
    )


def last_fused_layer(tokens: int, width: int) -> int:
    """Where the other tower reads all tokens after their attention."""
    return (
        4 * tokens * width * width
        + 2 * tokens * tokens * width
        + width * (8 * width + 2 * BOTTLENECK)
    )


def exchange(tokens: int, width: int, keys: int) -> int:
    """An XAA but for its keys and values."""
    return tokens * width * (width + 2 * BOTTLENECK) + 2 * tokens * keys * width


def test_embeddings_by_hand(costs):
    patches = (P - 1) * 3 * 8 * 8 * V
    image_before = patches + (IMAGE_LAYERS - 1) * layer(P, V)
    text_before = (TEXT_LAYERS - 1) * layer(L, T)
    image = image_before + last_layer(P, V) + V * E
    text = text_before + last_layer(L, T) + T * E
    assert costs['xmr', 'a photo'] == costs['tgir', 'a gallery photo'] == image
    assert costs['xmr', 'a text'] == text
    crossing = (
        EXCHANGES * (2 * L * T * V + 2 * P * V * T)
        + (EXCHANGES - 1) * (exchange(P, V, L) + exchange(L, T, P))
        + exchange(1, V, L)
        + exchange(1, T, P)
    )
    fused = (
        image_before
        + text_before
        + last_fused_layer(P, V)
        + last_fused_layer(L, T)
        + crossing
        + (V + T) * E
    )
    assert costs['tgir', 'a query'] == fused
    assert costs['scr', 'a sub-category'] == fused + E * 7
    # a score of the one photo for the one text, and the reverse
    there = image + text + 2 * E
    assert costs['xmr', 'training step'] == 3 * there - patches


def test_captions_by_hand(costs):
    memory = (P - 1) * 3 * 8 * 8 * V + IMAGE_LAYERS * layer(P, V)
    look = 2 * P * V * T
    word = T * TOKENIZER['vocab_size']
    assert costs['fic', 'a caption'] == memory + EXCHANGES * look + sum(
        TEXT_LAYERS * layer(1, T, keys=n) + EXCHANGES * exchange(1, T, P) + word
        for n in range(1, L)
    )
    assert costs['fic', 'a caption, no cache'] == memory + sum(
        TEXT_LAYERS * layer(n, T) + EXCHANGES * (exchange(n, T, P) + look) + word
        for n in range(1, L)
    )


def counted_by_torch(work: Callable[[], Any]) -> int:
    """Multiply-adds by PyTorch's counter, with attention in plain sight."""
    with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        work()
    return counter.get_total_flops() // 2


@pytest.mark.parametrize('task', TASKS)
def test_training_equals_pytorchs_count_of_both_ways(tool, model, task):
    inputs = tool.example_inputs(model, task, L)
    assert tool.count_training(model, task, L) == counted_by_torch(
        lambda: tool.learn(model.heads[task], model.encoder, inputs).backward()
    )


def test_short_texts_cost_less(tool, model, costs):
    text = partial(tool.answer, name='a text')
    assert (
        sum(tool.count(model, 'xmr', text, 5).values())
        == ((TEXT_LAYERS - 1) * layer(5, T) + last_layer(5, T) + T * E)
        < costs['xmr', 'a text']
    )


@pytest.fixture
def command(
    tool: SimpleNamespace,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Callable[..., str]:
    """Run the tool on one of the configs."""

    def run(config: str, *args: str) -> str:
        path = str(ROOT / 'configs' / config)
        monkeypatch.setattr(sys, 'argv', ['get_flops.py', path, *args])
        tool.main()
        return capsys.readouterr().out

    return run


def test_table_and_json(command):
    said = command('famevil_4task.py', '--tokens', '6')
    assert 'for one photo of 64 x 64 pixels and a text of 6 tokens' in said
    rows = [line.split() for line in said.splitlines()[3:]]
    entries = json.loads(command('famevil_4task.py', '--tokens', '6', '--json'))
    assert [entry['task'] for entry in entries] == [row[0] for row in rows]
    for entry, row in zip(entries, rows):
        assert entry['flops'] == 2 * entry['multiply_adds']
        assert float(row[-1]) == pytest.approx(entry['flops'] / 1e6, abs=0.051)


def test_another_backbone(command):
    entries = json.loads(
        command(
            'famevil_4task.py',
            '--tasks',
            'tgir',
            '--tokens',
            '2',
            '--json',
            '--cfg-options',
            'model.encoder.backbone=ViT-S-32-alt',
        )
    )
    (photo,) = (
        entry['multiply_adds']
        for entry in entries
        if entry['pass'] == 'a gallery photo'
    )
    tokens, width, bottleneck = 50, 384, 32
    before = 11 * tokens * (width * (12 * width + 2 * bottleneck) + 2 * tokens * width)
    last = 2 * tokens * width * width + width * (
        10 * width + 2 * bottleneck + 2 * tokens
    )
    assert photo == 49 * 3 * 32**2 * width + before + last + width * 256


def test_texts_that_the_tower_cannot_read(command):
    with pytest.raises(SystemExit, match='must lie in 2 to 64, .* got 65'):
        command('famevil_4task.py', '--tokens', '65')
