"""Properties of IAS and IMTL-G."""

import pytest
import torch

from famevil_plugin.engine import adaptive_scales, combine_impartially

REFERENCES = dict(xmr=70.0, tgir=60.0, scr=90.0, fic=40.0)


def test_tasks_behind_are_pulled():
    scales = adaptive_scales(dict(xmr=71.0, tgir=59.0, scr=90.0, fic=40.0), REFERENCES)
    assert scales['xmr'] < 1 < scales['tgir']
    assert all(0.5 <= scale <= 1.5 for scale in scales.values())


def test_far_from_the_references_all_weigh_the_same():
    scales = adaptive_scales(dict(xmr=30.0, tgir=20.0, scr=50.0, fic=10.0), REFERENCES)
    assert scales == pytest.approx(dict.fromkeys(REFERENCES, 1.0), abs=1e-6)


def test_a_scale_ends_at_gamma():
    scales = adaptive_scales(
        dict(xmr=75.0, tgir=40.0, scr=93.0, fic=38.0), REFERENCES, gamma=0.25
    )
    assert scales == dict(xmr=0.75, tgir=1.25, scr=0.75, fic=0.75)


def test_units_cancel():
    scores = dict(xmr=68.0, tgir=57.0, scr=91.0, fic=39.0)
    assert adaptive_scales(scores, REFERENCES) == pytest.approx(
        adaptive_scales(
            {task: v / 100 for task, v in scores.items()},
            {task: v / 100 for task, v in REFERENCES.items()},
        )
    )


def test_scores_and_references_that_do_not_fit():
    with pytest.raises(ValueError, match='same tasks, got xmr and xmr, fic'):
        adaptive_scales(dict(xmr=1.0), dict(xmr=1.0, fic=2.0))
    with pytest.raises(ValueError, match=r'of fic must be positive, got \[0'):
        adaptive_scales(dict(xmr=1.0, fic=1.0), dict(xmr=1.0, fic=0.0))


def projections(combined, gradients):
    return torch.stack([(combined * g).sum() / g.norm() for g in gradients])


@pytest.mark.parametrize('tasks', [2, 3, 4])
@pytest.mark.parametrize('sizes', [1.0, 100.0])
def test_projections_are_equal(tasks, sizes):
    gradients = [torch.randn(6, 5) * sizes**n for n in range(tasks)]
    combined = combine_impartially(gradients)
    assert combined.shape == (6, 5)
    onto = projections(combined, gradients)
    torch.testing.assert_close(onto, onto.mean().expand(tasks), rtol=1e-3, atol=1e-5)


def test_order_does_not_matter_and_size_carries_over():
    gradients = list(torch.randn(4, 8))
    combined = combine_impartially(gradients)
    torch.testing.assert_close(combine_impartially(gradients[::-1]), combined)
    torch.testing.assert_close(
        combine_impartially([3 * g for g in gradients]), 3 * combined
    )


def test_tasks_that_do_not_reach_a_parameter():
    first, second = torch.randn(2, 3, 3)
    both = combine_impartially([first, second])
    assert torch.equal(
        combine_impartially([None, first, torch.zeros(3, 3), second]), both
    )
    assert torch.equal(combine_impartially([None, first]), first)
    assert torch.equal(combine_impartially([None, torch.zeros(2)]), torch.zeros(2))
    assert combine_impartially([None, None]) is None


def test_equal_gradients_stay():
    gradient, other = torch.randn(2, 7)
    torch.testing.assert_close(combine_impartially([gradient] * 3), gradient)
    # two of three equal: as if they were one
    torch.testing.assert_close(
        combine_impartially([gradient, gradient, other]),
        combine_impartially([gradient, other]),
    )


def test_fewer_elements_than_tasks():
    scalars = [torch.tensor([value]) for value in (1.0, 2.0, 6.0)]
    assert combine_impartially(scalars) == torch.tensor([3.0])
    assert combine_impartially(list(torch.randn(4, 2))).norm() < 1e-5
