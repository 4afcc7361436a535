"""The summary in memory and in its file."""

import json

import pytest
from mmengine.evaluator import BaseMetric, Evaluator

from famevil_plugin.evaluation import SubcategoryScores
from famevil_plugin.reporting import RunFacts, Summary, TaskSummary, summarise

# as the file is laid out
LAYOUT = {
    'xmr': {
        'mean': 62.5,
        'R@1': 50.0,
        'protocol': 'full',
        'gallery': dict(i2t=3),
        'chance': dict(mean=1.0),
        'score': 'R@1',
        'title': 'cross-modal retrieval',
    },
    'fic': {'BLEU-4': 30.0, 'left_out': []},
    'mean': 40.0,
    'iterations': 8,
    'duration_s': 1.5,
    'versions': dict(torch='2'),
    'seed': 0,
    'processes': 2,
    'training_s': 1.0,
    'validation_s': 0.5,
}


def test_the_file_and_back(tmp_path):
    path = tmp_path / 'summary.json'
    path.write_text(json.dumps(LAYOUT))
    summary = Summary.read(path)
    assert summary.run == RunFacts(
        8, 1.5, dict(torch='2'), 0, 2, training_s=1.0, validation_s=0.5
    )
    assert summary.tasks['xmr'].scores == {'mean': 62.5, 'R@1': 50.0}
    assert summary.tasks['xmr'].facts['gallery'] == dict(i2t=3)
    assert summary.tasks['xmr'].title == 'cross-modal retrieval'
    summary.write(path)
    assert json.loads(path.read_text()) == LAYOUT
    assert list(json.loads(path.read_text())) == list(LAYOUT)
    left_out = LAYOUT | dict(left_out=dict(tgir='no triplets'))
    path.write_text(json.dumps(left_out))
    summary = Summary.read(path)
    assert 'left_out' not in summary.tasks
    assert summary.run.left_out == dict(tgir='no triplets')
    assert summary.to_dict() == left_out


def test_scored_again_there_is_no_run():
    content = dict(xmr=dict(mean=50.0), mean=50.0)
    summary = Summary.from_dict(content)
    assert summary.run is None
    assert summary.to_dict() == content


@pytest.mark.parametrize(
    ('scores', 'facts', 'expected'),
    [
        (dict(a=1.0, mean=2.0, b=3.0), dict(score='b'), 3.0),
        (dict(a=1.0, mean=2.0), {}, 2.0),
        (dict(a=1.0, b=3.0), {}, 1.0),
    ],
)
def test_the_score_that_stands_for_a_task(scores, facts, expected):
    assert TaskSummary(scores, facts).score == expected


def test_no_score_and_a_name_that_is_taken():
    with pytest.raises(ValueError, match='no metric of the task gave a score'):
        TaskSummary({}).score  # noqa: B018
    with pytest.raises(ValueError, match='a task cannot be named seed: .*rename it'):
        Summary(dict(seed=TaskSummary({})))


class Accuracies(SubcategoryScores):
    """Of which the accuracy stands for the task."""

    score = 'accuracy'


class Foreign(BaseMetric):
    """Any metric of MMEngine's kind."""

    default_prefix = 'f'

    def process(self, data_batch, data_samples):
        self.results += data_samples

    def compute_metrics(self, results):
        return dict(hits=len(results))


def evaluate(metric):
    evaluator = Evaluator(metric)
    evaluator.process(
        [dict(sample_idx=i, pred_label=0, gt_label=i, image_path='') for i in (0, 1)]
    )
    return evaluator, evaluator.evaluate(2)


def test_what_metrics_say():
    summary = summarise(
        *zip_tasks(dict(own=Accuracies(prefix='p'), other=Foreign())),
        titles=dict(own='own task'),
    )
    own, other = summary.tasks.values()
    assert own.facts['score'] == 'p/accuracy'
    assert own.score == own.scores['p/accuracy'] == 50.0
    assert (own.title, other.title) == ('own task', None)
    assert other.scores == {'f/hits': 2.0} and other.facts == {}
    assert summary.mean == 26.0
    assert own.facts['queries'] == 2


def zip_tasks(metrics):
    """Evaluators by task, and all scores by ``<task>/<metric>``."""
    evaluators, scores = {}, {}
    for task, metric in metrics.items():
        evaluators[task], own = evaluate(metric)
        scores |= {f'{task}/{key}': value for key, value in own.items()}
    return evaluators, scores


def test_a_metric_that_lacks_its_score():
    class Typo(SubcategoryScores):
        score = 'acuracy'

    with pytest.raises(ValueError, match="Typo.score names 'acuracy'.*gave accuracy, "):
        evaluate(Typo())


def test_a_further_metric_with_a_prefix_reports_under_it():
    plain, named = SubcategoryScores(), SubcategoryScores(prefix='attributes')
    plain.facts, named.facts = dict(protocol='a'), dict(protocol='b')
    scores = {'scr/mean': 50.0, 'scr/attributes/mean': 60.0}
    task = summarise(dict(scr=Evaluator([plain, named])), scores).tasks['scr']
    assert task.facts == dict(protocol='a', attributes=dict(protocol='b'))
    assert task.score == 50.0
    named.facts = {}  # it had nothing to judge by
    task = summarise(dict(scr=Evaluator([plain, named])), scores).tasks['scr']
    assert task.facts == dict(protocol='a')
