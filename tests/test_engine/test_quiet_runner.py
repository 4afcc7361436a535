"""A whole run's console, curves and times."""

import contextlib
import io
import json
import time
from pathlib import Path

import pytest
from mmengine.hooks import Hook, LoggerHook
from mmengine.visualization import LocalVisBackend, Visualizer

from famevil_plugin.engine import (
    LearningRatesHook,
    OverviewHook,
    PhaseTimerHook,
    QuietRunner,
    TaskLogProcessor,
    WholeCheckpointHook,
)
from famevil_plugin.engine.phase_timer_hook import time_spent
from tests.tiny_run import run_config

SCORING = 0.8


class SlowScores(Hook):
    """What follows a validation's last batch takes its time."""

    def after_val_epoch(self, runner, metrics=None):
        time.sleep(SCORING)


@pytest.fixture(scope='module')
def said(tmp_path_factory):
    """A runner that has trained for 5 iterations, and what it said.

    Validations are after 2, 4 and 5.
    """
    config = run_config(
        tmp_path_factory.mktemp('quiet'),
        train_cfg=dict(max_iters=5, val_interval=2),
        log_level='INFO',
        visualizer=dict(type=Visualizer, vis_backends=[dict(type=LocalVisBackend)]),
        log_processor=dict(type=TaskLogProcessor, by_epoch=False),
        default_hooks=dict(
            _delete_=True,
            timer=dict(type=PhaseTimerHook),
            logger=dict(type=LoggerHook, interval=1, log_metric_by_epoch=False),
            checkpoint=dict(type=WholeCheckpointHook, by_epoch=False, interval=5),
            overview=dict(type=OverviewHook),
            learning_rates=dict(type=LearningRatesHook),
        ),
        custom_hooks=[dict(type=SlowScores, priority='LOWEST')],
    )
    console = io.StringIO()
    with contextlib.redirect_stdout(console):
        runner = QuietRunner(**config)
        runner.train()
    return runner, console.getvalue()


def test_the_console_shows_what_a_person_needs(said):
    runner, console = said
    begin = console[: console.index('Iter(train)')]
    assert len(begin.splitlines()) <= 20
    for fact in ('cpu', 'random', '5 iterations of 4', 'every 2', str(runner.work_dir)):
        assert fact in begin
    items = next(line for line in begin.splitlines() if line.split()[:1] == ['items'])
    sizes = next(
        line for line in begin.splitlines() if line.split()[:1] == ['training']
    )
    assert dict(zip(items.split()[1:], sizes.split()[1:])) == dict(
        xmr='40', tgir='10', scr='40', fic='40'
    )
    for words in (
        'System environment',
        'Hooks will be',
        'parameter group',
        'FileClient',
    ):
        assert words not in console
        assert words in Path(runner.logger.log_file).read_text()


def test_the_console_speaks_again_after_the_beginning(said):
    _, console = said
    assert 'Saving checkpoint at 5 iterations' in console


def test_lines_tell_validations_and_tasks(said):
    _, console = said
    trained = [line for line in console.splitlines() if 'Iter(train)' in line]
    assert ' + 3 validations  time:' in trained[0]
    assert ' + 2 validations 0:00:0' in trained[2]
    assert ' + validation 0:00:0' in trained[4]
    assert any('Iter(val) [4/4] fic' in line for line in console.splitlines())


def test_a_validation_is_no_part_of_the_next_iteration(said):
    runner, _ = said
    times, _ = runner.message_hub.get_scalar('train/time').data
    assert len(times) == 5
    spent = time_spent(runner)
    assert spent.training == pytest.approx(sum(times))
    assert spent.number == 3 and spent.validation > 3 * SCORING
    # the third and fifth follow a validation
    assert max(times[2], times[4]) < SCORING + min(times)


def test_learning_rates_of_each_part_are_curves(said):
    runner, _ = said
    (file,) = Path(runner.work_dir).glob('*/vis_data/scalars.json')
    entries = [json.loads(line) for line in file.read_text().splitlines()]
    rates = [entry for entry in entries if 'lr/heads' in entry]
    assert [entry['step'] for entry in rates] == [1, 2, 3, 4, 5]
    assert set(rates[0]) == {'lr/adapters', 'lr/heads', 'lr/rest', 'step'}
    assert rates[0]['lr/rest'] == pytest.approx(1e-3)
