"""The benchmark's command line, on a narrow model."""

import json
import runpy
import sys

import pytest

from tests.conftest import ROOT, TASKS, draw_few
from tests.test_deployment.conftest import narrow_config

TOOL = str(ROOT / 'tools' / 'analysis_tools' / 'benchmark.py')


@pytest.fixture(scope='module')
def config(tmp_path_factory):
    """A narrow model on a few drawn products."""
    data = draw_few(tmp_path_factory, 4, 6, 4, 6, 4, 3)
    config = narrow_config(data)
    for dataset in config.train_dataloader.dataset.datasets.values():
        dataset.data_root = str(data)
    path = tmp_path_factory.mktemp('config') / 'narrow.py'
    config.dump(path)
    return str(path)


@pytest.fixture
def time(monkeypatch, capsys):
    """Run the tool for a subject."""

    def run(*arguments):
        monkeypatch.setattr(sys, 'argv', [TOOL, *arguments, '--repeats', '1'])
        runpy.run_path(TOOL, run_name='__main__')
        return capsys.readouterr().out

    return run


def test_training_against_the_baseline(config, time):
    found = json.loads(
        time('train', config, '--batch-size', '2', '--against', 'eager', '--json')
    )
    tasks = sorted(result['what'].removesuffix(' step') for result in found)
    assert tasks == sorted(TASKS)
    for result in found:
        assert result['items'] == 2 and result['gflops'] > 0
        assert result['ratio'] > 0 and 0 < result['utilisation']
        assert result['eager']['seconds'] > 0


def test_a_distilled_step(config, time):
    said = time('train', config, '--tasks', 'xmr', '--batch-size', '2', '--distill')
    assert said.startswith('xmr distilled step: ours ')


def test_captions(config, time):
    said = time('caption', config, '--batch-size', '2', '--tokens', '6')
    greedy, beams = said.splitlines()
    assert greedy.startswith('fic captions, greedy: ours ') and 'captions/s' in greedy
    assert beams.startswith('fic captions, 5 beams: ours ')


def test_embeddings(config, time):
    said = time('embed', config, '--tasks', 'xmr', '--batch-size', '2')
    assert [line.split(':')[0] for line in said.splitlines()] == [
        'xmr a photo',
        'xmr a text',
    ]


def test_ranking_data_and_start(config, time):
    (ranking,) = json.loads(
        time('evaluate', '--gallery', '60', '--queries', '9', '--width', '4', '--json')
    )
    assert ranking['items'] == 540 and ranking['unit'] == 'pairs'
    said = time('data', config, '--tasks', 'tgir', '--items', '3')
    assert said.startswith('tgir data: ours ') and 'photos/s' in said
    said = time('startup', config, '--items', '1000', '--step', '700')
    assert [line.split(':')[0] for line in said.splitlines()] == [
        'import',
        'build the model',
        'resume of the sampler at step 700',
        "a batch's indices",
    ]


def test_a_text_that_is_too_long(config, time):
    with pytest.raises(SystemExit, match='--tokens must lie in 2 to 64, .* got 65'):
        time('train', config, '--tokens', '65')
