"""A catalogue's products come to training and validation by groups."""

from famevil_plugin.datasets.catalogue.product import Product
from famevil_plugin.datasets.catalogue.split import split_groups


def make_products(count: int, label: str, group_size: int) -> list[Product]:
    return [
        Product(str(n), (), title='x', label=label, group=str(n // group_size))
        for n in range(count)
    ]


def test_small_strata_stay_in_training() -> None:
    sides = split_groups(make_products(3, 'rare', 1), 0.15)
    assert set(sides.values()) == {'train'}


def test_strata_of_big_groups_reach_both_sides() -> None:
    sides = split_groups(make_products(24, 'coats', 8), 0.15)
    assert sorted(sides.values()) == ['train', 'train', 'val']


def test_no_validation_is_no_validation() -> None:
    sides = split_groups(make_products(24, 'coats', 2), 0)
    assert set(sides.values()) == {'train'}


def test_known_sides_are_kept() -> None:
    products = make_products(40, 'coats', 2)
    fixed = {str(n): 'val' for n in range(8)}
    sides = split_groups(products, 0.15, fixed=fixed)
    assert [sides[str(n)] for n in range(20)] == ['val'] * 8 + ['train'] * 12
