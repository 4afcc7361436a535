"""Cross-modal recall: golden numbers and properties."""

import math

import pytest
import torch

from famevil_plugin.evaluation import CrossModalRecall

from .conftest import embed_alike


def as_samples(images, image_ids, texts, text_ids, image_labels=None, text_labels=None):
    """Views, and behind them texts, as the data set has them."""
    samples = []
    for kind, rows, ids, labels in (
        ('image', images, image_ids, image_labels),
        ('text', texts, text_ids, text_labels),
    ):
        for n, row in enumerate(rows):
            sample = {
                'sample_idx': len(samples),
                'product_id': int(ids[n]),
                f'{kind}_embedding': row,
            }
            if labels is not None:
                sample['gt_label'] = int(labels[n])
            samples.append(sample)
    return samples


@pytest.fixture
def samples(golden):
    """The golden evaluation."""
    part = golden['xmr']
    return as_samples(
        torch.tensor([i['x'] for i in part['images']], dtype=torch.float),
        [i['product_id'] for i in part['images']],
        torch.tensor([t['x'] for t in part['texts']], dtype=torch.float),
        [t['product_id'] for t in part['texts']],
    )


def test_golden(golden, samples, evaluate):
    metric = CrossModalRecall()
    assert evaluate(metric, samples) == pytest.approx(golden['xmr']['scores'])
    assert metric.facts['protocol'] == 'full'
    assert metric.facts['queries'] == dict(i2t=39, t2i=20)
    assert metric.facts['gallery'] == dict(i2t=20, t2i=39)
    assert metric.facts['chance'].keys() == golden['xmr']['scores'].keys()
    assert metric.facts['chance']['i2t_R@5'] == pytest.approx(25)


def test_random_100_of_a_small_data_set_repeats(samples, evaluate):
    for sample in samples:
        sample['gt_label'] = sample['product_id'] % 2
    metric = CrossModalRecall(protocol='random-100')
    first = evaluate(metric, samples)
    assert metric.facts['gallery'] == dict(i2t=20, t2i=37)
    assert metric.facts['queries'] == dict(i2t=39, t2i=20)
    assert evaluate(metric, samples) == first


def test_random_100_draws_as_counted(evaluate):
    """Over seeds, what counting all draws expects.

    With ``better`` of a query's wrong candidates of its sub-category above
    the right one, 100 drawn of ``alike`` hit at k with the hypergeometric
    probability of fewer than k better ones.
    """
    images, texts = torch.randn(2, 240, 3)
    texts += images
    ids, labels = torch.arange(240), torch.arange(240) % 2
    expected = {}
    for way, queries, gallery in (('i2t', images, texts), ('t2i', texts, images)):
        hits = dict.fromkeys((1, 5, 10), 0.0)
        for n in range(240):
            scores = [float(queries[n] @ row) for row in gallery]
            wrong = [m for m in range(240) if m != n and (m - n) % 2 == 0]
            better = sum(scores[m] > scores[n] for m in wrong)
            for k in hits:
                hits[k] += sum(
                    math.comb(better, drawn)
                    * math.comb(len(wrong) - better, 100 - drawn)
                    for drawn in range(k)
                ) / math.comb(len(wrong), 100)
        expected |= {f'{way}_R@{k}': 100 * v / 240 for k, v in hits.items()}
    samples = as_samples(images, ids, texts, ids, labels, labels)
    drawn = [
        evaluate(CrossModalRecall('random-100', seed=seed), samples)
        for seed in range(4)
    ]
    for name, value in expected.items():
        mean = sum(scores[name] for scores in drawn) / len(drawn)
        assert mean == pytest.approx(value, abs=0.5), name


def test_examples_cover_both_ways(samples, evaluate):
    for sample in samples:
        sample['image_path'] = sample['text'] = f'{sample["sample_idx"]}'
    metric = CrossModalRecall(num_examples=3)
    evaluate(metric, samples)
    images, texts = metric.examples.values()
    assert list(metric.examples) == ['image_to_text', 'text_to_image']
    assert [e.image for e in images] == ['0', '19', '38']
    assert [e.text for e in texts] == ['39', '49', '58']
    for example in images + texts:
        shown = example.correct.index(True) + 1 if any(example.correct) else 6
        assert min(example.rank, 6) == shown


def test_constant_embeddings_score_no_more_than_chance(samples, evaluate):
    embed_alike(samples)
    metric = CrossModalRecall()
    assert evaluate(metric, samples) == metric.facts['chance']


@pytest.mark.parametrize('bad', [float('nan'), float('inf')])
def test_refuses_what_is_no_number(samples, evaluate, bad):
    samples[3]['image_embedding'] = torch.full((4,), bad)
    with pytest.raises(ValueError, match='1 of 39 rows of image_embedding'):
        evaluate(CrossModalRecall(), samples)


def test_refuses_a_photo_without_a_text(samples, evaluate):
    samples[1]['product_id'] = 99  # another view stays
    with pytest.raises(ValueError, match='1 products, 99 for one'):
        evaluate(CrossModalRecall(), samples)


def test_refuses_an_unknown_protocol():
    with pytest.raises(ValueError, match="'half'.*expected one of full, random-100"):
        CrossModalRecall(protocol='half')


def test_random_100_needs_sub_categories(samples, evaluate):
    with pytest.raises(ValueError, match="'random-100' needs 'gt_label'"):
        evaluate(CrossModalRecall(protocol='random-100'), samples)
