"""FashionGen and FashionIQ as the tasks read them, and the path to tensors."""

import json
from collections import Counter
from itertools import product

import pytest
import torch
from PIL import Image
from torch.utils.data import DataLoader

from famevil_plugin import datasets
from famevil_plugin.datasets import (
    BackboneInputs,
    ShortenText,
    TaskIndex,
    photo_files,
    transforms,
)
from famevil_plugin.datasets.protocols import MultiTaskData, TaskData
from famevil_plugin.findings import TaskStart
from tests.conftest import BACKBONE, TOKENIZER


def pipeline(augment=True):
    return [
        dict(type=datasets.LoadPhotos),
        dict(
            type=datasets.AugmentPhotos if augment else datasets.CentrePhotos, size=16
        ),
        dict(type=datasets.TokenizeText, tokenizer=TOKENIZER),
        dict(type=datasets.PackFashionInputs),
    ]


def ids(dataset):
    return [dataset.get_data_info(i)['product_id'] for i in range(len(dataset))]


def test_products_are_left_out_of_just_the_tasks_that_lack_something(data_root):
    by_task = {
        task: ids(datasets.FashionGen(str(data_root), 'train', task))
        for task in ('xmr', 'scr', 'fic')
    }
    assert by_task == dict(xmr=[7, 9], scr=[7, 8], fic=[7, 9])


def test_each_photo_and_text_is_evaluated_once(data_root):
    xmr = datasets.FashionGen(str(data_root), 'val', 'xmr', test_mode=True)
    items = [xmr.get_data_info(i) for i in range(len(xmr))]
    photos = [i for i in items if 'image_path' in i]
    texts = [i for i in items if 'text' in i]
    assert [i['product_id'] for i in photos] == [7, 7, 9]
    assert [i['product_id'] for i in texts] == [7, 9]
    assert not any(i in texts for i in photos)
    fic = datasets.FashionGen(str(data_root), 'val', 'fic', test_mode=True)
    assert ids(fic) == [7, 7, 9]
    assert fic.get_data_info(0)['text'] == 'Red Dress.A dress in red.'


class AttributeProducts(datasets.FashionGen):
    """Products with their attributes, as a task of another package."""

    def is_usable(self, product):
        return super().is_usable(product) and bool(product.attributes)

    def make_item(self, product, photos):
        return super().make_item(product, photos) | dict(
            back_paths=photos[-1:],
            attributes=torch.zeros(4).index_fill_(
                0, torch.tensor(product.attributes), 1.0
            ),
            attribute_ids=product.attributes,
        )


def test_a_task_of_any_name(data_root):
    path = data_root / 'FashionGen/train_info.json'
    products = json.loads(path.read_text())
    products[0]['attributes_id'] = [1, 3]
    products[1]['attributes_id'] = [0]
    path.write_text(json.dumps(products))
    options = dict(data_root=str(data_root), split='train', task='attributes')
    assert ids(datasets.FashionGen(needs=[], **options)) == [7, 8, 9]
    assert ids(datasets.FashionGen(needs=['text', 'label'], **options)) == [7]
    texts = datasets.FashionGen(
        needs=['text'], separate_texts=True, test_mode=True, **options
    )
    assert ids(texts) == [7, 7, 9, 7, 9]
    dataset = datasets.MultiTaskDataset(
        dict(
            attributes=AttributeProducts(
                needs=['label'], pipeline=pipeline(augment=False), **options
            )
        )
    )
    assert dataset.sizes == dict(attributes=2)
    item = dataset.datasets['attributes'][0]
    assert list(item['inputs']) == ['attributes', 'image', 'back', 'tokens']
    assert item['inputs']['back'].shape == (3, 16, 16)
    assert item['inputs']['attributes'].tolist() == [0, 1, 0, 1]
    sample = item['data_samples']
    assert sample.task == 'attributes' and sample.attribute_ids == [1, 3]
    assert sample.back_path.endswith('7_1.jpg')
    assert set(sample.keys()) == {
        'product_id',
        'text',
        'gt_label',
        'attribute_ids',
        'image_path',
        'back_path',
    }


def test_inputs_may_be_named():
    pack = datasets.PackFashionInputs(inputs=['tokens', 'image'])
    item = dict(task='t', sample_idx=0, image=torch.ones(2), weight=torch.ones(1))
    packed = pack(item)
    assert list(packed['inputs']) == ['image']
    assert packed['data_samples'].weight == 1


def test_triplets(data_root):
    train = datasets.FashionIQ(str(data_root), 'train')
    assert len(train) == 2
    item = train.get_data_info(0)
    assert item['text'] == 'is red, has dots'
    assert item['image_id'] == 'a' and item['target_id'] == 'b'
    val = datasets.FashionIQ(str(data_root), 'val', test_mode=True)
    kinds = ['target_id' in val.get_data_info(i) for i in range(len(val))]
    assert kinds == [True, True, False, False, False]


@pytest.mark.parametrize('suffix', ['.jpg', '.jpeg', '.png', '.JPG', '.webp'])
def test_photos_of_any_suffix(data_root, suffix):
    images = data_root / 'FashionIQ/images'
    for path in images.iterdir():
        Image.open(path).convert('RGB').save(path.with_suffix(suffix))
        if suffix != '.png':
            path.unlink()
    photos = [
        datasets.FashionIQ(str(data_root), 'train').get_data_info(i)['image_path']
        for i in range(2)
    ]
    assert photos == [str(images / f'{name}{suffix}') for name in 'ab']


def test_one_id_with_two_photos_is_read_alike_everywhere(data_root):
    photo = data_root / 'FashionIQ/images/a.png'
    for suffix in ('.jpeg', '.jpg'):
        Image.open(photo).save(photo.with_suffix(suffix))
        item = datasets.FashionIQ(str(data_root), 'train').get_data_info(0)
        assert item['image_path'] == str(photo.with_suffix(suffix))


def test_garments_come_from_the_data(data_root):
    iq = data_root / 'FashionIQ'
    for garment in ('toptee', 'rain boots', 'bags'):
        for split in ('train', 'val'):
            for source in (
                f'captions/cap.dress.{split}',
                f'image_splits/split.dress.{split}',
            ):
                target = iq / f'{source.replace("dress", garment)}.json'
                target.write_bytes((iq / f'{source}.json').read_bytes())
    names = ['dress', 'shirt', 'toptee', 'bags', 'rain boots']
    dataset = datasets.FashionIQ(str(data_root), 'val', test_mode=True)
    assert dataset.metainfo['garments'] == names
    found = [dataset.get_data_info(i)['garment'] for i in range(len(dataset))]
    assert list(dict.fromkeys(found)) == ['dress', 'toptee', 'bags', 'rain boots']
    narrow = datasets.FashionIQ(str(data_root), 'val', ['bags'], test_mode=True)
    assert narrow.metainfo['garments'] == ['bags'] and len(narrow) == 5
    with pytest.raises(FileNotFoundError, match='no annotations at .*cap.hats.val'):
        datasets.FashionIQ(str(data_root), 'val', garments=['hats'])
    with pytest.raises(
        FileNotFoundError,
        match=r"no triplets of 'tset' in .*captions: expected cap.<garment>.tset.json, "
        'the folder holds cap.bags.train.json',
    ):
        datasets.FashionIQ(str(data_root), 'tset')


def test_photos_in_folders(data_root):
    images = data_root / 'FashionIQ/images'
    (images / 'dress').mkdir()
    for name in 'ab':
        (images / f'{name}.png').rename(images / f'dress/{name}.png')
    Image.new('RGB', (9, 9)).save(images / 'b.gif')
    dataset = datasets.FashionIQ(str(data_root), 'train')
    assert [dataset.get_data_info(i)['image_path'] for i in range(2)] == [
        str(images / 'dress/a.png'),
        str(images / 'b.gif'),
    ]


@pytest.mark.parametrize(
    ('joining', 'text'),
    [
        (', ', 'is red, has dots'),
        ('and', 'is red and has dots'),
        (' and ', 'is red and has dots'),
    ],
)
def test_captions_are_joined(data_root, joining, text):
    dataset = datasets.FashionIQ(str(data_root), 'train', joining=joining)
    assert [dataset.get_data_info(i)['text'] for i in range(2)] == [text, 'is blue']


def test_both_orders_come_by_chance(data_root):
    dataset = datasets.FashionIQ(
        str(data_root), 'train', both_orders=True, pipeline=pipeline()
    )
    assert len(dataset) == 2
    texts = [[dataset[i]['data_samples'].text for i in range(2)] for _ in range(40)]
    assert {second for _, second in texts} == {'is blue'}
    counts = Counter(first for first, _ in texts)
    assert set(counts) == {'is red, has dots', 'has dots, is red'}
    assert min(counts.values()) > 8
    with pytest.raises(ValueError, match='both_orders=True is for training'):
        datasets.FashionIQ(str(data_root), 'val', both_orders=True, test_mode=True)


def test_triplets_without_a_word(data_root, monkeypatch):
    said = []
    monkeypatch.setattr(
        'famevil_plugin.datasets.fashion_iq.print_log',
        lambda message, **_: said.append(message),
    )
    for split in ('train', 'val'):
        path = data_root / f'FashionIQ/captions/cap.dress.{split}.json'
        triplets = json.loads(path.read_text())
        triplets[0]['captions'] = ['', ' \n']
        path.write_text(json.dumps(triplets))
    train = datasets.FashionIQ(str(data_root), 'train')
    assert [train.get_data_info(i)['image_id'] for i in range(len(train))] == ['b']
    val = datasets.FashionIQ(
        str(data_root), 'val', test_mode=True, pipeline=pipeline(augment=False)
    )
    assert len(val) == 5
    assert val[0]['data_samples'].text == ''
    assert int((val[0]['inputs']['tokens'] > 0).sum()) == 2
    assert [message.split()[-1] for message in said] == ['out', 'kept']
    assert all(message.startswith('1 of 2 triplets') for message in said)


def test_photos_of_triplets_are_candidates(data_root):
    path = data_root / 'FashionIQ/image_splits/split.dress.val.json'
    path.write_text(json.dumps(['a', 'c']))
    with pytest.raises(
        ValueError,
        match='split.dress.val.json lacks 1 photos '
        "of .*cap.dress.val.json, 'b' for one",
    ):
        datasets.FashionIQ(str(data_root), 'val', test_mode=True)
    assert len(datasets.FashionIQ(str(data_root), 'val')) == 2
    path.write_text(json.dumps(['a', 'b', 'c', 'b']))
    with pytest.raises(
        ValueError,
        match="split.dress.val.json: 1 ids are there more than once, 'b' for one",
    ):
        datasets.FashionIQ(str(data_root), 'val', test_mode=True)


def test_missing_photos_are_named(data_root):
    (data_root / 'FashionGen/images/7_1.jpg').unlink()
    (data_root / 'FashionIQ/images/c.png').unlink()
    with pytest.raises(
        FileNotFoundError,
        match='1 of 3 photos are missing in '
        ".*FashionGen: 'images/7_1.jpg'. .*missing=skip",
    ):
        datasets.FashionGen(str(data_root), 'train', 'xmr')
    for mode in (False, True):
        with pytest.raises(
            FileNotFoundError,
            match="1 of 3 photos are missing in .*images: 'c'. .*missing='skip'",
        ):
            datasets.FashionIQ(str(data_root), 'val', test_mode=mode)
    with pytest.raises(
        ValueError, match="missing='ignore': expected one of error, skip"
    ):
        datasets.FashionIQ(str(data_root), 'val', missing='ignore')


def test_photos_that_a_task_does_not_need_may_be_missing(data_root):
    (data_root / 'FashionGen/images/8_0.jpg').unlink()
    assert ids(datasets.FashionGen(str(data_root), 'train', 'fic')) == [7, 9]
    with pytest.raises(FileNotFoundError, match='8_0'):
        datasets.FashionGen(str(data_root), 'train', 'scr')


def test_what_missing_photos_of_products_take_away(data_root):
    def load(task):
        return datasets.FashionGen(
            str(data_root), 'val', task, test_mode=True, missing='skip'
        )

    whole = load('xmr')
    assert 'missing' not in whole.metainfo
    for photo in ('7_1', '9_0'):
        (data_root / f'FashionGen/images/{photo}.jpg').unlink()
    xmr = load('xmr')
    items = [xmr.get_data_info(i) for i in range(len(xmr))]
    assert [(i['product_id'], 'text' in i) for i in items] == [(7, False), (7, True)]
    assert xmr.metainfo['missing'] == dict(
        photos=2, products=1, queries=dict(i2t=2, t2i=1), gallery=dict(i2t=1, t2i=2)
    )
    assert load('fic').metainfo['missing'] == dict(photos=2, products=1, queries=2)
    scr = load('scr')
    assert ids(scr) == [7, 8]
    assert scr.metainfo['missing'] == dict(photos=1, products=0, queries=1)


def test_what_unreadable_photos_take_from_an_evaluation(data_root, monkeypatch):
    """They are left out, counted and named as not readable."""
    said = []
    monkeypatch.setattr(
        'famevil_plugin.datasets.photo_files.print_log',
        lambda message, **kwargs: said.append(message),
    )
    (data_root / 'FashionGen/images/7_1.jpg').unlink()
    for path in ('FashionGen/images/9_0.jpg', 'FashionIQ/images/c.png'):
        (data_root / path).write_bytes(b'no photo')
    settings = dict(test_mode=True, missing='skip')
    xmr = datasets.FashionGen(str(data_root), 'val', 'xmr', **settings)
    items = [xmr.get_data_info(i) for i in range(len(xmr))]
    assert [(i['product_id'], 'text' in i) for i in items] == [(7, False), (7, True)]
    assert xmr.metainfo['missing'] == dict(
        photos=2,
        unreadable=1,
        products=1,
        queries=dict(i2t=2, t2i=1),
        gallery=dict(i2t=1, t2i=2),
    )
    assert [message.split(':')[0].rsplit(' ', 1)[0] for message in said] == [
        '1 of 3 photos are missing in',
        '1 of 2 photos are not readable in',
    ]
    assert '9_0.jpg is not readable: expected one of JPEG' in said[1]
    tgir = datasets.FashionIQ(str(data_root), 'val', **settings)
    items = [tgir.get_data_info(i) for i in range(len(tgir))]
    assert [i['image_id'] for i in items if 'target_id' not in i] == ['a', 'b']
    assert tgir.metainfo['missing']['photos'] == 1
    assert tgir.metainfo['missing']['unreadable'] == 1
    assert tgir.metainfo['missing']['queries']['dress'] == 1
    # otherwise they are opened when they are asked for
    assert len(datasets.FashionIQ(str(data_root), 'val', test_mode=True)) == 5


@pytest.fixture
def training(data_root):
    """Three products of SCR's training, or as many as have a label."""

    def build(**settings):
        scr = datasets.FashionGen(
            str(data_root), 'train', 'scr', pipeline=pipeline(), **settings
        )
        return datasets.MultiTaskDataset(dict(scr=scr))

    return build


def test_unreadable_photos_are_passed_over_in_training(data_root, training):
    """The same item comes in whichever worker, and says so."""
    path = data_root / 'FashionGen/images/8_0.jpg'
    path.write_bytes(b'no photo')
    skipping = training(missing='skip')
    assert skipping.sizes == dict(scr=2)
    for _ in range(2):
        item = skipping[TaskIndex('scr', 1, 3)]
        assert item['data_samples'].product_id == 7
        (named,) = item['data_samples'].unreadable
        assert named.startswith(f'the photo {path} is not readable: expected one of')
        assert named.endswith("b'no photo'")
    assert 'unreadable' not in skipping[TaskIndex('scr', 0, 3)]['data_samples']
    with pytest.raises(ValueError, match="8_0.jpg is not .*Mend .*missing='skip'"):
        training()[TaskIndex('scr', 1, 3)]


def test_a_training_in_which_nothing_can_be_read(data_root, training):
    for photo in (data_root / 'FashionGen/images').iterdir():
        photo.write_bytes(b'')
    with pytest.raises(ValueError, match='2 items one after the other have photos'):
        training(missing='skip')[TaskIndex('scr', 1, 3)]


def at_start(dataset, **settings):
    """The findings of a pipeline before a run."""
    items = [dataset.get_data_info(i) for i in range(len(dataset))]
    start = TaskStart('train', 'xmr', items, len(items), 1, **settings)
    for transform in dataset.pipeline.transforms:
        if hasattr(transform, 'check_start'):
            transform.check_start(start)
    return start


def test_some_photos_are_opened_before_a_run(data_root):
    # the products 7 and 9; of 7 the first view is looked at
    (data_root / 'FashionGen/images/9_0.jpg').write_bytes(b'')
    (data_root / 'FashionIQ/images/b.png').write_bytes(b'no photo')
    products = datasets.FashionGen(str(data_root), 'train', 'xmr', pipeline=pipeline())
    (fault,) = at_start(products).faults
    assert fault.what == 'photos cannot be read, of some that were looked at'
    assert fault.names[0].endswith('9_0.jpg is not readable: the file is empty')
    assert "missing='skip'" in fault.remedy
    skipping = at_start(products, missing='skip')
    assert not skipping.faults and skipping.notes[0].names == fault.names
    triplets = datasets.FashionIQ(str(data_root), 'train', pipeline=pipeline())
    (fault,) = at_start(triplets).faults
    assert [name.partition(' is ')[0][-5:] for name in fault.names] == ['b.png']


def test_looking_at_photos_is_bounded(data_root, monkeypatch):
    """In their number, and in time."""
    for photo in (data_root / 'FashionGen/images').iterdir():
        photo.write_bytes(b'')
    products = datasets.FashionGen(str(data_root), 'train', 'xmr', pipeline=pipeline())
    assert len(at_start(products).faults[0].names) == 2
    with monkeypatch.context() as few:
        few.setattr(transforms, 'PHOTOS_AT_START', 1)
        assert len(at_start(products).faults[0].names) == 1
    paths = [str(path) for path in (data_root / 'FashionGen/images').iterdir()]
    assert len(photo_files.find_unreadable(paths)) == 4
    assert len(photo_files.find_unreadable(paths, seconds=-1)) == 1


@pytest.mark.parametrize('lost, notes', [(0, 0), (1, 0), (9, 1)])
def test_a_long_text_now_and_then_is_not_told(lost, notes):
    fitting = TOKENIZER['context_length'] - 2
    others = product('abcdefghijkl', repeat=2)
    items = [dict(text=f'{a} {b}' + ' q' * (fitting - 2)) for a, b in others]
    items.append(dict(text='q ' * (fitting + lost)))
    start = TaskStart('train', 'xmr', items, len(items), 1)
    datasets.TokenizeText(TOKENIZER).check_start(start)
    assert len(start.notes) == notes


def test_what_is_cut_from_texts_is_told_before_a_run(data_root):
    path = data_root / 'FashionGen/train_info.json'
    products = json.loads(path.read_text())
    products[0].update(title='q ' * 30, description=None)
    products[2].update(title='q ' * 10, description=None)
    path.write_text(json.dumps(products))
    xmr = datasets.FashionGen(str(data_root), 'train', 'xmr', pipeline=pipeline())
    (note,) = at_start(xmr).notes
    # 22 of 30 tokens fit between the two ends
    assert note.spell() == (
        'texts are cut at 24 tokens (1): 1 of 2 that were looked at, 20.0 % of their '
        'tokens'
    )
    assert BackboneInputs(BACKBONE).tokenize.tokenizer.context_length == 24
    baseline = datasets.FashionGen(
        str(data_root),
        'train',
        'xmr',
        pipeline=[dict(type=BackboneInputs, backbone=BACKBONE)],
    )
    assert at_start(baseline).notes == [note]


def test_what_missing_photos_take_from_both_protocols(data_root):
    (data_root / 'FashionIQ/images/c.png').unlink()
    dataset = datasets.FashionIQ(str(data_root), 'val', test_mode=True, missing='skip')
    items = [dataset.get_data_info(i) for i in range(len(dataset))]
    assert [i['image_id'] for i in items if 'target_id' in i] == ['a']
    assert [i['image_id'] for i in items if 'target_id' not in i] == ['a', 'b']
    none = dict(shirt=0, toptee=0)
    assert dataset.metainfo['missing'] == dict(
        photos=1,
        queries=dict(dress=1, **none),
        gallery=dict(original=dict(dress=1, **none), val=dict(dress=1, **none)),
    )


def test_what_a_data_set_owes(data_root):
    products = datasets.FashionGen(str(data_root), 'train', 'xmr')
    triplets = datasets.FashionIQ(str(data_root), 'train')
    several = datasets.MultiTaskDataset(dict(xmr=products, tgir=triplets))
    assert isinstance(products, TaskData) and isinstance(triplets, TaskData)
    assert isinstance(several, MultiTaskData)
    assert not isinstance([], TaskData) and not isinstance(products, MultiTaskData)


def test_items_depend_on_their_index_alone(data_root):
    dataset = datasets.MultiTaskDataset(
        {
            task: dict(
                type=datasets.FashionGen,
                data_root=str(data_root),
                split='train',
                task=task,
                pipeline=pipeline(),
            )
            for task in ('xmr', 'scr')
        }
    )
    batches = []
    for workers in (0, 1, 2):
        torch.manual_seed(workers)
        loader = DataLoader(
            dataset,
            batch_size=2,
            num_workers=workers,
            sampler=datasets.TaskSampler(dataset, 2, seed=0),
            collate_fn=datasets.collate_batch,
        )
        iterator = iter(loader)
        batches.append([next(iterator) for _ in range(6)])
        del iterator
    for first, *others in zip(*batches):
        for other in others:
            assert torch.equal(first['inputs']['image'], other['inputs']['image'])
            assert torch.equal(first['inputs']['tokens'], other['inputs']['tokens'])
    images = torch.cat([b['inputs']['image'] for b in batches[0]])
    assert images.dtype == torch.uint8 and images.shape[1:] == (3, 16, 16)
    assert len(images.unique(dim=0)) > 2


def test_seeding_an_item_leaves_the_callers_randomness_alone(data_root):
    dataset = datasets.MultiTaskDataset(
        dict(
            xmr=dict(
                type=datasets.FashionGen,
                data_root=str(data_root),
                split='train',
                task='xmr',
                pipeline=pipeline(),
            )
        )
    )
    sampler = datasets.TaskSampler(dataset, 1, seed=0)
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    dataset[next(iter(sampler))]
    assert torch.equal(torch.rand(1), expected)


def test_evaluation_batches_stack_what_each_item_brings(data_root):
    dataset = datasets.FashionGen(
        str(data_root), 'val', 'xmr', test_mode=True, pipeline=pipeline(augment=False)
    )
    batch = datasets.collate_batch([dataset[i] for i in range(len(dataset))])
    assert batch['inputs']['image'].shape == (3, 3, 16, 16)
    assert batch['inputs']['tokens'].shape == (2, 24)
    assert [s.inputs for s in batch['data_samples']] == [('image',)] * 3 + [
        ('tokens',)
    ] * 2
    assert [s.sample_idx for s in batch['data_samples']] == list(range(5))
    gallery = datasets.FashionIQ(
        str(data_root), 'val', test_mode=True, pipeline=pipeline(augment=False)
    )
    item = gallery[2]
    assert set(item['inputs']) == {'target_image'}
    assert item['data_samples'].target_image_path.endswith('a.png')
    assert 'image_path' not in item['data_samples']


def test_missing_data_root():
    with pytest.raises(
        FileNotFoundError, match="data_root 'nowhere' does not exist.*catalogue"
    ):
        datasets.FashionGen('nowhere', 'train', 'xmr')


def test_missing_and_broken_annotations(data_root):
    with pytest.raises(FileNotFoundError, match='tset_info.json.*val_info'):
        datasets.FashionGen(str(data_root), 'tset', 'xmr')
    (data_root / 'FashionGen' / 'train_info.json').write_text('[{')
    with pytest.raises(ValueError, match='no valid JSON'):
        datasets.FashionGen(str(data_root), 'train', 'xmr')
    (data_root / 'FashionGen' / 'train_info.json').write_text('{}')
    with pytest.raises(ValueError, match='must hold a JSON list, got a dict'):
        datasets.FashionGen(str(data_root), 'train', 'xmr')


def test_tasks_that_have_no_data(data_root):
    with pytest.raises(
        ValueError, match="what the task 'tgir' needs of a product: set `needs` to"
    ):
        datasets.FashionGen(str(data_root), 'train', 'tgir')
    with pytest.raises(ValueError, match=r"needs=\['price'\] .* some of text, label"):
        datasets.FashionGen(str(data_root), 'train', 'worth', needs=['price'])
    captions = data_root / 'FashionIQ' / 'captions' / 'cap.dress.train.json'
    captions.write_text(json.dumps([]))
    message = "no items for task 'tgir' in .*FashionIQ"
    with pytest.raises(ValueError, match=message):
        datasets.FashionIQ(str(data_root), 'train')


def test_a_photo_that_cannot_be_read(data_root):
    path = data_root / 'FashionGen/images/7_0.jpg'
    whole = path.read_bytes()
    dataset = datasets.FashionGen(
        str(data_root), 'val', 'fic', test_mode=True, pipeline=pipeline(augment=False)
    )
    for content, reason in (
        (b'no photo', "expected one of JPEG, .* begins with b'no photo'"),
        (b'', 'the file is empty'),
        (whole[: len(whole) // 2], 'truncated'),
    ):
        path.write_bytes(content)
        with pytest.raises(
            ValueError, match=f'the photo .*7_0.jpg is not readable: .*{reason}.*Mend'
        ):
            dataset[0]
    path.unlink()
    with pytest.raises(ValueError, match='7_0.jpg is missing. Mend'):
        dataset[0]


def test_texts_are_cut_by_chance_after_a_few_words():
    text = 'Black Leather Ankle Boots.Leather ankle boots in black. Block heel.'
    cut = ShortenText(share=0.5)
    seen = [cut.transform(dict(text=text))['text'] for _ in range(200)]
    short = [one for one in seen if one != text]
    assert 60 < len(short) < 140
    assert all(text.startswith(one) and len(one.split()) >= 2 for one in short)
    counts = Counter(len(one.split()) for one in short)
    assert counts.keys() == set(range(2, len(text.split())))
    # as many of two to three words as of four to seven
    few, more = counts[2] + counts[3], sum(counts[n] for n in range(4, 8))
    assert few == pytest.approx(more, abs=30) and few > 15
    assert not any(one.endswith('.') for one in short)
    assert ShortenText(share=1).transform(dict(text='Red Dress'))['text'] == 'Red Dress'
    assert ShortenText(share=0).transform(dict(text=text))['text'] == text
    assert ShortenText(share=1).transform(dict(task='fic')) == dict(task='fic')
