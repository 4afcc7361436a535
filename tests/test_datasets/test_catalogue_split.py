"""A catalogue's products come to training and validation by groups."""

from famevil_plugin.datasets.catalogue.product import Product
from famevil_plugin.datasets.catalogue.split import split_groups


def make_products(count: int, label: str, group_size: int) -> list[Product]:
    return [
        Product(str(n), (), title='x', label=label, group=str(n // group_size))
        for n in range(count)
    ]


def test_small_strata_stay_in_training() -> None:
    rare = [p._replace(group=f'rare {p.group}') for p in make_products(3, 'rare', 1)]
    sides = split_groups([*make_products(40, 'coats', 1), *rare], 0.15)
    assert {sides[product.group] for product in rare} == {'train'}
    assert list(sides.values()).count('val') == 6


def test_small_strata_are_held_out_where_there_are_no_others() -> None:
    """Validation keeps its share, and no stratum leaves training."""
    products = [
        Product(f'{label} {n}', (), 'x', label=str(label), group=f'{label} {n}')
        for label in range(50)
        for n in range(2)
    ]
    sides = split_groups(products, 0.15)
    assert list(sides.values()).count('val') == 15
    kept = {p.label for p in products if sides[p.group] == 'train'}
    assert len(kept) == 50


def test_each_side_gets_one_of_two() -> None:
    products = [Product(n, (), 'x', label=n, group=n) for n in 'ab']
    assert sorted(split_groups(products, 0.15).values()) == ['train', 'val']


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
