"""Facts of two trainings, compared without a run."""

from mmengine.config import Config
from mmengine.runner import Runner

from famevil_plugin.engine.training_facts import (
    _data_roots,
    compare_trainings,
    describe_training,
)
from tests.conftest import ROOT
from tests.tiny_run import SIZES, run_config

BEFORE = dict(
    tasks=['xmr', 'scr'],
    global_batch=64,
    processes=4,
    items=dict(xmr=10, scr=10),
    data_root=['data/a'],
)


def test_the_same():
    assert compare_trainings(BEFORE, BEFORE) == ([], [])


def test_the_same_global_batch_on_fewer_processes():
    refused, told = compare_trainings(BEFORE, BEFORE | dict(processes=1))
    assert refused == []
    assert told == ['the number of processes was 4, is 1']


def test_another_global_batch():
    refused, told = compare_trainings(
        BEFORE, BEFORE | dict(processes=1, global_batch=16)
    )
    assert len(refused) == len(told) == 1
    assert refused[0].endswith('.batch_size times the processes was 64, is 16')


def test_other_data_are_told():
    other = dict(items=dict(xmr=11, scr=10), data_root=['data/b'])
    refused, told = compare_trainings(BEFORE, BEFORE | other)
    assert refused == [] and len(told) == 2
    assert "the data root was ['data/a'], is ['data/b']" in told


def test_order_of_tasks_counts():
    """A schedule goes by it."""
    refused, _ = compare_trainings(BEFORE, BEFORE | dict(tasks=['scr', 'xmr']))
    assert len(refused) == 1


def test_what_one_does_not_say_is_not_compared():
    assert compare_trainings(dict(seed=3), BEFORE) == ([], [])


def test_a_runner(tmp_path):
    runner = Runner(**run_config(tmp_path))
    runner.optim_wrapper = runner.build_optim_wrapper(runner.optim_wrapper)
    facts = describe_training(runner)
    assert facts['items'] == SIZES and facts['tasks'] == list(SIZES)
    assert facts['optim_wrapper'] == 'AdaptiveOptimWrapper'
    assert not facts['mixed_precision']
    assert (facts['global_batch'], facts['processes']) == (4, 1)
    assert facts['schedule'] == 'round_robin()'


def test_data_roots_of_a_config():
    config = Config.fromfile(ROOT / 'configs' / 'famevil_4task.py')
    assert _data_roots(config.train_dataloader) == ['data/mini_fashion']
    assert _data_roots(None) == []
