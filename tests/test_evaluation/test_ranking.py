"""RankCounts, recall under ties, and chance."""

import pytest
import torch

from famevil_plugin.evaluation.ranking import RankCounts, count_ranks, show

POSITIVE = torch.tensor([[False, True, False, True, False]])


def test_counts_around_the_best_answer():
    counts = count_ranks(torch.tensor([[3.0, 1.0, 2.0, 2.0, 1.0]]), POSITIVE)
    assert [int(count) for count in counts] == [1, 1, 1, 3, 2]


@pytest.mark.parametrize(
    ('scores', 'hits'),
    [
        ([0.0, 3.0, 1.0, 2.0, 0.0], [1, 1, 1]),
        ([4.0, 3.0, 1.0, 2.0, 0.0], [0, 1, 1]),
        ([3.0, 3.0, 1.0, 2.0, 0.0], [1 / 2, 1, 1]),
        ([3.0, 3.0, 1.0, 3.0, 0.0], [2 / 3, 1, 1]),
        ([1.0, 1.0, 1.0, 1.0, 1.0], [2 / 5, 7 / 10, 9 / 10]),
        ([9.0, 1.0, 1.0, 0.0, 1.0], [0, 1 / 3, 2 / 3]),
    ],
)
def test_ties_count_with_the_probability_of_a_hit(scores, hits):
    counts = count_ranks(torch.tensor([scores]), POSITIVE)
    got = [counts.recall(k) / 100 for k in (1, 2, 3)]
    assert got == pytest.approx(hits)


def test_chance_is_what_random_rankings_score():
    positive = torch.zeros(2, 30, dtype=torch.bool)
    positive[0, :4] = positive[1, :1] = True
    draws = 4000
    drawn = count_ranks(torch.rand(2 * draws, 30), positive.repeat(draws, 1))
    for k in (1, 5, 10):
        expected = count_ranks(torch.rand(2, 30), positive).chance().recall(k)
        assert drawn.recall(k) == pytest.approx(expected, abs=2.5)


def test_example_shows_the_ranking():
    example = show(
        torch.tensor([1.0, 0.0]),
        torch.tensor([[0.0, 1.0], [3.0, 1.0], [2.0, 0.0], [1.0, 0.0]]),
        torch.tensor([False, False, True, False]),
        ['a', 'b', 'c', 'd'],
        image=None,
        text='query',
        of_images=True,
    )
    assert example.candidates == ['b', 'c', 'd', 'a']
    assert example.correct == [False, True, False, False]
    assert example.rank == 2


def test_recall_of_no_answer_at_all_in_reach():
    counts = RankCounts(*(torch.tensor([n]) for n in (60, 0, 1, 99, 1)))
    assert counts.recall(50) == 0
