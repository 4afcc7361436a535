"""MiniFashion's words of attributes are those of its phrases."""

import re

import pytest

from famevil_plugin.datasets import FashionGen
from famevil_plugin.datasets.mini_fashion.attribute_words import (
    PATTERN_WORDS,
    attribute_words,
    name_attributes,
)
from famevil_plugin.datasets.mini_fashion.catalogue import attribute_ids
from famevil_plugin.datasets.mini_fashion.garments import PATTERNS, Garment
from famevil_plugin.datasets.mini_fashion.kinds import SUBCATEGORIES
from famevil_plugin.datasets.mini_fashion.phrases import SENTENCES, TITLE_WORDS
from famevil_plugin.evaluation.caption_attributes import FacetReader
from tests.conftest import draw_few

PATTERN = FacetReader(attribute_words()['pattern'])


def test_each_pattern_but_the_plain_one_has_words():
    assert set(PATTERN_WORDS) == set(PATTERNS) - {'solid'}


@pytest.mark.parametrize('second', ['red', 'sky blue'])
def test_every_sentence_names_its_pattern_and_no_other(second):
    words = dict(colour='navy', second=second, Second=second.capitalize())
    for (attribute, value), wordings in SENTENCES.items():
        for wording in wordings:
            named = PATTERN.read(wording.format_map(words))
            expected = {value} if attribute == 'pattern' else set()
            assert set(named) == expected, wording
    for value, wordings in TITLE_WORDS.items():
        for wording in wordings:
            expected = [value] if value in PATTERN_WORDS else []
            assert PATTERN.read(wording) == expected, wording


def test_the_truth_of_a_product():
    garment = Garment('SHIRT DRESSES', 'white', 'navy', 'check', 'linen')
    label = SUBCATEGORIES.index('SHIRT DRESSES')
    assert name_attributes(label, attribute_ids(garment)) == dict(
        kind=['shirt dress'], colours=['white', 'navy'], pattern=['check']
    )
    plain = name_attributes(None, attribute_ids(Garment('COATS', 'red')))
    assert plain == dict(kind=[], colours=['red'], pattern=[])


def test_items_of_an_evaluation_tell_the_truth(tmp_path, tmp_path_factory):
    data_root = draw_few(tmp_path_factory, 4, 3, 16, 16, 4, 4)
    data = FashionGen(str(data_root), 'val', 'fic', test_mode=True)
    assert re.match(
        r'{"kind": \["[a-z -]+"\], "col', data.get_data_info(0)['attributes']
    )
    assert set(data.metainfo['attribute_words']) == {'kind', 'colours', 'pattern'}
    for task, test_mode in (('fic', False), ('xmr', True)):
        other = FashionGen(str(data_root), 'val', task, test_mode=test_mode)
        assert 'attributes' not in other.get_data_info(0)
    # the same files without MiniFashion's marker are anybody's
    (tmp_path / 'FashionGen').symlink_to(data_root / 'FashionGen')
    other = FashionGen(str(tmp_path), 'val', 'fic', test_mode=True)
    assert 'attributes' not in other.get_data_info(0)
    assert 'attribute_words' not in other.metainfo
