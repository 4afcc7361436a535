"""Scoring again: mistakes on the command line (what it scores is compared
with a test's scores in ``test_end_to_end.py``)."""

import runpy
import sys

import pytest
import torch
from mmengine.evaluator import Evaluator

from famevil_plugin.evaluation import PredictionKeeper
from famevil_plugin.evaluation.predictions import write_predictions
from tests.conftest import ROOT

TOOL = ROOT / 'tools' / 'analysis_tools' / 'eval_metric.py'


@pytest.fixture
def score(monkeypatch):
    """Run the tool."""

    def run(config, *args):
        argv = [str(TOOL), str(ROOT / 'configs' / config), *map(str, args)]
        monkeypatch.setattr(sys, 'argv', argv)
        runpy.run_path(str(TOOL), run_name='__main__')

    return run


def test_other_tasks_than_the_config(score, tmp_path):
    evaluator = Evaluator(PredictionKeeper())
    evaluator.process([dict(sample_idx=0, query_embedding=torch.ones(2))])
    evaluator.evaluate(1)
    path = tmp_path / 'dumped'
    write_predictions(path, dict(tgir=evaluator))
    with pytest.raises(
        SystemExit,
        match='dumped holds predictions of tgir, '
        'but the config evaluates xmr, tgir, scr, fic: give --tasks tgir',
    ):
        score('famevil_4task.py', path)
    with pytest.raises(SystemExit, match="error: .* needs 'garment' of every"):
        score('famevil_4task.py', path, '--tasks', 'tgir')
    with pytest.raises(SystemExit, match='error: no predictions at .*gone'):
        score('famevil_4task.py', tmp_path / 'gone')


def test_some_of_the_tasks_of_a_file(score, tmp_path, capsys):
    scr, tgir = Evaluator(PredictionKeeper()), Evaluator(PredictionKeeper())
    scr.process(
        data_samples=[
            dict(sample_idx=n, pred_label=1, gt_label=n, image_path='', text='')
            for n in range(2)
        ]
    )
    scr.evaluate(2)
    tgir.process(data_samples=[dict(sample_idx=0, query_embedding=torch.ones(2))])
    tgir.evaluate(1)
    path = tmp_path / 'dumped'
    write_predictions(path, dict(tgir=tgir, scr=scr))
    score('famevil_4task.py', path, '--tasks', 'scr')
    said = capsys.readouterr().out
    assert said.startswith('not used: the predictions of tgir\nSCR ')
    assert '  model           50.00' in said
