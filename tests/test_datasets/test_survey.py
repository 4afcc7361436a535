"""Which tasks a data root serves, as the data sets' classes say it."""

import json
import shutil

import pytest

from famevil_plugin.datasets import FashionGen, FashionIQ
from famevil_plugin.datasets.survey import Survey, survey


def change(data_root, **fields):
    for split in ('train', 'val'):
        path = data_root / f'FashionGen/{split}_info.json'
        products = json.loads(path.read_text())
        path.write_text(json.dumps([product | fields for product in products]))


def look(data_root, task, split='train', **more):
    kind = dict(type=FashionIQ) if task == 'tgir' else dict(type=FashionGen, task=task)
    return survey(dict(**kind, data_root=str(data_root), split=split, **more))


def test_counts_what_a_data_set_would_have(data_root):
    assert look(data_root, 'xmr') == look(data_root, 'fic') == Survey(2, labels=2)
    assert look(data_root, 'scr') == Survey(2, labels=2)
    assert look(data_root, 'tgir') == Survey(2)
    for task in ('xmr', 'scr', 'fic'):
        data = FashionGen(str(data_root), 'train', task)
        assert look(data_root, task).items == len(data)
    # no photo is looked for, and a named class and a pipeline are settings
    shutil.rmtree(data_root / 'FashionGen/images')
    named = dict(type='FashionGen', task='xmr', pipeline=[dict(type='Nothing')])
    assert survey(dict(named, data_root=str(data_root), split='val')).items == 2


def test_labels_where_nothing_names_them(data_root):
    (data_root / 'FashionGen/subcategories.json').unlink()
    change(data_root, subcategory_id=6)
    assert look(data_root, 'scr') == Survey(3, labels=7)


def test_says_what_is_missing(data_root):
    change(data_root, title='', description=None, subcategory_id=None)
    source = data_root / 'FashionGen/train_info.json'
    for task, lack in dict(xmr='a text', scr='a sub-category', fic='a text').items():
        assert look(data_root, task) == Survey(
            0, f'none of the 3 products in {source} has {lack}'
        )
    change(data_root, images=[])
    assert look(data_root, 'xmr').lack.endswith('has a photo and a text')
    source.write_text('[]')
    assert look(data_root, 'xmr').lack == f'{source} has no products'
    source.unlink()
    assert look(data_root, 'xmr').lack == f'there is no {source}'
    assert 'val_info.json has a photo and a text' in look(data_root, 'fic', 'val').lack


def test_triplets_that_are_missing(data_root):
    captions = data_root / 'FashionIQ/captions'
    for path in captions.glob('*.train.json'):
        blank = [t | dict(captions=['']) for t in json.loads(path.read_text())]
        path.write_text(json.dumps(blank))
    assert look(data_root, 'tgir').lack == (
        'no triplets with a caption are in cap.dress.train.json, cap.shirt.train.json, '
        f'cap.toptee.train.json of {captions}'
    )
    # an evaluation counts all
    for path in captions.glob('*.train.json'):
        path.rename(path.with_name(path.name.replace('train', 'val')))
    assert look(data_root, 'tgir', 'val', test_mode=True).items == 2
    lack = look(data_root, 'tgir').lack
    assert lack.startswith(f"no triplets of 'train' in {captions}")


def test_what_cannot_be_read_is_an_error(data_root):
    (data_root / 'FashionGen/train_info.json').write_text('{')
    with pytest.raises(ValueError, match='train_info.json is no valid JSON'):
        look(data_root, 'xmr')
    with pytest.raises(FileNotFoundError, match="data_root 'nowhere'.*\n  FashionGen/"):
        look('nowhere', 'xmr')


class WithPattern(FashionGen):
    """Asks more of a product than FashionGen."""

    def is_usable(self, product):
        return super().is_usable(product) and 'Red' in product.text


def test_other_data_sets(data_root):
    place = dict(data_root=str(data_root), split='train')
    assert survey(dict(type=WithPattern, task='xmr', **place)).items == 1
    assert survey(dict(type=list)) is None
