"""Examples of the metrics reach the visualizer."""

from types import SimpleNamespace

import pytest
from mmengine.evaluator import Evaluator
from mmengine.visualization import Visualizer

from famevil_plugin.engine import PicturesHook
from famevil_plugin.evaluation import PredictionKeeper, SubcategoryScores
from famevil_plugin.visualization import FashionVisualizer


@pytest.fixture
def evaluators():
    """Of two tasks, one of which has examples."""
    metric = SubcategoryScores()
    metric.examples = dict(predictions=['an example'])
    return dict(scr=Evaluator(metric), xmr=Evaluator(PredictionKeeper()))


@pytest.mark.parametrize('mode', ['val', 'test'])
def test_pictures(evaluators, mode, monkeypatch):
    drawn = []
    monkeypatch.setattr(
        FashionVisualizer, 'add_examples', lambda self, *args: drawn.append(args)
    )
    runner = SimpleNamespace(visualizer=FashionVisualizer(), _train_loop={})
    setattr(runner, f'{mode}_loop', SimpleNamespace(evaluator=evaluators))
    draw = getattr(PicturesHook(), f'after_{mode}_epoch')
    draw(runner, {})
    assert drawn == [('scr', 'predictions', ['an example'], 0)]
    runner.visualizer = Visualizer()
    draw(runner, {})
    assert len(drawn) == 1
