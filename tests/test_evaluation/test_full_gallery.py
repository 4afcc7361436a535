"""A whole gallery's ranks: exact, and in bounded memory."""

import pytest
import torch

from famevil_plugin.evaluation import full_gallery
from famevil_plugin.evaluation.full_gallery import rank_gallery
from famevil_plugin.evaluation.ranking import count_ranks, score


def rank_plainly(queries, gallery, query_ids, gallery_ids):
    """All scores at once."""
    return count_ranks(score(queries, gallery.T), query_ids[:, None] == gallery_ids)


@pytest.fixture(params=[(256, 4096), (1, 1), (7, 13)], ids=str)
def block(request, monkeypatch):
    monkeypatch.setattr(full_gallery, 'BLOCK', request.param)


def embeddings(kind, count):
    rows = torch.nn.functional.normalize(torch.randn(count, 64))
    return {
        'distinct': rows,
        'repeated': rows[torch.randint(count // 4, (count,))],
        # neighbours nearer than single precision tells from a sum of 64 terms
        'crowded': rows[:1] + 1e-6 * rows,
        'coarse': (rows * 4).round(),
        'zero': torch.zeros_like(rows),
        'long': rows * 1e4,
        'double': rows.double(),
        'half': rows.half(),
    }[kind]


@pytest.mark.usefixtures('block')
@pytest.mark.parametrize(
    'kind',
    ['distinct', 'repeated', 'crowded', 'coarse', 'zero', 'long', 'double', 'half'],
)
def test_every_count_is_that_of_all_scores_at_once(kind):
    ids = torch.randint(40, (150,)).unique_consecutive()
    gallery_ids = torch.cat([ids, torch.randint(60, (60,))])
    queries, gallery = embeddings(kind, len(ids)), embeddings(kind, len(gallery_ids))
    expected = rank_plainly(queries, gallery, ids, gallery_ids)
    counted = rank_gallery(queries, gallery, ids, gallery_ids)
    for name, wanted, got in zip(expected._fields, expected, counted):
        assert torch.equal(wanted, got), name


@pytest.mark.usefixtures('block')
def test_equal_candidates_tie():
    ids = torch.arange(101) % 40
    queries, gallery = torch.randn(101, 64), torch.randn(101, 64)
    gallery[50:] = gallery[:51].clone()
    counts = rank_gallery(queries, gallery, ids, ids)
    assert int(counts.tied_negatives.sum()) > 0


def test_constant_embeddings_score_chance():
    ids = torch.arange(20) % 7
    ones = torch.ones(20, 3)
    counts = rank_gallery(ones, ones, ids, ids)
    for k in (1, 5, 10):
        assert counts.recall(k) == counts.chance().recall(k)


def test_few_products_are_scored_one_by_one(monkeypatch):
    """Else the bound is too wide to be of use."""
    scored = []
    pairs = full_gallery._score_pairs
    monkeypatch.setattr(
        full_gallery,
        '_score_pairs',
        lambda *given: scored.append(len(given[2])) or pairs(*given),
    )
    queries = torch.nn.functional.normalize(torch.randn(100, 512))
    gallery = torch.nn.functional.normalize(torch.randn(5000, 512))
    rank_gallery(queries, gallery, torch.arange(100), torch.arange(5000))
    assert 100 <= sum(scored) < 100 * 5000 / 200
