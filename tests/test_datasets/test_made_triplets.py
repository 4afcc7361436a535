"""Triplets made of attributes: pairs, texts, marks; and the example export."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from famevil_plugin.datasets import FashionIQ
from famevil_plugin.datasets.catalogue import (
    CatalogueError,
    convert_catalogue,
    read_manifest,
)
from famevil_plugin.datasets.catalogue.example import (
    EXAMPLE_CSV,
    draw_example,
    example_csv,
)
from famevil_plugin.datasets.catalogue.made_triplets import (
    MAX_DIFFERENCES,
    Shown,
    make_triplets,
)
from famevil_plugin.datasets.verification import verify
from famevil_plugin.evaluation import ComposedRecall

COLOURS = ('red', 'blue', 'green', 'black')


def show(number: int, **attributes: str) -> Shown:
    kind = ('Dress', 'Shoe')[number % 2]
    return Shown(f'{number}_0', kind, None, tuple(attributes.items()))


def make_side(count: int, first: int = 0) -> list[Shown]:
    """Products whose colour, pattern and length all vary."""
    return [
        show(
            number,
            colour=COLOURS[number // 2 % 4],
            pattern=('solid', 'dots')[number // 8 % 2],
            length=('mini', 'maxi', 'Midi')[number // 16 % 3],
        )
        for number in range(first, first + count)
    ]


def test_pairs_differ_in_little_and_say_it() -> None:
    sides = dict(train=make_side(96), val=make_side(48, 96))
    parts = make_triplets(sides)
    assert set(parts) == {(g, s) for g in ('dress', 'shoe') for s in sides}
    for (garment, split), (triplets, gallery) in parts.items():
        shown = {one.photo: one for one in sides[split]}
        assert gallery == sorted(
            photo for photo, one in shown.items() if one.label.lower() == garment
        )
        assert len(triplets) > len(gallery)
        for triplet in triplets:
            old, new = shown[triplet['candidate']], shown[triplet['target']]
            assert old.label == new.label and triplet['machine_made'] is True
            changed = {
                name: (before, after)
                for (name, before), (_, after) in zip(old.attributes, new.attributes)
                if before != after
            }
            assert 1 <= len(changed) <= MAX_DIFFERENCES
            absolute, relative = triplet['captions']
            for before, after in changed.values():
                assert after.casefold() in absolute and after.casefold() in relative
                assert before.casefold() in relative
                assert before.casefold() not in absolute.replace(after.casefold(), '')
    assert parts == make_triplets(sides) != make_triplets(sides, seed=1)


def test_small_galleries_are_one() -> None:
    parts = make_triplets(dict(train=make_side(40), val=make_side(16)))
    assert {garment for garment, _ in parts} == {'others'}


def test_unknown_attributes_are_no_difference() -> None:
    known = [show(0, colour='red'), show(2, pattern='dots'), show(4, colour='red')]
    with pytest.raises(
        CatalogueError,
        match=(
            'no two products of train are of one sub-category and differ in one or two '
            r'attributes alone; found are colour \(4 products\), pattern \(2 prod'
            '.* Name their columns, as by --columns label=type attri'
        ),
    ):
        make_triplets(dict(train=known, val=known))


def test_the_mark_is_in_the_name_of_the_protocol(tmp_path: Path) -> None:
    dress = dict(garment='dress', image_id='a')
    rows: list[dict[str, Any]] = [
        dict(**dress, sample_idx=0, target_id='a', query_embedding=torch.ones(2)),
        dict(**dress, sample_idx=1, target_embedding=torch.ones(2)),
    ]
    protocols = []
    for machine_made in (False, True):
        metric = ComposedRecall('val')
        metric.dataset_meta = dict(machine_made=machine_made)
        metric.process(None, rows)
        metric.evaluate(size=2)
        protocols.append(metric.facts['protocol'])
    assert protocols == ['val', 'val, machine-made triplets']


@pytest.fixture(scope='module')
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example export with its photos, converted with made triplets."""
    folder = tmp_path_factory.mktemp('example')
    export = draw_example(folder / 'shop', workers=1)
    assert draw_example(folder / 'shop') == export
    convert_catalogue(
        read_manifest(export), folder / 'out', max_side=64, with_made_triplets=True
    )
    return folder / 'out'


def test_the_example_is_what_the_package_makes() -> None:
    assert EXAMPLE_CSV.read_text('utf-8') == example_csv()


@pytest.mark.slow
def test_the_example_serves_all_tasks(example: Path) -> None:
    assert not (example / 'left_out.csv').exists()
    reports = verify(example, quick=True)
    assert [report.faults for report in reports] == [[], []]
    for split in ('train', 'val'):
        data = FashionIQ(str(example), split)
        assert data.metainfo['machine_made'] and len(data) >= 18
        (captions,) = (example / 'FashionIQ/captions').glob(f'cap.*.{split}.json')
        triplets = json.loads(captions.read_text())
        assert all(triplet['machine_made'] for triplet in triplets)


def test_a_folder_with_other_files_is_no_place_for_the_example(tmp_path: Path) -> None:
    (tmp_path / 'thesis.txt').write_text('precious')
    with pytest.raises(ValueError, match='expected the example export or an empty fol'):
        draw_example(tmp_path)
