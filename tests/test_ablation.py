"""The rows of the paper's ablation."""

from famevil_plugin.ablation import ROWS
from famevil_plugin.models import AdaptedCLIP
from famevil_plugin.tasks import TASKS

from .conftest import BACKBONE


def test_single_task_models_hold_what_their_task_uses():
    assert ROWS[4].encoders() == {
        ('xmr', ): dict(task_bottleneck=64, cross_sides=()),
        ('tgir', ): dict(task_bottleneck=64, cross_sides=('image', 'text')),
        ('scr', ): dict(task_bottleneck=64, cross_sides=('image', 'text')),
        ('fic', ): dict(task_bottleneck=64, cross_sides=('text', )),
    }


def test_captioning_alone_needs_the_text_side():
    for row in (ROWS[1], ROWS[2], ROWS[5], ROWS[6]):
        sides = {
            side
            for tasks, adapters in row.encoders().items()
            for side in adapters['cross_sides']
        }
        assert sides == {'text'}


def test_rows_are_the_papers():
    assert list(ROWS) == list(range(1, 19))
    assert all(list(ROWS[i].encoders()) == [tuple(TASKS)]
               for i in range(5, 19))
    assert {ROWS[i].task_bottleneck for i in range(16, 19)} == {128, 256, 512}


def test_rows_build():
    for tasks, adapters in ROWS[3].encoders().items():
        encoder = AdaptedCLIP(BACKBONE, tasks, **adapters)
        assert set(encoder.cross_adapters) == set(adapters['cross_sides'])
        assert not encoder.task_adapters
