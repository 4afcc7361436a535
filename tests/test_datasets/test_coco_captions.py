"""COCO's captions: items, errors, scores against all references, results."""

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import pytest
from mmengine.config import Config
from pycocotools.coco import COCO

from famevil_plugin.datasets import COCOCaptions
from famevil_plugin.datasets.survey import Survey, survey
from famevil_plugin.evaluation import CaptionScores
from famevil_plugin.evaluation.coco_results import write_coco_results
from famevil_plugin.evaluation.predictions import Predictions
from famevil_plugin.registry import DATASETS
from tests.conftest import ROOT

from .conftest import write_json, write_photo

CAPTIONS = {
    3: ['A red dress.', 'red dress on a  hanger\n'],
    5: ['Blue boots', ' '],
    8: [],
}


def annotations() -> dict[str, Any]:
    pairs = [(number, text) for number, some in CAPTIONS.items() for text in some]
    return dict(
        info={},
        images=[
            dict(id=number, file_name=f'{number:012}.jpg', width=30, height=40)
            for number in CAPTIONS
        ],
        annotations=[
            dict(id=place, image_id=number, caption=text)
            for place, (number, text) in enumerate(pairs)
        ],
    )


@pytest.fixture
def coco(tmp_path: Path) -> Path:
    """A data root in COCO's layout, train and val alike."""
    for split in ('train2017', 'val2017'):
        write_json(tmp_path / f'annotations/captions_{split}.json', annotations())
        for number in CAPTIONS:
            write_photo(tmp_path / split / f'{number:012}.jpg', number)
    return tmp_path


def test_training_items_have_all_captions(coco: Path, capsys: Any) -> None:
    data = COCOCaptions(str(coco), 'train', 'fic')
    assert [data.get_data_info(n)['texts'] for n in range(len(data))] == [
        ['A red dress.', 'red dress on a hanger'],
        ['Blue boots'],
    ]
    first = data.get_data_info(0)
    assert first['image_path'] == str(coco / 'train2017/000000000003.jpg')
    assert first['product_id'] == 3
    assert capsys.readouterr().out == ''


def test_evaluated_items(coco: Path) -> None:
    xmr = COCOCaptions(str(coco), 'val2017', 'xmr', test_mode=True)
    items = [xmr.get_data_info(n) for n in range(len(xmr))]
    assert [(i['product_id'], 'image_path' in i, i.get('text')) for i in items] == [
        (3, True, None),
        (5, True, None),
        (3, False, 'A red dress.'),
        (3, False, 'red dress on a hanger'),
        (5, False, 'Blue boots'),
    ]
    fic = COCOCaptions(str(coco), 'val', 'fic', test_mode=True)
    item = fic.get_data_info(0)
    assert item['text'] == 'A red dress.'
    assert item['references'] == 'A red dress.\nred dress on a hanger'


@pytest.mark.parametrize('folder', ['images/val2017', 'images', '.', 'elsewhere'])
def test_where_photos_may_be(coco: Path, folder: str) -> None:
    place = coco / folder
    place.mkdir(parents=True, exist_ok=True)
    for photo in (coco / 'val2017').iterdir():
        photo.rename(place / photo.name)
    (coco / 'val2017').rmdir()
    given = dict(images='elsewhere') if folder == 'elsewhere' else {}
    data = COCOCaptions(str(coco), 'val', 'fic', **given)
    assert Path(data.get_data_info(0)['image_path']).parent == place.resolve()


def test_missing_photos(coco: Path) -> None:
    (coco / 'val2017/000000000003.jpg').unlink()
    with pytest.raises(FileNotFoundError, match='1 of 2 photos are missing in .*val20'):
        COCOCaptions(str(coco), 'val', 'fic')
    data = COCOCaptions(str(coco), 'val', 'xmr', missing='skip', test_mode=True)
    assert len(data) == 2
    assert data.metainfo['missing'] == dict(photos=1, queries=dict(i2t=1, t2i=2))


def test_a_survey_counts_photos_with_captions(coco: Path) -> None:
    def look(root: Path, split: str = 'val') -> Survey | None:
        settings = dict(type=COCOCaptions, task='fic', data_root=str(root))
        return survey(settings | dict(split=split, test_mode=True, pipeline=['x']))

    assert look(coco) == look(coco, 'train2017') == Survey(2)
    found = look(coco, 'test')
    assert found and found.items == 0
    assert found.lack.startswith(f"no captions of 'test' in {coco / 'annotations'}: ex")
    change(coco, annotations=[])
    source = coco / 'annotations/captions_val2017.json'
    assert look(coco) == Survey(0, f'no photo in {source} has a caption')
    with pytest.raises(FileNotFoundError, match="no captions of 'val' in .*nowhere/"):
        look(coco / 'nowhere')


def change(coco: Path, **fields: Any) -> None:
    content = annotations()
    content.update(fields)
    write_json(coco / 'annotations/captions_val2017.json', content)


@pytest.mark.parametrize(
    ('fields', 'message'),
    [
        (dict(images=[dict(id='x', file_name='a.jpg')]), "image 'x' must have a whole"),
        (dict(images=[dict(id=1, file_name='../a')]), "'file_name' must be a path ins"),
        (dict(images=[dict(id=1)]), "'file_name' must be a path inside .* got None"),
        (dict(images=[3]), "val2017.json is not in COCO's format: expected an object"),
        (
            dict(annotations=[dict(id=1, image_id=3)]),
            "'caption' of an annotation must be a ",
        ),
        (dict(annotations=[dict(caption='x')]), "is not in COCO's format"),
        (dict(annotations=[]), "no items for task 'fic' in .*captions_val2017.json"),
    ],
)
def test_wrong_files_are_named(
    coco: Path, fields: dict[str, Any], message: str
) -> None:
    change(coco, **fields)
    with pytest.raises(ValueError, match=message):
        COCOCaptions(str(coco), 'val', 'fic')


@pytest.mark.parametrize('content', ['[]', '{', '3', '[' * 100_000])
def test_no_coco_at_all(coco: Path, content: str) -> None:
    (coco / 'annotations/captions_val2017.json').write_text(content)
    with pytest.raises(ValueError, match="captions_val2017.json is not in COCO's form"):
        COCOCaptions(str(coco), 'val', 'fic')


def test_no_or_several_files(coco: Path) -> None:
    with pytest.raises(
        FileNotFoundError,
        match=(
            "no captions of 'test' in .* the folder holds captions_train2017.json, "
            'captions_val2017.json. Check data_root and split'
        ),
    ):
        COCOCaptions(str(coco), 'test', 'fic')
    write_json(coco / 'annotations/captions_val2014.json', annotations())
    with pytest.raises(ValueError, match="give the whole name .* as split, got 'val'"):
        COCOCaptions(str(coco), 'val', 'fic')


def sample(number: int, predicted: str, **more: Any) -> dict[str, Any]:
    return dict(
        sample_idx=number,
        product_id=number,
        gt_caption='green hat',
        pred_caption=predicted,
        **more,
    )


def test_any_of_the_references_counts() -> None:
    metric = CaptionScores(scores=['ROUGE-L'], tokenizer='regex')
    rows = [
        sample(0, 'a blue coat', references='red dress\na blue coat', text='red dress'),
        sample(1, 'black socks', references='black socks', text='black socks'),
    ]
    metric.process(None, rows)
    assert metric.evaluate(size=2)['ROUGE-L'] == 100
    assert metric.facts['protocol'] == 'every-view-regex-references'
    assert [e.truth for e in metric.examples['captions']] == [
        'red dress',
        'black socks',
    ]


def test_results_are_read_by_pycocotools(coco: Path) -> None:
    metric_rows = [sample(5, 'boots'), sample(3, 'a dress')]
    table = {
        name: [row[name] for row in metric_rows]
        for name in ('sample_idx', 'product_id', 'pred_caption')
    }
    predictions = Predictions(dict(all=table), {})
    path = coco / 'results.json'
    assert write_coco_results(path, predictions) == 2
    assert json.loads(path.read_text()) == [
        dict(image_id=3, caption='a dress'),
        dict(image_id=5, caption='boots'),
    ]
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO(str(coco / 'annotations/captions_val2017.json'))
        assert truth.loadRes(str(path)).getImgIds() == [3, 5]
    table['product_id'] = [3, 3]
    with pytest.raises(ValueError, match='the image id 3 has two captions: expected'):
        write_coco_results(path, predictions)
    del table['pred_caption']
    with pytest.raises(
        ValueError, match='expected pred_caption and product_id of each'
    ):
        write_coco_results(path, predictions)


def test_the_config_reads_it(coco: Path) -> None:
    config = Config.fromfile(ROOT / 'configs/famevil_coco.py')
    assert list(config.model.heads) == ['xmr', 'fic']
    train = config.train_dataloader.dataset.datasets
    for task in ('xmr', 'fic'):
        data = DATASETS.build(train[task] | dict(data_root=str(coco)))
        inputs = data[0]['inputs']
        assert set(inputs) == {'image', 'tokens'}
        val = config.val_dataloader[task].dataset | dict(data_root=str(coco))
        assert len(DATASETS.build(val)) == dict(xmr=5, fic=2)[task]
