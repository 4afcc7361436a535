"""Places, recall under ties, and chance."""

import pytest
import torch

from famevil_plugin.evaluation.ranking import Places, place, rank_gallery, show

RIGHT = torch.tensor([[False, True, False, True, False]])


def test_counts_around_the_best_answer():
    places = place(torch.tensor([[3.0, 1.0, 2.0, 2.0, 1.0]]), RIGHT)
    assert [int(count) for count in places] == [1, 1, 1, 3, 2]


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
    places = place(torch.tensor([scores]), RIGHT)
    got = [places.recall(k) / 100 for k in (1, 2, 3)]
    assert got == pytest.approx(hits)


def test_chance_is_what_random_rankings_score():
    right = torch.zeros(2, 30, dtype=torch.bool)
    right[0, :4] = right[1, :1] = True
    draws = 4000
    luck = place(torch.rand(2 * draws, 30), right.repeat(draws, 1))
    for k in (1, 5, 10):
        expected = place(torch.rand(2, 30), right).blind().recall(k)
        assert luck.recall(k) == pytest.approx(expected, abs=2.5)


def test_constant_embeddings_score_chance():
    ids = torch.arange(20) % 7
    ones = torch.ones(20, 3)
    places = rank_gallery(ones, ones, ids, ids)
    for k in (1, 5, 10):
        assert places.recall(k) == places.blind().recall(k)


def test_chunks_do_not_matter():
    ids = torch.arange(101) % 40
    queries, gallery = torch.randn(101, 64), torch.randn(101, 64)
    gallery[50:] = gallery[:51].clone()  # pairs of equal candidates
    whole = rank_gallery(queries, gallery, ids, ids, chunk=1000)
    assert int(whole.beside.sum()) > 0
    for chunk in (1, 7, 64):
        parts = rank_gallery(queries, gallery, ids, ids, chunk)
        assert all(map(torch.equal, whole, parts))


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
    places = Places(*(torch.tensor([n]) for n in (60, 0, 1, 99, 1)))
    assert places.recall(50) == 0
