"""The comparison that the parity tests rest on."""

import pytest
import torch

from .parity import Deviations


def test_within_tolerance_absolute_or_relative():
    deviations = Deviations()
    deviations.check('small', torch.tensor([1e-3 + 9e-6]), [1e-3])
    deviations.check('large', torch.tensor(1e4 + 0.0625), 1e4)
    assert [row.group for row in deviations.found] == ['small', 'large']
    assert deviations.found[1].absolute == 0.0625
    assert deviations.found[1].either == pytest.approx(6.25e-6)


@pytest.mark.parametrize('got', [1.1, float('nan')])
def test_beyond_tolerance(got):
    deviations = Deviations()
    with pytest.raises(AssertionError, match='logits: off by .*1e-05'):
        deviations.check('logits', torch.tensor([1.0, got]), [1.0, 1.0])
    assert len(deviations.found) == 1  # the table shows it all the same


def test_ids_must_be_equal():
    with pytest.raises(AssertionError, match='ids: off by 1.0e-05.*where 0e'):
        Deviations().check('ids', [7, 100_001], [7, 100_000])


def test_shapes_must_be_equal():
    with pytest.raises(AssertionError, match=r'shape \(2,\), got \(1,\)'):
        Deviations().check('ids', [7], [7, 7])


def test_table_shows_the_largest_of_a_group():
    deviations = Deviations()
    for got in (1.0, 1.0 + 2e-6, 1.0 + 1e-6):
        deviations.check('a', got, torch.tensor(1.0, dtype=torch.float64))
    assert deviations.table()[1].split() == ['a', '3', '2.0e-06', '2.0e-06']
