"""Rows of several batches and processes come together as one table."""

import doctest
import random
from importlib import import_module

import pytest
import torch
from mmengine.evaluator import Evaluator
from torch import distributed

from famevil_plugin.evaluation import CaptionScores, CrossModalRecall, RowMetric
from famevil_plugin.registry import METRICS
from famevil_plugin.structures import FashionSample
from tests.warm import spawn


class Echo(RowMetric):
    """Scores nothing; keeps the tables to look at."""

    protocols = ('plain', 'other')
    tables = dict(photo=('photo', 'product_id', 'image_path'), text=('words',))

    def score_tables(self, results):
        self.seen = results
        return dict(mean=float(results['photo']['photo'].sum()))


def make_samples(photos=5, texts=3):
    samples = [
        dict(
            sample_idx=n,
            photo=torch.full((2, 3), n, dtype=torch.half),
            product_id=n * 7,
        )
        for n in range(photos)
    ]
    return samples + [
        dict(sample_idx=photos + n, words=f'text {n} ‘ñ\n"|/😀') for n in range(texts)
    ]


def test_sorts_rows_and_drops_copies(evaluate):
    samples = make_samples()
    metric = Echo()
    shuffled = samples + samples[:4]
    random.Random(0).shuffle(shuffled)
    assert evaluate(metric, shuffled, batch=3) == dict(mean=60.0)
    photo, text = metric.seen['photo'], metric.seen['text']
    assert photo['product_id'].tolist() == [0, 7, 14, 21, 28]
    assert photo['photo'].shape == (5, 2, 3)
    assert photo['image_path'] == [''] * 5
    assert text['words'] == [s['words'] for s in samples[5:]]
    assert metric.results == []


def test_mmengine_evaluator_builds_and_feeds_it(monkeypatch):
    said = []
    monkeypatch.setattr(
        'mmengine.evaluator.metric.print_log', lambda message, **_: said.append(message)
    )
    evaluator = Evaluator(dict(type='famevil_plugin.SubcategoryScores'))
    assert not said
    assert isinstance(evaluator.metrics[0], METRICS.get('SubcategoryScores'))
    sample = FashionSample(metainfo=dict(task='scr', sample_idx=0))
    sample.set_data(dict(pred_scores=torch.tensor([0.2, 0.8]), gt_label=1))
    evaluator.process([sample])
    assert evaluator.evaluate(1) == dict(accuracy=100.0, macro_F1=100.0, mean=100.0)


@pytest.mark.parametrize(
    'metric',
    ['caption_scores', 'composed_recall', 'cross_modal_recall', 'subcategory_scores'],
)
def test_example_in_the_docstring_runs(metric):
    module = import_module(f'famevil_plugin.evaluation.{metric}')
    results = doctest.testmod(module)
    assert results.attempted and not results.failed


def test_prefix_tells_two_metrics_apart(evaluate):
    assert list(evaluate(Echo(prefix='b'), make_samples())) == ['b/mean']


def test_refuses_missing_samples():
    metric = Echo()
    metric.process(None, make_samples() * 2)
    with pytest.raises(ValueError, match='got 8 distinct samples of 9'):
        metric.evaluate(9)


def test_names_what_a_sample_lacks():
    with pytest.raises(ValueError, match='expects photo or words .* got sam'):
        Echo().process(None, [dict(sample_idx=0)])
    with pytest.raises(ValueError, match="needs 'product_id' .* sample 4 has"):
        Echo().process(None, [dict(sample_idx=4, photo=torch.ones(1))])


def test_names_a_table_without_rows(evaluate):
    with pytest.raises(ValueError, match="no text rows: .* brought 'words'"):
        evaluate(Echo(), make_samples(texts=0))


def test_refuses_an_unknown_protocol():
    with pytest.raises(ValueError, match="'x' of Echo: expected .* other"):
        Echo(protocol='x')


def _samples_of_products():
    generator = torch.Generator().manual_seed(0)
    rows = torch.randn(40, 8, generator=generator)
    kinds = ('image', 'text')
    return [
        {
            'sample_idx': n,
            'product_id': n % 20,
            f'{kinds[n // 20]}_embedding': row,
            'text': f'prodüct {n}',
        }
        for n, row in enumerate(rows)
    ]


def _captions():
    return [
        dict(
            sample_idx=n,
            product_id=n // 2,
            gt_caption=f'coat in colour {n // 2} with belt at waist',
            pred_caption=f'coat in colour {n % 5} with belt',
        )
        for n in range(9)
    ]


def _in_process(rank, init_file, out_file):
    """Rank 0 gets all but three rows, rank 1 those three and some copies."""
    distributed.init_process_group(
        'gloo', init_method=f'file://{init_file}', rank=rank, world_size=2
    )
    echo, recall = Echo(), CrossModalRecall()
    captions = CaptionScores(scores=['CIDEr'], tokenizer='regex')
    got = {}
    for metric, samples in (
        (echo, make_samples()),
        (recall, _samples_of_products()),
        (captions, _captions()),
    ):
        mine = samples[3:] if rank == 0 else samples[:5]
        metric.process(None, mine)
        got[type(metric).__name__] = metric.evaluate(len(samples))
    # an error of the first process is one of both
    with pytest.raises(
        (ValueError, RuntimeError), match=('NaN', 'first process')[rank]
    ):
        recall.process(
            None,
            [
                s | {k: v * torch.nan for k, v in s.items() if k.endswith('embedding')}
                for s in _samples_of_products()
            ],
        )
        recall.evaluate(40)
    if rank == 0:
        got |= dict(seen=echo.seen, facts=recall.facts, examples=recall.examples)
    torch.save(got, f'{out_file}.{rank}')
    distributed.destroy_process_group()


def test_two_processes_equal_one(tmp_path, evaluate):
    spawn(_in_process, (str(tmp_path / 'init'), str(tmp_path / 'out')), 2)
    first, second = (
        torch.load(tmp_path / f'out.{rank}', weights_only=False) for rank in (0, 1)
    )
    echo, recall = Echo(), CrossModalRecall()
    captions = CaptionScores(scores=['CIDEr'], tokenizer='regex')
    for metric, samples in (
        (echo, make_samples()),
        (recall, _samples_of_products()),
        (captions, _captions()),
    ):
        name = type(metric).__name__
        scores = evaluate(metric, samples)
        assert first[name] == second[name] == scores
    assert first['facts'] == recall.facts
    assert first['examples'] == recall.examples
    for table, columns in echo.seen.items():
        for column, values in columns.items():
            there = first['seen'][table][column]
            assert (
                torch.equal(there, values)
                if isinstance(values, torch.Tensor)
                else there == values
            )
