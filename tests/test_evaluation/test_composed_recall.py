"""Recall of FashionIQ: golden numbers and properties."""

import pytest
import torch

from famevil_plugin.evaluation import ComposedRecall

from .conftest import embed_alike


@pytest.fixture
def samples(golden):
    """The golden evaluation: queries, and behind them photos."""
    part = golden['tgir']
    items = [('query_embedding', i) for i in part['queries']] + [
        ('target_embedding', i) for i in part['gallery']
    ]
    return [
        {**item, 'sample_idx': n, key: torch.tensor(item['x'], dtype=torch.float)}
        for n, (key, item) in enumerate(items)
    ]


def test_golden(golden, samples, evaluate):
    metric = ComposedRecall()
    metric.dataset_meta = dict(garments=['dress', 'shirt', 'toptee'])
    scores = evaluate(metric, samples)
    assert scores == pytest.approx(golden['tgir']['scores'])
    assert metric.facts['protocol'] == 'original'
    assert metric.facts['queries'] == dict(dress=30, toptee=30)
    assert metric.facts['gallery'] == dict(dress=60, toptee=60)
    assert metric.facts['absent'] == ['shirt']
    assert metric.facts['chance']['dress_R@10'] == pytest.approx(100 / 6)


def test_val_keeps_what_the_queries_name(samples, evaluate):
    metric = ComposedRecall(protocol='val')
    scores = evaluate(metric, samples)
    assert metric.facts['gallery'] == dict(dress=37, toptee=37)
    assert scores['mean'] > evaluate(ComposedRecall(), samples)['mean']


def naive_recall(samples, garment, protocol, k):
    """Sort each query's candidates by hand, one query at a time."""
    mine = [s for s in samples if s['garment'] == garment]
    queries = [s for s in mine if 'target_id' in s]
    gallery = [s for s in mine if 'target_id' not in s]
    if protocol == 'val':
        named = {q[key] for q in queries for key in ('image_id', 'target_id')}
        gallery = [c for c in gallery if c['image_id'] in named]
    hits = 0
    for query in queries:
        ranked = sorted(
            gallery,
            key=lambda c: -float(query['query_embedding'] @ c['target_embedding']),
        )
        hits += query['target_id'] in [c['image_id'] for c in ranked[:k]]
    return 100 * hits / len(queries)


@pytest.mark.parametrize('protocol', ['original', 'val'])
def test_a_naive_ranking_scores_the_same(evaluate, protocol):
    """Garments of unequal size that share photos' names; targets named by
    several queries; photos that no query names."""
    samples = []
    for garment, photos, queries in (
        ('dress', 130, 40),
        ('shirt', 80, 25),
        ('toptee', 60, 33),
    ):
        rows = torch.randn(photos, 5)
        samples += [
            dict(
                garment=garment,
                image_id=f'B{n}',
                target_id=f'B{(3 * n + 1) % 50}',
                query_embedding=rows[(3 * n + 1) % 50] + torch.randn(5),
            )
            for n in range(queries)
        ] + [
            dict(garment=garment, image_id=f'B{n}', target_embedding=row)
            for n, row in enumerate(rows)
        ]
    for n, sample in enumerate(samples):
        sample['sample_idx'] = n
    metric = ComposedRecall(protocol)
    scores = evaluate(metric, samples)
    assert len(scores) == 7
    for name in set(scores) - {'mean'}:
        garment, _, k = name.partition('_R@')
        assert scores[name] == pytest.approx(
            naive_recall(samples, garment, protocol, int(k))
        ), name
    assert metric.facts['gallery']['dress'] == (130 if protocol == 'original' else 47)


def test_constant_embeddings_score_no_more_than_chance(samples, evaluate):
    embed_alike(samples)
    metric = ComposedRecall()
    assert evaluate(metric, samples) == metric.facts['chance']


def test_examples_are_of_all_garments(samples, evaluate):
    for sample in samples:
        role = 'image' if 'target_id' in sample else 'target_image'
        sample[f'{role}_path'] = f'{sample["image_id"]}.jpg'
        sample['text'] = 'longer'
    metric = ComposedRecall(num_examples=4)
    evaluate(metric, samples)
    examples = metric.examples['queries']
    assert [e.image for e in examples] == [
        'dress0.jpg',
        'dress20.jpg',
        'toptee9.jpg',
        'toptee29.jpg',
    ]
    assert all(c.startswith('dress') for c in examples[0].candidates)
    assert {e.text for e in examples} == {'longer'}


def test_names_a_target_that_is_missing(samples, evaluate):
    samples[2]['target_id'] = 'B00X'
    with pytest.raises(ValueError, match="'B00X' of a dress query .* 60 pho"):
        evaluate(ComposedRecall(), samples)


def test_val_names_a_reference_that_is_missing(samples, evaluate):
    """It would leave the gallery smaller; ``original`` does not need it."""
    samples[2]['image_id'] = 'B00X'
    evaluate(ComposedRecall(), samples)
    with pytest.raises(ValueError, match="reference 'B00X' of a dress query"):
        evaluate(ComposedRecall('val'), samples)


def test_reports_what_missing_photos_took(samples, evaluate):
    metric = ComposedRecall()
    evaluate(metric, samples)
    assert 'missing' not in metric.facts
    missing = dict(
        photos=1,
        queries=dict(dress=1),
        gallery=dict(original=dict(dress=1), val=dict(dress=2)),
    )
    metric.dataset_meta = dict(missing=missing)
    evaluate(metric, samples)
    assert metric.facts['missing'] == missing


def test_garments_of_any_name(samples, evaluate):
    expected = evaluate(ComposedRecall(), samples)
    for sample in samples:
        sample['garment'] = dict(dress='rain boots', toptee='bags')[sample['garment']]
    metric = ComposedRecall()
    scores = evaluate(metric, samples)
    assert list(scores) == [
        *(f'{name}_R@{k}' for name in ('rain boots', 'bags') for k in (10, 50)),
        'mean',
    ]
    assert list(scores.values()) == list(expected.values())
    assert metric.facts['absent'] == []


def test_garments_may_be_chosen(samples, evaluate):
    whole = evaluate(ComposedRecall(), samples)
    metric = ComposedRecall(garments=['hat', 'toptee'], num_examples=2)
    scores = evaluate(metric, samples)
    assert scores == dict(
        {name: whole[name] for name in ('toptee_R@10', 'toptee_R@50')},
        mean=(whole['toptee_R@10'] + whole['toptee_R@50']) / 2,
    )
    assert metric.facts['absent'] == ['hat']
    assert metric.facts['queries'] == dict(toptee=30)
    assert len(metric.examples['queries']) == 2
    with pytest.raises(
        ValueError, match=r"of the garments \['hat'\], .* of \['dress', 'toptee'\]"
    ):
        evaluate(ComposedRecall(garments=['hat']), samples)


def test_refuses_what_is_no_number(samples, evaluate):
    samples[70]['target_embedding'] = torch.full((4,), float('nan'))
    with pytest.raises(ValueError, match='1 of 120 rows of target_embedding'):
        evaluate(ComposedRecall(), samples)
