"""Fixtures that several test folders use."""

import os
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault('HF_HUB_OFFLINE', '1')
os.environ.setdefault('OMP_WAIT_POLICY', 'PASSIVE')

import pytest  # noqa: E402
import torch  # noqa: E402

from famevil_plugin.datasets.mini_fashion import MiniFashionSizes, draw_mini_fashion  # noqa: E402

from .parity import Deviations, Reference, deviations_of  # noqa: E402

ROOT = Path(__file__).parents[1]
TASKS = ('xmr', 'tgir', 'scr', 'fic')
# towers of unequal width and depth; a vocabulary of little more than bytes
TOKENIZER = dict(vocab_size=600, context_length=24)
BACKBONE = dict(
    embed_dim=16,
    vision_cfg=dict(image_size=32, patch_size=8, width=24, head_width=8, layers=3),
    text_cfg=dict(**TOKENIZER, width=20, heads=2, layers=2),
)


@pytest.fixture(autouse=True)
def seed() -> Iterator[None]:
    """Every test begins with the same random numbers."""
    torch.manual_seed(0)
    yield


def draw_few(factory: pytest.TempPathFactory, *sizes: int) -> Path:
    """Draw MiniFashion with a few products."""
    folder = factory.mktemp('data') / 'few'
    return draw_mini_fashion(folder, workers=1, sizes=MiniFashionSizes(*sizes))


@pytest.fixture(scope='session')
def shared() -> Path:
    """Recorded numbers and real data beside the repository."""
    return ROOT.parent / 'shared'


@pytest.fixture(scope='session')
def reference(shared: Path) -> Reference:
    """Numbers recorded from the authors' code."""
    folder = shared / 'reference'
    if not folder.is_dir():
        pytest.skip(f"the numbers recorded from the authors' code are not at {folder}")
    return Reference(folder)


@pytest.fixture(scope='session')
def deviations(pytestconfig: pytest.Config) -> Deviations:
    """Compares with recorded numbers; a table ends the run."""
    return deviations_of(pytestconfig)


def pytest_terminal_summary(terminalreporter: 'pytest.TerminalReporter') -> None:
    """Print the largest deviations, if any test compared."""
    deviations = deviations_of(terminalreporter.config)
    if deviations.found:
        terminalreporter.section('largest deviations from recorded numbers')
        terminalreporter.write('\n'.join(deviations.table()) + '\n')
