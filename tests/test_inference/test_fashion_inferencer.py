"""A trained model answers as its evaluation does, and says what it cannot."""

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from attribute_prediction import AttributeHead
from attribute_prediction.vocabulary import NAMES
from PIL import Image

from famevil_plugin.datasets import FashionGen, FashionIQ
from famevil_plugin.evaluation import (
    CaptionScores,
    ComposedRecall,
    CrossModalRecall,
    SubcategoryScores,
)
from famevil_plugin.inference import FashionInferencer, Gallery, asking
from famevil_plugin.inference.photo_source import find_photos
from famevil_plugin.inference.vectors import embed_photos
from famevil_plugin.models import FAMEViL
from famevil_plugin.models.heads import XMRHead
from famevil_plugin.registry import MODELS
from famevil_plugin.visualization.panels import WIDTH
from tests.tiny_run import model_config

TEXT = 'A red dress with long sleeves.'


def score(
    metric: Any, data: Any, predictions: list[dict[str, Any]]
) -> dict[str, float]:
    """A metric's scores of a data set with predictions beside its items."""
    metric.dataset_meta = data.metainfo
    items = [dict(data.get_data_info(i), sample_idx=i) for i in range(len(data))]
    metric.process(None, [item | own for item, own in zip(items, predictions)])
    return metric.evaluate(len(data))


def expected(summary: dict, task: str, scores: dict[str, float]) -> dict[str, float]:
    return {name: summary[task][name] for name in scores}


def same(some: list, others: list) -> bool:
    """Whether two searches found the same, to the rounding of a batch."""
    return [one.path for one in some] == [one.path for one in others] and [
        one.score for one in some
    ] == pytest.approx([one.score for one in others], abs=1e-6)


def paths(data: Any, key: str = 'image_path') -> list[str]:
    infos = [data.get_data_info(i) for i in range(len(data))]
    return [info[key] for info in infos if key in info]


def texts(data: Any) -> list[str]:
    infos = [data.get_data_info(i) for i in range(len(data))]
    return [info['text'] for info in infos if 'text' in info]


def test_tasks_that_see_photos_alike_prepare_them_once(inferencer, photos, monkeypatch):
    seen = []
    see = asking._see
    monkeypatch.setattr(
        asking, '_see', lambda photo, view: seen.append(1) or see(photo, view)
    )

    def vectors(loaded):
        seen.clear()
        asker = asking.Asker(loaded, show_progress=False)
        tasks, way = ['xmr', 'tgir'], asking.Way()
        rows = [own for _, own in embed_photos(asker, tasks, find_photos(photos), way)]
        return {task: torch.stack([row[task] for row in rows]) for task in tasks}

    alike = vectors(inferencer.loaded)
    assert len(seen) == len(photos)
    config = copy.deepcopy(inferencer.cfg)
    config.test_dataloader.tgir.dataset.pipeline[1].resize = 90
    found = vectors(inferencer.loaded._replace(config=config))
    assert len(seen) == 2 * len(photos)
    assert found['xmr'].equal(alike['xmr'])
    assert not found['tgir'].equal(alike['tgir'])


def test_xmr_scores_are_the_evaluations(inferencer, data_root, summary):
    data = FashionGen(str(data_root), 'val', 'xmr', test_mode=True)
    found = inferencer.embed(paths(data), texts(data))
    rows = [dict(image_embedding=row) for row in torch.from_numpy(found.photos)]
    rows += [dict(text_embedding=row) for row in torch.from_numpy(found.texts)]
    scores = score(CrossModalRecall(), data, rows)
    assert scores == pytest.approx(expected(summary, 'xmr', scores), abs=1e-4)


def test_tgir_scores_are_the_evaluations(inferencer, data_root, summary):
    data = FashionIQ(str(data_root), 'val', test_mode=True)
    queries = inferencer.embed(paths(data), texts(data), task='tgir')
    gallery = inferencer.embed(paths(data, 'target_image_path'), task='tgir')
    rows = [dict(query_embedding=row) for row in torch.from_numpy(queries.pairs)]
    rows += [dict(target_embedding=row) for row in torch.from_numpy(gallery.photos)]
    scores = score(ComposedRecall(), data, rows)
    assert scores == pytest.approx(expected(summary, 'tgir', scores), abs=1e-4)


def test_scr_scores_are_the_evaluations(inferencer, data_root, summary):
    data = FashionGen(str(data_root), 'val', 'scr', test_mode=True)
    names = data.metainfo['subcategories']
    answers = inferencer.classify(paths(data), texts(data), top_k=200)
    rows = []
    for answer in answers:
        label, percent = answer.labels[0]
        number = names.index(label) if label in names else int(label[1:])
        rows.append(dict(pred_label=number, pred_score=percent / 100))
    scores = score(SubcategoryScores(), data, rows)
    assert scores == pytest.approx(expected(summary, 'scr', scores), abs=1e-4)
    assert sum(label.score for label in answers[0].labels) == pytest.approx(100)


def test_fic_scores_are_the_evaluations(inferencer, data_root, summary):
    data = FashionGen(str(data_root), 'val', 'fic', test_mode=True)
    spell = inferencer.model.heads.fic.spell
    encode = inferencer.model.heads.fic.tokenizer.encode
    rows = [
        dict(pred_caption=answer.text, gt_caption=spell(encode(text)))
        for answer, text in zip(inferencer.describe(paths(data)), texts(data))
    ]
    metric = CaptionScores(scores=['BLEU-4', 'CIDEr'], tokenizer='regex')
    scores = score(metric, data, rows)
    assert scores == pytest.approx(expected(summary, 'fic', scores), abs=1e-4)


# ------------------------------------------------------------------- photos


def test_photos_come_in_any_form(inferencer, photos, tmp_path):
    opened = [Image.open(path).convert('RGB') for path in photos]
    rows = inferencer.embed(photos).photos
    assert rows.shape == (6, 128) and rows.dtype == np.float32
    assert np.linalg.norm(rows, axis=1) == pytest.approx(1)
    for form in (
        tuple(map(Path, photos)),
        (path for path in photos),
        opened,
        [np.asarray(photo) for photo in opened],
        [photos[0], opened[1], Path(photos[2]), *map(np.asarray, opened[3:])],
    ):
        assert inferencer.embed(form).photos == pytest.approx(rows, abs=1e-6)
    for place, photo in enumerate(opened[::-1]):
        photo.save(tmp_path / f'{place}.png')
    (tmp_path / 'notes.txt').write_text('no photo')
    (tmp_path / '._0.png').write_text('what a Mac leaves')
    for form in (tmp_path, str(tmp_path / '*.png')):
        found = inferencer.embed(form)
        assert found.paths == [str(tmp_path / f'{place}.png') for place in range(6)]
        assert found.photos == pytest.approx(rows[::-1], abs=1e-6)
    assert inferencer.embed(opened[0]).paths == ['#1']


def test_unusual_photos_are_read(inferencer, photos, tmp_path):
    opened = Image.open(photos[0]).convert('RGB')
    grey = opened.convert('L')
    grey.save(tmp_path / 'grey.jpg')
    opened.convert('CMYK').save(tmp_path / 'cmyk.jpg', quality=100)
    Image.new('RGB', (1, 1), 'red').save(tmp_path / 'dot.png')
    found = inferencer.describe(tmp_path)
    assert [Path(one.path).name for one in found] == ['cmyk.jpg', 'dot.png', 'grey.jpg']
    assert not any(one.error for one in found)
    rows = inferencer.embed([opened, tmp_path / 'cmyk.jpg']).photos
    assert rows[0] @ rows[1] > 0.95
    rows = inferencer.embed([grey, np.asarray(grey)]).photos
    assert rows[0] == pytest.approx(rows[1], abs=1e-6)


def test_one_bad_photo_ends_nothing(inferencer, photos, tmp_path, log):
    text = tmp_path / 'text.jpg'
    text.write_text('not a photo')
    given = [*photos[:2], tmp_path / 'gone.jpg', photos[2], text]
    found = inferencer.describe(given)
    assert [bool(one.error) for one in found] == [False, False, True, False, True]
    assert 'gone.jpg is missing' in found[2].error and found[2].text == ''
    assert "begins with b'not a photo'" in found[4].error
    assert 'no answer for 2 of the photos, not readable: the photo' in log.text
    assert [one.text for one in found if not one.error] == [
        one.text for one in inferencer.describe(photos[:3])
    ]
    rows = inferencer.embed(given)
    assert len(rows.photos) == len(rows.paths) == 3
    assert [Path(one.path).name for one in rows.unreadable] == ['gone.jpg', 'text.jpg']
    labels = inferencer.classify(given, texts=TEXT)
    assert labels[2].error and not labels[2].labels and len(labels[3].labels) == 5
    with pytest.raises(ValueError, match="gone.jpg is missing. .*on_error='skip'"):
        inferencer.describe(given, on_error='raise')
    float_photo = np.zeros((4, 4, 3))
    (one,) = inferencer.describe(float_photo)
    assert 'photo #1: expected an RGB array (H, W, 3) or' in one.error
    assert inferencer.embed([text]).photos.shape == (0, 128)


def test_wrong_sources_of_photos(inferencer, photos, tmp_path):
    with pytest.raises(ValueError, match='no photos in the folder .*end in .jpg'):
        inferencer.describe(tmp_path)
    with pytest.raises(ValueError, match='no photos match .*x.*end in .jpg'):
        inferencer.describe(str(tmp_path / '*x'))
    with pytest.raises(FileNotFoundError, match='no photo or folder at .*phtos'):
        inferencer.describe(tmp_path / 'phtos')
    for wrong in (7, [photos[0], 7], None, dict(a=1)):
        with pytest.raises(TypeError, match='expected a path, a folder, a glob'):
            inferencer.describe(wrong)
    with pytest.raises(ValueError, match="unknown on_error='ignore'"):
        inferencer.describe(photos, on_error='ignore')


# -------------------------------------------------------------------- verbs


def test_retrieve_and_compose(inferencer, photos):
    gallery = Gallery.of_photos(inferencer, photos)
    assert gallery.tasks == inferencer.abilities.gallery_tasks()
    found = inferencer.retrieve(TEXT, gallery, top_k=3)
    rows = inferencer.embed(photos, [TEXT])
    scores = rows.photos @ rows.texts[0]
    order = np.argsort(-scores)[:3]
    assert [one.path for one in found] == [photos[row] for row in order]
    assert [one.score for one in found] == pytest.approx(scores[order], abs=1e-6)
    # by a photo: itself comes first
    (best, *_) = inferencer.retrieve(photos[4], gallery)
    assert best.path == photos[4] and best.score == pytest.approx(1, abs=1e-6)
    many = inferencer.retrieve([TEXT, Path(photos[4]), '/gone.jpg'], gallery, top_k=3)
    assert same(many[0].matches, found) and many[0].text == TEXT
    assert many[1].matches[0].path == photos[4] == many[1].photo
    assert many[2].matches == [] and 'missing' in many[2].error
    # photos instead of a gallery
    assert same(inferencer.retrieve(TEXT, photos, top_k=3), found)

    wished = inferencer.compose(photos[0], 'is longer', gallery, top_k=6)
    pairs = inferencer.embed(photos[0], 'is longer', task='tgir').pairs
    scores = inferencer.embed(photos, task='tgir').photos @ pairs[0]
    assert [one.path for one in wished] == [photos[row] for row in np.argsort(-scores)]
    both = inferencer.compose(photos[:2], ['is longer', 'is red'], gallery, top_k=6)
    assert same(both[0].matches, wished) and both[1].text == 'is red'
    with pytest.raises(ValueError, match='/gone.jpg is missing'):
        inferencer.compose('/gone.jpg', 'is red', gallery)
    with pytest.raises(ValueError, match='2 photos and 1 texts'):
        inferencer.compose(photos[:2], 'is red', gallery)


def test_queries_that_ask_nothing(inferencer, photos):
    for wrong, error in (('  ', 'the query is an empty text'), (7, None)):
        with pytest.raises((ValueError, TypeError), match=error):
            inferencer.retrieve(wrong, photos)
    with pytest.raises(ValueError, match='top_k must be at least 1, got 0'):
        inferencer.retrieve(TEXT, photos, top_k=0)
    with pytest.raises(ValueError, match='top_k must be at least 1, got 0'):
        inferencer.classify(photos, TEXT, top_k=0)
    with pytest.raises(ValueError, match='nothing to embed'):
        inferencer.embed()
    with pytest.raises(TypeError, match='colour'):
        inferencer.retrieve(TEXT, photos, colour='red')


def test_texts_for_classes(inferencer, photos):
    with pytest.raises(
        ValueError, match=r'scr reads a text beside each photo: give `texts`.*xmr \('
    ):
        inferencer.classify(photos)
    named = dict(zip(map(Path, photos), range(6)))
    texts = {path.name: f'product {place}' for path, place in named.items()}
    by_name = inferencer.classify(photos, texts)
    assert by_name == inferencer.classify(iter(photos), iter(texts.values()))
    assert [one.text for one in by_name] == list(texts.values())
    with pytest.raises(ValueError, match='6 photos and 1 texts'):
        inferencer.classify(photos, ['a'])
    with pytest.raises(ValueError, match='not as many texts as photos'):
        inferencer.classify(iter(photos), ['a'])
    with pytest.raises(ValueError, match=f'no text for the photo {photos[0]}'):
        inferencer.classify(photos, {'b.jpg': 'a'})


def test_a_search_for_captions_is_this_times(inferencer, photos):
    head = inferencer.model.heads.fic
    plain = inferencer.describe(photos)
    short = inferencer.describe(photos, max_length=4)
    for long, cut in zip(plain, short):
        assert len(cut.text) < len(long.text) and long.text.startswith(cut.text)
    head.beams, before = 3, head.beams
    wanted = inferencer.describe(photos)
    head.beams = before
    assert inferencer.describe(photos, beams=3) == wanted != plain
    assert head.beams == 1 and head.max_length == 12
    assert inferencer.describe(photos) == plain
    with pytest.raises(ValueError, match='beams must be at least 1, got 0'):
        inferencer.describe(photos, beams=0)
    with pytest.raises(ValueError, match='max_length must lie in 3 to 64, .*got 100'):
        inferencer.describe(photos, max_length=100)


def test_a_text_of_two_thousand_words(inferencer, photos, log):
    long = 'red dress ' * 1000
    found = inferencer.retrieve(long, photos)
    assert len(found) == 6
    assert (
        'as long as the model reads or longer, and cut there: 1 of the texts'
        in log.text
    )
    rows = inferencer.embed(texts=[long, 'red dress ' * 40])
    assert rows.texts[0] == pytest.approx(rows.texts[1], abs=1e-6)


def test_pictures(inferencer, photos, tmp_path):
    gallery = Gallery.of_photos(inferencer, photos)
    inferencer.retrieve([TEXT, photos[0]], gallery, out_dir=tmp_path)
    inferencer.compose(Image.open(photos[0]), 'is red', gallery, out_dir=tmp_path)
    inferencer.classify([*photos, '/gone.jpg'], TEXT, out_dir=tmp_path)
    inferencer.describe(photos * 2, out_dir=tmp_path / 'more')
    drawn = {str(p.relative_to(tmp_path)) for p in tmp_path.rglob('*.jpg')}
    assert drawn == {
        'retrieve_0001.jpg',
        'compose_0001.jpg',
        'classify_0001.jpg',
        'more/describe_0001.jpg',
        'more/describe_0002.jpg',
    }
    assert Image.open(tmp_path / 'compose_0001.jpg').width == WIDTH


def test_show_opens_a_window(inferencer, photos, monkeypatch):
    shown = []
    monkeypatch.setattr(Image.Image, 'show', lambda self, title: shown.append(title))
    inferencer.describe(photos, show=True)
    assert shown == ['describe']


# ------------------------------------------------------------- other models


def attribute_model(**heads: Any) -> FAMEViL:
    config = model_config('xmr')
    config['heads'] |= dict(attributes=dict(type=AttributeHead), **heads)
    return MODELS.build(config)


def test_any_task_answers_its_verb(photos):
    inferencer = FashionInferencer(attribute_model(), show_progress=False)
    found = inferencer(dict(image=[*photos, '/gone.jpg']), 'tag')
    assert found['visualization'] == []
    *tagged, gone = found['predictions']
    assert gone == dict(error='the photo /gone.jpg is missing')
    for one in tagged:
        assert one['pred_attributes'].shape == (len(NAMES),)
        assert (0 < one['pred_attributes']).all() and (one['pred_attributes'] < 1).all()
    batched = inferencer(
        dict(image=photos), 'tag', batch_size=2, return_datasamples=True
    )
    for one, sample in zip(tagged, batched['predictions']):
        assert sample.pred_attributes.numpy() == pytest.approx(
            one['pred_attributes'], abs=1e-6
        )
    with pytest.raises(ValueError, match='attributes answers by image, got text'):
        inferencer(dict(text='a'), 'tag')
    with pytest.raises(ValueError, match=r'cannot sing: .* tasks are xmr \(retr'):
        inferencer(dict(image=photos), 'sing')


def test_the_general_road_answers_the_four_as_well(inferencer, photos):
    both = dict(image=photos[:2], text=['a dress', 'boots'])
    scores = [one['pred_scores'] for one in inferencer(both, 'classify')['predictions']]
    for row, one in zip(scores, inferencer.classify(photos[:2], both['text'])):
        assert 100 * row.max() == pytest.approx(one.labels[0].score, abs=1e-4)
    settled = inferencer(dict(image=photos[:2]), 'describe', beams=3)['predictions']
    assert [one['pred_caption'] for one in settled] == [
        one.text for one in inferencer.describe(photos[:2], beams=3)
    ]
    with pytest.raises(ValueError, match='the head of fic has no setting colour'):
        inferencer(dict(image=photos), 'describe', colour='red')
    with pytest.raises(ValueError, match='as many of each input, got 6 of image, 1 of'):
        inferencer(dict(image=photos, text='a'), 'classify')
    with pytest.raises(ValueError, match='scr answers by image and text, got image'):
        inferencer(dict(image=photos), 'classify')


def test_what_a_model_lacks_is_said(photos):
    inferencer = FashionInferencer(attribute_model(other=dict(type=XMRHead)))
    for verb, ask in (
        ('compose', lambda: inferencer.compose(photos[0], 'red', photos)),
        ('classify', lambda: inferencer.classify(photos, TEXT)),
        ('describe', lambda: inferencer.describe(photos)),
    ):
        with pytest.raises(ValueError, match=rf'cannot {verb}: .* tasks are xmr'):
            ask()
    with pytest.raises(ValueError, match='xmr and other answer retrieve: say which'):
        inferencer.retrieve(TEXT, photos)
    assert inferencer.retrieve(TEXT, photos, task='other')
    with pytest.raises(ValueError, match="retrieve by the task 'scr': the model"):
        inferencer.retrieve(TEXT, photos, task='scr')
    with pytest.raises(ValueError, match="no task 'tgir': the model's tasks are xmr"):
        inferencer.embed(photos, task='tgir')
    with pytest.raises(ValueError, match='attributes embeds no photo alone'):
        inferencer.embed(photos, task='attributes')
