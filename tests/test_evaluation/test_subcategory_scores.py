"""Accuracy and macro F1: golden numbers and properties."""

import pytest
import torch

from famevil_plugin.evaluation import SubcategoryScores


def as_samples(scores, truth):
    return [
        dict(sample_idx=n, pred_scores=row, gt_label=int(label))
        for n, (row, label) in enumerate(zip(scores, truth))
    ]


@pytest.fixture
def samples(golden):
    """The golden evaluation, with labels alone."""
    part = golden['scr']
    return [
        dict(sample_idx=n, gt_label=truth, pred_label=predicted)
        for n, (truth, predicted) in enumerate(zip(part['truth'], part['predicted']))
    ]


def test_golden(golden, samples, evaluate):
    metric = SubcategoryScores()
    scores = evaluate(metric, samples)
    assert scores == pytest.approx(golden['scr']['scores'])
    assert metric.facts['protocol'] == 'per-image'
    assert metric.facts['queries'] == 100
    assert metric.facts['gallery'] == len(set(golden['scr']['truth']))


def test_chance_is_the_most_frequent_class(evaluate):
    truth = [0, 1, 1, 2]
    metric = SubcategoryScores()
    assert evaluate(metric, as_samples(torch.eye(3)[truth], truth))['mean'] == 100
    chance = metric.facts['chance']
    assert chance['accuracy'] == 50
    # F1 of the class is 2 * 2 / (2 + 4); the other two have none
    assert chance['macro_F1'] == pytest.approx(100 * (2 / 3) / 3)


def test_examples_have_names(evaluate):
    samples = as_samples(torch.tensor([[0.75, 0.25], [0.5, 0.25]]), [0, 2])
    for sample in samples:
        sample['image_path'], sample['text'] = 'a.jpg', 'a text'
    metric = SubcategoryScores()
    metric.dataset_meta = dict(subcategories=['coats', 'jeans'])
    evaluate(metric, samples)
    first, second = metric.examples['predictions']
    assert first == ('a.jpg', 'a text', 'coats', 'coats', 75.0)
    assert (second.truth, second.score) == ('#2', 50.0)


def test_refuses_what_is_no_number(evaluate):
    scores = torch.eye(3)
    scores[1, 2] = torch.nan
    with pytest.raises(ValueError, match='1 of 3 rows of pred_scores'):
        evaluate(SubcategoryScores(), as_samples(scores, [0, 1, 2]))
