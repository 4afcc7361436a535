"""A gallery is searched as its vectors say, kept whole, and refused by others."""

import json
import shutil
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from famevil_plugin.inference import FashionInferencer, Gallery, gallery_files
from famevil_plugin.inference.exact_search import find_nearest
from famevil_plugin.inference.gallery_files import Stored, write_gallery
from famevil_plugin.inference.gallery_items import GalleryItem
from famevil_plugin.inference.photo_source import Photo
from famevil_plugin.registry import MODELS
from tests.tiny_run import model_config

TEXT = 'A red dress with long sleeves.'


def unit_rows(count: int, width: int) -> np.ndarray:
    rows = np.random.default_rng(0).normal(size=(count, width)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def synthetic(count: int, width: int = 16, search: str = 'exact') -> Gallery:
    """A gallery of made-up vectors, without a model."""
    items = [
        GalleryItem(f'p{row}', f'/p/{row}.jpg', '', dict(kind='AB'[row % 2], row=row))
        for row in range(count)
    ]
    vectors = dict(xmr=unit_rows(count, width))
    return Gallery(Stored('f' * 64, search, items, vectors, {}))


@pytest.fixture
def gallery(inferencer: FashionInferencer, photos: list[str]) -> Gallery:
    """A gallery of a few photos."""
    return Gallery.of_photos(inferencer, photos)


@pytest.mark.parametrize('numbers', [1, 40, 2**20])
@pytest.mark.parametrize('chosen', [False, True])
def test_the_search_is_exact_in_any_pieces(numbers, chosen):
    vectors, queries = unit_rows(101, 16), unit_rows(300, 16)
    vectors[50] = vectors[7]  # of equals the earlier is first
    rows = np.arange(0, 101, 3) if chosen else np.arange(101)
    found = find_nearest(vectors, queries, 8, rows if chosen else None, numbers)
    scores = queries @ vectors[rows].T
    order = np.argsort(-scores, axis=1, kind='stable')[:, :8]
    assert found.scores == pytest.approx(np.take_along_axis(scores, order, 1), abs=1e-6)
    firm = np.abs(np.diff(np.sort(scores, 1))).min(1) > 1e-6
    assert (found.rows == rows[order])[firm].all()
    twice = find_nearest(vectors, vectors[7:8], 2, None, numbers)
    assert twice.rows.tolist() == [[7, 50]]


def test_filters(gallery):
    made = synthetic(20)
    query = made.vectors['xmr'][:1]
    (found,) = made.search('xmr', query, 20, dict(kind='B'))
    assert {one.fields['kind'] for one in found} == {'B'} and len(found) == 10
    (found,) = made.search('xmr', query, 20, dict(kind=['A', 'B'], row=[3, 4]))
    assert {one.id for one in found} == {'p3', 'p4'}
    assert made.find(kind='A', row=4) == ['p4'] and made.find(kind='A', row=3) == []
    with pytest.raises(ValueError, match="has kind='C': expected one of A, B"):
        made.search('xmr', query, 2, dict(kind='C'))
    with pytest.raises(ValueError, match="no photo .* a field 'shape': it knows kind"):
        made.search('xmr', query, 2, dict(shape='A'))
    with pytest.raises(ValueError, match='it knows none, as it was built of photos'):
        gallery.find(kind='A')


def test_more_is_asked_than_there_is(inferencer, gallery, log):
    assert len(inferencer.retrieve(TEXT, gallery, top_k=50)) == 6
    assert 'top_k is 50, but only 6 photos are in the gallery: all of them' in log.text
    (found,) = synthetic(4).search('xmr', unit_rows(1, 16), 9, dict(kind='A'))
    assert len(found) == 2
    assert 'top_k is 9, but only 2 photos have these fields' in log.text


def test_saved_and_loaded_it_is_the_same(inferencer, gallery, photos, tmp_path):
    gallery.save(tmp_path / 'saved')
    loaded = Gallery.load(tmp_path / 'saved', inferencer)
    assert loaded.tasks == gallery.tasks and len(loaded) == 6
    assert list(loaded.items) == list(gallery.items)
    for task in loaded.tasks:
        assert isinstance(loaded.vectors[task], np.memmap)
        assert (loaded.vectors[task] == gallery.vectors[task]).all()
    wanted = inferencer.retrieve(TEXT, gallery, top_k=3)
    assert inferencer.retrieve(TEXT, loaded, top_k=3) == wanted
    lines = (tmp_path / 'saved').glob('items-*.jsonl')
    first = json.loads(next(lines).read_text().splitlines()[0])
    assert first == dict(id=photos[0], path=photos[0], text='', fields={})


def test_paths_hold_from_any_folder(inferencer, photos, tmp_path, monkeypatch):
    monkeypatch.chdir(Path(photos[0]).parent)
    Gallery.of_photos(inferencer, [Path(photos[0]).name]).save(tmp_path / 'saved')
    assert Gallery.load(tmp_path / 'saved').items[0].path == photos[0]


def test_photos_come_and_go(inferencer, photos, tmp_path):
    gallery = Gallery.of_photos(inferencer, photos[:4])
    gallery.save(tmp_path / 'saved')
    gallery = Gallery.load(tmp_path / 'saved')
    assert gallery.add(inferencer, photos[2:]) == []
    whole = Gallery.of_photos(inferencer, photos)
    assert {item.id for item in gallery.items} == set(photos) and len(gallery) == 6
    by_id = dict(zip((item.id for item in gallery.items), gallery.vectors['tgir']))
    for item, row in zip(whole.items, whole.vectors['tgir']):
        assert by_id[item.id] == pytest.approx(row, abs=1e-6)
    gallery.remove([photos[0], photos[3]])
    assert photos[0] not in {one.id for one in inferencer.retrieve(TEXT, gallery)}
    assert len(gallery) == 4 == len(gallery.vectors['xmr'])
    with pytest.raises(ValueError, match="2 of the ids .* not in the gallery, 'a' for"):
        gallery.remove(['a', 'b', photos[1]])
    assert len(gallery) == 4
    gallery.save(tmp_path / 'saved')
    assert len(Gallery.load(tmp_path / 'saved')) == 4
    assert len(list((tmp_path / 'saved').iterdir())) == 4


def test_an_item_takes_the_place_of_its_id(inferencer, photos):
    def entry(path: str) -> Any:
        return GalleryItem('sku', path, 'text', dict(price=7)), Photo(path)

    gallery = Gallery.of_items(inferencer, [entry(photos[0])])
    gallery.add(inferencer, [entry(photos[1]), entry(photos[2])])
    assert [item.path for item in gallery.items] == [photos[2]]
    row = inferencer.embed(photos[2]).photos
    assert gallery.vectors['xmr'] == pytest.approx(row, abs=1e-6)
    assert gallery.find(price=7) == ['sku']


def test_a_vector_for_each_task(inferencer, photos):
    gallery = Gallery.of_photos(inferencer, photos, tasks=['xmr'])
    assert gallery.tasks == ['xmr']
    with pytest.raises(ValueError, match='built for xmr, got a search by tgir: b'):
        inferencer.compose(photos[0], 'is red', gallery)
    with pytest.raises(ValueError, match="no task 'abc': the model's tasks are"):
        Gallery.of_photos(inferencer, photos, tasks=['abc'])
    with pytest.raises(ValueError, match='scr embeds no photo alone'):
        Gallery.of_photos(inferencer, photos, tasks=['scr'])


def test_another_model_is_refused(gallery, photos, tmp_path):
    other = FashionInferencer(MODELS.build(model_config('xmr', 'tgir')))
    gallery.save(tmp_path / 'saved')
    for ask in (
        lambda: other.retrieve(TEXT, gallery),
        lambda: gallery.add(other, photos),
        lambda: Gallery.load(tmp_path / 'saved', other),
    ):
        with pytest.raises(ValueError, match='made with another model or another pre'):
            ask()


def test_the_fingerprint_is_of_weights_and_preprocessing(work_dir, inferencer):
    again = FashionInferencer(work_dir, device='cpu')
    assert again.fingerprint == inferencer.fingerprint
    again.model.encoder.clip.visual.conv1.weight.data[0, 0, 0, 0] += 1e-3
    del again.fingerprint
    assert again.fingerprint != inferencer.fingerprint
    again = FashionInferencer(work_dir, device='cpu')
    again.cfg.val_dataloader.xmr.dataset.pipeline[1].resize = 66
    again.cfg.test_dataloader = again.cfg.val_dataloader
    again = FashionInferencer(again.cfg, work_dir / 'iter_8.pth', device='cpu')
    assert again.fingerprint != inferencer.fingerprint


def test_unreadable_photos_are_left_out(inferencer, photos, tmp_path):
    text = tmp_path / 'text.jpg'
    text.write_text('not a photo')
    gallery = Gallery.of_photos(inferencer, [photos[0], text, photos[1]])
    assert [item.path for item in gallery.items] == photos[:2]
    assert [one.path for one in gallery.unreadable] == [str(text)]
    with pytest.raises(ValueError, match='no photo could be read, .*text.jpg'):
        Gallery.of_photos(inferencer, text)
    with pytest.raises(ValueError, match='no photos were given'):
        Gallery.of_photos(inferencer, [])
    with pytest.raises(ValueError, match='no photos in the folder'):
        (tmp_path / 'empty').mkdir()
        Gallery.of_photos(inferencer, tmp_path / 'empty')


def test_a_shops_manifest(inferencer, photos, tmp_path):
    for place, path in enumerate(photos[:3]):
        shutil.copy(path, tmp_path / f'{place}.jpg')
    (tmp_path / 'goods.csv').write_text(
        'sku,images,title,description,subcategory,group\n'
        'A1,0.jpg|1.jpg,A dress,It is red,DRESSES,g1\n'
        'B2,2.jpg,Boots,,BOOTS,g2\n'
        'C3,gone.jpg,Gone,,BOOTS,g3\n'
    )
    gallery = Gallery.of_manifest(
        inferencer, tmp_path / 'goods.csv', columns=dict(id=('sku',))
    )
    assert [item.id for item in gallery.items] == ['A1', 'A1/2', 'B2']
    assert gallery.items[1].text == 'A dress.It is red'
    assert gallery.items[1].fields == dict(
        product='A1',
        title='A dress',
        description='It is red',
        sub_category='DRESSES',
        group='g1',
        view=2,
    )
    assert 'gone.jpg is missing' in gallery.unreadable[0].reason
    found = inferencer.retrieve(TEXT, gallery, where=dict(sub_category='DRESSES'))
    assert {one.fields['product'] for one in found} == {'A1'}
    gallery.remove(gallery.find(product='A1'))
    assert [item.id for item in gallery.items] == ['B2']


def test_the_photos_of_a_config(inferencer, data_root):
    gallery = Gallery.of_config(inferencer)
    kept = {Path(item.path).parent.parent.name for item in gallery.items}
    assert kept == {'FashionGen', 'FashionIQ'}
    assert len({item.path for item in gallery.items}) == len(gallery)
    product = next(item for item in gallery.items if 'product_id' in item.fields)
    assert product.text and product.fields['sub_category'].isupper()
    garment = next(item for item in gallery.items if 'garment' in item.fields)
    assert garment.text == '' and 'target_id' not in garment.fields


# ------------------------------------------------------------- the folder


def test_a_killed_save_leaves_the_old_gallery(
    inferencer, photos, tmp_path, monkeypatch
):
    folder = tmp_path / 'saved'
    Gallery.of_photos(inferencer, photos[:2]).save(folder)
    before = sorted(path.name for path in folder.iterdir())
    more = Gallery.of_photos(inferencer, photos)
    for step in ('_write', 'write_json'):
        with monkeypatch.context() as patch:
            patch.setattr(gallery_files, step, _killed)
            with pytest.raises(KeyboardInterrupt):
                more.save(folder)
        assert len(Gallery.load(folder, inferencer)) == 2
    more.save(folder)
    assert len(Gallery.load(folder, inferencer)) == 6
    assert len(list(folder.iterdir())) == len(before)


def test_a_killed_first_save_is_made_good(inferencer, photos, tmp_path, monkeypatch):
    gallery = Gallery.of_photos(inferencer, photos[:2])
    with monkeypatch.context() as patch:
        patch.setattr(gallery_files, 'write_json', _killed)
        with pytest.raises(KeyboardInterrupt):
            gallery.save(tmp_path / 'saved')
    with pytest.raises(FileNotFoundError, match='no gallery in .*saved: expected a'):
        Gallery.load(tmp_path / 'saved')
    gallery.save(tmp_path / 'saved')
    assert len(Gallery.load(tmp_path / 'saved')) == 2


def _killed(*args: Any, **kwargs: Any) -> None:
    raise KeyboardInterrupt


def test_other_files_are_not_touched(gallery, tmp_path):
    (tmp_path / 'photo.jpg').write_bytes(b'')
    with pytest.raises(ValueError, match='is no gallery and not empty, .* photo.jpg'):
        gallery.save(tmp_path)
    with pytest.raises(ValueError, match='is no gallery and not empty'):
        gallery.save(tmp_path / 'photo.jpg')


@pytest.mark.parametrize('fault', ['cut', 'gone', 'pickle', 'json', 'kind', 'short'])
def test_a_spoiled_gallery(gallery, tmp_path, fault):
    gallery.save(tmp_path / 'saved')
    main = tmp_path / 'saved' / 'gallery.json'
    vectors = next((tmp_path / 'saved').glob('vectors-xmr-*'))
    if fault == 'cut':
        vectors.write_bytes(vectors.read_bytes()[:-100])
    elif fault == 'gone':
        vectors.unlink()
    elif fault == 'pickle':
        np.save(vectors, np.array([dict(a=1)] * 6, dtype=object), allow_pickle=True)
    elif fault == 'json':
        main.write_text('{')
    elif fault == 'kind':
        main.write_text('{"kind": "photos", "version": 1}')
    else:
        np.save(vectors, gallery.vectors['xmr'][:3])
    with pytest.raises(ValueError, match='the gallery in .*saved is spoiled .*buil'):
        Gallery.load(tmp_path / 'saved')


def test_files_outside_the_folder_are_not_read(gallery, tmp_path):
    gallery.save(tmp_path / 'saved')
    main = tmp_path / 'saved' / 'gallery.json'
    vectors = next((tmp_path / 'saved').glob('vectors-xmr-*'))
    shutil.move(vectors, tmp_path / vectors.name)
    main.write_text(main.read_text().replace(vectors.name, f'../{vectors.name}'))
    with pytest.raises(ValueError, match='is spoiled'):
        Gallery.load(tmp_path / 'saved')


# -------------------------------------------------------------------- faiss


def test_faiss_finds_nearly_all(tmp_path):
    pytest.importorskip('faiss')
    exact, fast = synthetic(2000), synthetic(2000, search='faiss')
    queries = unit_rows(20, 16)
    wanted = exact.search('xmr', queries, 10)
    fast.save(tmp_path / 'saved')
    for gallery in (fast, Gallery.load(tmp_path / 'saved')):
        found = gallery.search('xmr', queries, 10)
        shared = [
            len({a.id for a in some} & {b.id for b in others})
            for some, others in zip(found, wanted)
        ]
        assert sum(shared) >= 0.95 * 200
        # filters are exact
        assert gallery.search('xmr', queries, 5, dict(kind='B')) == exact.search(
            'xmr', queries, 5, dict(kind='B')
        )
    gallery.remove(['p0'])
    assert len(gallery.search('xmr', queries, 2000)[0]) <= 1999


def test_without_faiss_it_is_said_how_to_get_it(inferencer, photos, monkeypatch):
    monkeypatch.setitem(sys.modules, 'faiss', None)
    with pytest.raises(ValueError, match="index='faiss' needs faiss: install the"):
        Gallery.of_photos(inferencer, photos, index='faiss')
    with pytest.raises(ValueError, match="unknown index 'fast': expected one of exact"):
        Gallery.of_photos(inferencer, photos, index='fast')


@pytest.mark.slow
def test_a_large_gallery_is_searched_in_bounded_memory(tmp_path):
    """The vectors take 205 MB; the search may take a fraction of it."""
    count, width = 100_000, 512
    rows = np.lib.format.open_memmap(
        tmp_path / 'rows.npy', 'w+', np.float32, (count, width)
    )
    draw = np.random.default_rng(0)
    rows[:] = draw.standard_normal(size=(1000, width), dtype=np.float32).repeat(100, 0)
    rows[7], rows[99_001] = 100 * np.eye(2, width)
    items = [GalleryItem(f'{n}', f'/{n}.jpg', '', {}) for n in range(count)]
    write_gallery(
        tmp_path / 'saved', Stored('f', 'exact', items, dict(xmr=rows), {}), {}
    )
    del items
    tracemalloc.start()
    gallery = Gallery.load(tmp_path / 'saved')
    found = gallery.search('xmr', np.array(rows[[7, 99_001]]), 3)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [one[0].id for one in found] == ['7', '99001']
    assert peak < 80e6
