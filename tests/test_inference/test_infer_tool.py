"""The shell command answers as the inferencer does, and writes whole files."""

import csv
import json
import re
import runpy
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from famevil_plugin.inference import Gallery
from tests.conftest import ROOT

TEXT = 'A red dress with long sleeves.'


@pytest.fixture
def infer(work_dir: Path, capsys: pytest.CaptureFixture) -> Callable[..., str]:
    """Run the tool with the trained model; return what it prints."""
    main = runpy.run_path(str(ROOT / 'tools/infer.py'))['main']

    def run(*arguments: object) -> str:
        main([*map(str, arguments), '--model', str(work_dir), '--device', 'cpu'])
        return capsys.readouterr().out

    return run


def lines(said: str) -> list[dict]:
    return [json.loads(line) for line in said.splitlines()]


def rows(path: Path) -> list[dict]:
    return list(csv.DictReader(path.read_text('utf-8-sig').splitlines()))


@pytest.fixture
def folder(photos: list[str], tmp_path: Path) -> Path:
    """A folder of a few photos and one that is none."""
    for place, path in enumerate(photos):
        (tmp_path / 'photos').mkdir(exist_ok=True)
        shutil.copy(path, tmp_path / 'photos' / f'{place}.jpg')
    (tmp_path / 'photos' / 'bad.jpg').write_text('not a photo')
    return tmp_path / 'photos'


def test_a_folder_is_captioned_to_a_csv(infer, inferencer, folder, tmp_path):
    out, drawn = tmp_path / 'captions.csv', tmp_path / 'drawn'
    said = infer('describe', folder, '--out', out, '--show', drawn)
    assert said == f'7 rows in {out}\n'
    found = rows(out)
    wanted = inferencer.describe(folder)
    assert [row['path'] for row in found] == [one.path for one in wanted]
    assert [row['text'] for row in found] == [one.text for one in wanted]
    assert [bool(row['error']) for row in found] == [False] * 6 + [True]
    assert (drawn / 'describe_0001.jpg').is_file()
    printed = lines(infer('describe', folder, '--beams', 3, '--max-length', 5))
    wanted = inferencer.describe(folder, beams=3, max_length=5)
    assert [row['text'] for row in printed] == [one.text for one in wanted]


def test_classes_of_captioned_photos(infer, inferencer, folder, tmp_path):
    """What describe writes, classify reads."""
    infer('describe', folder, '--out', tmp_path / 'said.csv')
    found = lines(infer('classify', folder, '--texts', tmp_path / 'said.csv'))
    said = {row['path']: row['text'] for row in rows(tmp_path / 'said.csv')}
    wanted = inferencer.classify(folder, said, top_k=1)
    assert [row.get('label') for row in found] == [
        one.labels[0].label if one.labels else None for one in wanted
    ]
    assert 'not readable' in found[-1]['error']
    infer('classify', folder, '--text', TEXT, '--top-k', 3, '--out', tmp_path / 'a.npz')
    arrays = np.load(tmp_path / 'a.npz')
    assert len(arrays['rank']) == 6 * 3 + 1
    with pytest.raises((ValueError, OSError), match='the task scr reads a text'):
        infer('classify', folder)


def test_a_shops_manifest_is_indexed_and_searched(infer, inferencer, folder, tmp_path):
    goods = tmp_path / 'goods.csv'
    goods.write_text(
        'sku,images,title,subcategory\n'
        'A1,photos/0.jpg|photos/1.jpg,A dress,DRESSES\nB2,photos/2.jpg,Boots,BOOTS\n'
    )
    said = infer('index', goods, tmp_path / 'gallery', '--columns', 'id=sku')
    assert said.startswith(f'3 photos in {tmp_path / "gallery"}, to be searched by ')
    gallery = Gallery.load(tmp_path / 'gallery', inferencer)
    search = ('--gallery', tmp_path / 'gallery', '--top-k', 2)
    found = lines(infer('retrieve', TEXT, folder / '3.jpg', *search))
    assert [row['rank'] for row in found] == [1, 2, 1, 2]
    wanted = inferencer.retrieve(TEXT, gallery, top_k=2)
    assert [row['id'] for row in found[:2]] == [one.id for one in wanted]
    assert found[0]['query_text'] == TEXT
    assert found[2]['query_photo'] == str(folder / '3.jpg')
    where = ('--where', 'sub_category=DRESSES', 'view=2')
    (one,) = lines(infer('retrieve', TEXT, *search, *where))
    assert one['id'] == 'A1/2' and one['fields']['title'] == 'A dress'
    out = tmp_path / 'found.csv'
    infer('compose', folder / '3.jpg', 'is red', *search, '--out', out)
    wanted = inferencer.compose(str(folder / '3.jpg'), 'is red', gallery, top_k=2)
    found = rows(out)
    assert [row['id'] for row in found] == [one.id for one in wanted]
    assert json.loads(found[0]['fields']) == wanted[0].fields
    # photos without a gallery, and neither: those that the model was tested on
    assert len(lines(infer('retrieve', TEXT, '--gallery', folder))) == 6
    assert len(lines(infer('retrieve', TEXT, '--top-k', 3))) == 3


def test_vectors_go_to_an_npz(infer, inferencer, folder, photos, tmp_path):
    out = tmp_path / 'vectors.npz'
    said = infer('embed', folder, '--texts', TEXT, 'boots', '--out', out)
    assert said == f'8 vectors in {out}\n'
    arrays, wanted = np.load(out), inferencer.embed(photos, [TEXT, 'boots'])
    assert arrays['photos'] == pytest.approx(wanted.photos, abs=1e-6)
    assert arrays['texts'] == pytest.approx(wanted.texts, abs=1e-6)
    assert arrays['paths'].tolist() == [str(folder / f'{n}.jpg') for n in range(6)]
    assert arrays['unreadable'].tolist() == [str(folder / 'bad.jpg')]
    for wrong, error in (
        ((), 'give --out FILE.npz'),
        (('--out', tmp_path / 'a.csv'), 'ends in .npz, got'),
    ):
        with pytest.raises(ValueError, match=error):
            infer('embed', folder, *wrong)


def test_any_verb_is_asked(infer, inferencer, photos):
    ask = ('ask', 'classify', f'image={photos[0]}', 'text=a dress')
    (row,) = lines(infer(*ask))
    (label,) = inferencer.classify(photos[0], 'a dress', top_k=1)[0].labels
    assert 100 * max(row['pred_scores']) == pytest.approx(label.score, abs=1e-3)
    with pytest.raises(ValueError, match=r'cannot tag: .* tasks are .*xmr \(retr'):
        infer('ask', 'tag', f'image={photos[0]}')


def test_what_could_not_be_written_is_refused_at_once(infer, folder, tmp_path):
    """Before the model is loaded, as hours of work may lie between."""
    nowhere = ('--weights', 'gone.pth')
    for arguments, error in (
        (('describe', folder, '--out', tmp_path / 'a.txt'), 'ends in .csv, .jsonl'),
        (('embed', folder, '--out', tmp_path / 'a.csv'), 'ends in .npz, got'),
        (('embed', folder), 'give --out FILE.npz'),
        (('index', folder, folder), 'is no gallery and not empty'),
    ):
        with pytest.raises(ValueError, match=error):
            infer(*arguments, *nowhere)


@pytest.mark.parametrize(
    'arguments',
    [
        ('index', 'photos', 'gallery', '--out', 'a.csv'),
        ('index', 'photos', 'gallery', '--show', 'drawn'),
        ('embed', 'photos', '--out', 'a.npz', '--show', 'drawn'),
        ('ask', 'describe', 'image=a.jpg', '--show', 'drawn'),
        ('classify', 'photos', '--text', 'a dress', '--texts', 'a.csv'),
    ],
)
def test_an_option_without_effect_is_refused(infer, capsys, arguments):
    with pytest.raises(SystemExit):
        infer(*arguments)
    assert re.search('unrecognized arguments|not allowed with', capsys.readouterr().err)


@pytest.mark.parametrize(
    'arguments',
    [
        ('describe',),
        ('classify', '--text', TEXT),
        ('retrieve', '--gallery', 'there'),
        ('embed', '--out', 'vectors.npz'),
    ],
)
def test_no_photo_that_can_be_read_is_a_failure(
    infer, folder, tmp_path, monkeypatch, arguments
):
    """What is said of each is written all the same."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'there').symlink_to(folder)
    verb, *more = arguments
    if verb != 'embed':
        more = [*more, '--out', 'said.csv']
    with pytest.raises(ValueError, match=r'none of the photos could be read \(1\)'):
        infer(verb, folder / 'bad.jpg', *more)
    if verb == 'embed':
        unreadable = np.load('vectors.npz')['unreadable']
        assert unreadable.tolist() == [str(folder / 'bad.jpg')]
    else:
        (row,) = rows(Path('said.csv'))
        assert 'bad.jpg is not readable' in row['error']


def test_mistakes_are_said_in_a_line(infer, folder, tmp_path):
    for arguments, error in (
        (('describe', tmp_path / 'nowhere'), 'no photo or folder at'),
        (('describe', folder, '--on-error', 'raise'), 'bad.jpg is not readable'),
        (
            ('describe', folder, '--out', tmp_path / 'a.txt'),
            'ends in .csv, .jsonl, .npz',
        ),
        (('describe', folder, '--weights', 'gone.pth'), 'no weights at gone.pth'),
        (('describe', folder, '--batch-size', 0), 'batch_size must be at least 1'),
        (('retrieve', TEXT, '--where', 'red'), "expected FIELD=VALUE, got 'red'"),
        (('ask', 'tag', 'photo'), "ask: expected NAME=VALUE, got 'photo'"),
        (('index', tmp_path / 'a.csv', tmp_path / 'b'), 'no file .*expected a manif'),
        (('index', folder, folder), 'is no gallery and not empty'),
        (('classify', folder, '--texts', tmp_path / 'a.csv'), 'no texts at'),
    ):
        with pytest.raises((ValueError, OSError), match=error):
            infer(*arguments)


@pytest.mark.parametrize(
    'name, content, error',
    [
        ('a.csv', 'file,text\na.jpg,b\n', 'must have a path and a text, got one'),
        ('a.jsonl', '[1]\n', 'cannot be read as texts: expected an object a line'),
        ('a.jsonl', '{', 'cannot be read as texts: '),
        ('a.txt', 'path', 'ends in .csv, .tsv or .jsonl'),
    ],
)
def test_files_of_texts_that_are_none(infer, folder, tmp_path, name, content, error):
    (tmp_path / name).write_text(content)
    with pytest.raises((ValueError, OSError), match=error):
        infer('classify', folder, '--texts', tmp_path / name)
