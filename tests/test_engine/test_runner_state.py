"""MMEngine's private attributes are what the package takes them for."""

import mmengine
import pytest
from mmengine.optim import OptimWrapper
from mmengine.runner import BaseLoop, Runner

from famevil_plugin.engine import runner_state
from famevil_plugin.visualization import FashionVisualizer
from tests.tiny_run import run_config

INSTALLED = f'MMEngine {mmengine.__version__} is different'


@pytest.fixture
def runner(tmp_path):
    return Runner(**run_config(tmp_path))


def test_the_training_loop(runner):
    """A config until it is asked for, then a loop."""
    assert isinstance(runner._train_loop, dict), INSTALLED
    assert not runner_state.trains(runner)
    assert runner_state.iteration(runner) == 0
    assert isinstance(runner._train_loop, dict), 'built by asking'
    assert isinstance(runner.train_loop, BaseLoop)
    assert runner._train_loop is runner.train_loop, INSTALLED
    assert runner_state.trains(runner)
    runner.train_loop._iter = 3
    assert runner_state.iteration(runner) == 3, INSTALLED


def test_no_training_loop(tmp_path):
    none = dict(train_cfg=None, train_dataloader=None, optim_wrapper=None)
    runner = Runner(**run_config(tmp_path, **none))
    assert runner._train_loop is None, INSTALLED
    assert not runner_state.trains(runner)
    assert runner_state.iteration(runner) == 0


def test_what_the_runner_loads(tmp_path, monkeypatch):
    """``load_or_resume`` goes by what is set before."""
    runner = Runner(**run_config(tmp_path, load_from='a.pth', resume=True))
    assert runner_state.checkpoint_to_load(runner) == 'a.pth', INSTALLED
    assert runner_state.resumes(runner), INSTALLED
    said = []
    monkeypatch.setattr(runner, 'load_checkpoint', said.append)
    runner_state.set_checkpoint_to_load(runner, 'b.pth', resume=False)
    assert not runner_state.resumes(runner)
    runner.load_or_resume()
    assert said == ['b.pth'], INSTALLED


def test_the_optimizer_and_the_seed(tmp_path):
    counts = {'optim_wrapper.accumulative_counts': 3}
    plain = {'optim_wrapper.type': OptimWrapper}
    runner = Runner(**run_config(tmp_path, **plain, **counts))
    runner.optim_wrapper = runner.build_optim_wrapper(runner.optim_wrapper)
    assert runner_state.accumulative_counts(runner) == 3, INSTALLED
    for batches, makes_step in ((1, False), (2, False), (3, True)):
        runner.optim_wrapper._inner_count = batches
        assert runner_state.makes_step(runner) == makes_step, INSTALLED
    assert runner_state.given_seed(runner) == 0, INSTALLED


def test_the_backends_of_a_visualizer(tmp_path):
    """``FashionVisualizer`` goes through its base class's."""
    kinds = ['LocalVisBackend', 'TensorboardVisBackend']
    visualizer = FashionVisualizer(
        vis_backends=[dict(type=kind) for kind in kinds], save_dir=str(tmp_path)
    )
    assert list(visualizer._vis_backends) == kinds, INSTALLED


def test_the_seed(tmp_path):
    """Without the rank, of which MMEngine may add it."""
    apart = dict(seed=5, diff_rank_seed=True)
    runner = Runner(**run_config(tmp_path, randomness=apart))
    assert runner._randomness_cfg == apart, INSTALLED
    runner._rank, runner._seed = 1, 6
    assert runner_state.seed_of(runner) == '5', INSTALLED


def test_what_is_built(runner):
    """The loops that have been asked for, by mode and task."""
    assert runner_state.data_sets(runner) == runner_state.evaluators(runner) == {}
    assert runner.train_loop and runner.val_loop
    tasks = ('xmr', 'tgir', 'scr', 'fic')
    train, val = ([(mode, task) for task in tasks] for mode in ('train', 'val'))
    assert list(runner_state.data_sets(runner)) == train + val
    assert list(runner_state.evaluators(runner)) == val, INSTALLED
