"""MiniFashion: what is drawn, what is written, and how it gets to disk."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from famevil_plugin.datasets import FashionGen, FashionIQ
from famevil_plugin.datasets.data_root import find_data_root
from famevil_plugin.datasets.mini_fashion import (
    FACETS,
    MiniFashionSizes,
    draw_mini_fashion,
    draw_pretraining_products,
)
from famevil_plugin.datasets.mini_fashion.catalogue import (
    attribute_ids,
    look,
    sample_product,
    validation_looks,
)
from famevil_plugin.datasets.mini_fashion.copywriting import (
    ALWAYS_SAID,
    NAMED,
    choose_noun,
    told,
    write_description,
    write_title,
)
from famevil_plugin.datasets.mini_fashion.drawing import draw_garment
from famevil_plugin.datasets.mini_fashion.facets import facet_labels
from famevil_plugin.datasets.mini_fashion.galleries import (
    MOST_DIFFERENCES,
    WARDROBES,
    sample_gallery,
    sample_queries,
    visible_differences,
)
from famevil_plugin.datasets.mini_fashion.garments import (
    ATTRIBUTES,
    COLOURS,
    PATTERNS,
    Garment,
    sample_garment,
)
from famevil_plugin.datasets.mini_fashion.kinds import CATEGORIES, KINDS, SUBCATEGORIES
from famevil_plugin.datasets.mini_fashion.pretraining import SEED, SIZES, excluded_looks
from famevil_plugin.datasets.mini_fashion.relative_captions import (
    SCALES,
    Change,
    luminance,
    vividness,
    write_captions,
)
from famevil_plugin.datasets.mini_fashion.views import View, sample_view
from famevil_plugin.datasets.mini_fashion.writer import FULL_SIZES

TINY = MiniFashionSizes(16, 8, 16, 12, 8, 4)
ROOT = Path(__file__).parents[2]
GARMENTS = tuple(WARDROBES)


def fingerprint(folder: Path) -> str:
    """A digest of every file's name and bytes."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob('*')):
        digest.update(str(path.relative_to(folder)).encode())
        if path.is_file():
            digest.update(path.read_bytes())
    return digest.hexdigest()


def start_drawing(folder: Path) -> subprocess.Popen:
    """Draw in another process."""
    sizes = ', '.join(map(str, vars(TINY).values()))
    code = (
        'from famevil_plugin.datasets.mini_fashion import *; '
        f'draw_mini_fashion({str(folder)!r}, workers=1, '
        f'sizes=MiniFashionSizes({sizes}))'
    )
    return subprocess.Popen(
        [sys.executable, '-c', code], env={**os.environ, 'PYTHONPATH': str(ROOT)}
    )


@pytest.fixture(scope='module')
def mini(tmp_path_factory) -> Path:
    """A tiny set."""
    folder = tmp_path_factory.mktemp('data') / 'mini'
    return draw_mini_fashion(folder, workers=1, sizes=TINY)


def load(path: Path):
    return json.loads(path.read_text())


# -- the same bytes -----------------------------------------------------------
def test_workers_do_not_matter(mini, tmp_path):
    other = draw_mini_fashion(tmp_path / 'two', workers=2, sizes=TINY)
    assert fingerprint(other) == fingerprint(mini)


def test_seed_matters(mini, tmp_path):
    sizes = MiniFashionSizes(2, 1, 8, 8, 2, 2)
    first, second = (
        draw_mini_fashion(tmp_path / str(seed), seed, 1, sizes) for seed in (0, 1)
    )
    for name in ('FashionGen/images/100000_0.jpg', 'FashionGen/train_info.json'):
        assert (first / name).read_bytes() != (second / name).read_bytes()
        if name.endswith('jpg'):
            # A product does not depend on how many others there are.
            assert (first / name).read_bytes() == (mini / name).read_bytes()


# -- the layouts --------------------------------------------------------------
def test_fashion_gen_layout(mini):
    root = mini / 'FashionGen'
    assert load(root / 'categories.json') == list(CATEGORIES)
    assert load(root / 'subcategories.json') == list(SUBCATEGORIES)
    ids, names = [], []
    for split in ('train', 'val'):
        for product in load(root / f'{split}_info.json'):
            assert set(product) == {
                'images',
                'id',
                'title',
                'description',
                'attributes_id',
                'category_id',
                'subcategory_id',
            }
            kind = KINDS[SUBCATEGORIES[product['subcategory_id']]]
            assert CATEGORIES[product['category_id']] == kind.category
            assert 2 <= len(product['images']) <= 4
            assert all(isinstance(i, int) for i in product['attributes_id'])
            ids.append(product['id'])
            names += product['images']
    assert len(set(ids)) == len(ids) == 24
    assert len(set(names)) == len(names)
    assert {f'images/{path.name}' for path in (root / 'images').iterdir()} == set(names)
    with Image.open(root / names[0]) as image:
        assert (image.size, image.mode) == ((128, 128), 'RGB')


def test_fashion_iq_layout(mini):
    root = mini / 'FashionIQ'
    everything = []
    for name in GARMENTS:
        for split, photos, queries in (('train', 16, 8), ('val', 12, 4)):
            gallery = load(root / f'image_splits/split.{name}.{split}.json')
            assert len(gallery) == photos
            assert all(len(i) == 10 and i.startswith('B0') for i in gallery)
            triplets = load(root / f'captions/cap.{name}.{split}.json')
            assert len(triplets) == queries
            for triplet in triplets:
                assert set(triplet) == {'candidate', 'target', 'captions'}
                assert len(triplet['captions']) == 2
                assert all(triplet['captions'])
                assert triplet['candidate'] != triplet['target']
                assert {triplet['candidate'], triplet['target']} <= set(gallery)
            everything += gallery
    assert len(set(everything)) == len(everything)
    assert {path.stem for path in (root / 'images').iterdir()} == set(everything)


# -- what there is ------------------------------------------------------------
def test_wealth_of_the_catalogue():
    assert len(SUBCATEGORIES) >= 28
    assert len(CATEGORIES) >= 6
    assert len(COLOURS) >= 12
    patterns = {value for kind in KINDS.values() for value in kind.options['pattern']}
    assert patterns == set(PATTERNS)


def test_sizes_in_the_papers_proportions():
    triplets = len(WARDROBES) * FULL_SIZES.train_queries
    assert 10 * triplets == 3 * FULL_SIZES.train_products


def test_some_kinds_look_alike():
    rng = np.random.default_rng(0)
    view = sample_view(rng)
    for name, twin in (('SHIRTS', 'PYJAMA SHIRTS'), ('CLUTCHES', 'POUCHES')):
        garment = sample_garment(KINDS[name], rng)
        other = Garment(**{**vars(garment), 'kind': twin})
        assert draw_garment(garment, view) == draw_garment(other, view)
        assert look(garment, KINDS[name]) == look(other, KINDS[twin])
        assert KINDS[name].noun != KINDS[twin].noun


def test_some_texts_do_not_name_the_kind():
    rng = np.random.default_rng(0)
    garment = sample_garment(KINDS['HOODIES'], rng)
    nouns = Counter(choose_noun(garment, rng) for _ in range(1000))
    assert set(nouns) == {'hoodie', 'top'}
    assert nouns['hoodie'] / 1000 == pytest.approx(NAMED, abs=0.05)
    assert 'hoodie' not in write_title(garment, 'top', rng).lower()
    assert 'hoodie' not in write_description(garment, 'top', rng).lower()


def test_texts_that_do_not_say_the_kind_do_not_give_it_away():
    """They say what most kinds of that name can have, and all of what is clear."""
    rng = np.random.default_rng(0)
    for name in SUBCATEGORIES:
        kind = KINDS[name]
        for _ in range(20):
            garment = sample_garment(kind, rng)
            if kind.noun not in ('dress', 'skirt'):  # three kinds are called so
                assert told(garment, kind.noun) == garment
            said = told(garment, kind.general)
            meant = [other for other in KINDS.values() if other.general == kind.general]
            for attribute in said.differences(Garment(name)):
                if attribute not in ALWAYS_SAID:
                    value = getattr(said, attribute)
                    able = [value in k.options.get(attribute, ()) for k in meant]
                    assert 2 * sum(able) >= len(meant), (name, value)
            assert [getattr(said, word) for word in ALWAYS_SAID] == [
                getattr(garment, word) for word in ALWAYS_SAID
            ]
    hoodie = sample_garment(KINDS['HOODIES'], rng, closure='zip')
    for _ in range(20):
        text = write_description(hoodie, 'top', rng).lower()
        assert 'hood' not in text and 'fleece' not in text and hoodie.colour in text


def test_facets_tell_all_of_a_garment():
    rng = np.random.default_rng(0)
    for number, name in enumerate(SUBCATEGORIES):
        garment = sample_garment(KINDS[name], rng)
        labels = facet_labels(number, attribute_ids(garment))
        told = {facet: FACETS[facet][label] for facet, label in zip(FACETS, labels)}
        assert told == vars(garment)


@pytest.mark.parametrize('name', SUBCATEGORIES)
def test_every_option_can_be_drawn(name):
    kind = KINDS[name]
    rng = np.random.default_rng(0)
    for attribute, values in kind.options.items():
        for value in dict.fromkeys(values):
            garment = sample_garment(kind, rng, **{attribute: value})
            image = draw_garment(garment, sample_view(rng))
            assert np.asarray(image).std() > 5


def test_what_differs_is_seen():
    base = Garment(
        'T-SHIRTS',
        'red',
        fabric='cotton jersey',
        fit='regular',
        length='regular',
        sleeves='short',
        neck='crewneck',
    )
    plain = np.asarray(draw_garment(base, View()), float)
    for words in (
        {'colour': 'blue'},
        {'sleeves': 'long'},
        {'neck': 'v-neck'},
        {'length': 'cropped'},
        {'pocket': 'chest'},
        {'fabric': 'rib knit cotton'},
        {'pattern': 'stripes', 'second': 'white'},
    ):
        other = Garment(**{**vars(base), **words})
        changed = np.asarray(draw_garment(other, View()), float)
        seen = (np.abs(plain - changed).max(-1) > 12).mean()
        assert seen > 0.004, words


def test_texts():
    rng = np.random.default_rng(0)
    lengths = []
    for i in range(400):
        garment = sample_garment(KINDS[SUBCATEGORIES[i % len(SUBCATEGORIES)]], rng)
        noun = choose_noun(garment, rng)
        text = write_description(garment, noun, rng)
        title = write_title(garment, noun, rng)
        assert text.endswith('.') and '{' not in text + title
        assert '  ' not in text + title and title
        assert noun in text.lower() and noun in title.lower()
        assert garment.colour in text.lower()
        lengths.append(len(f'{title} {text}'.split()))
    assert 18 < np.mean(lengths) < 40
    assert max(lengths) < 60


def test_two_writers_agree_in_part():
    rng = np.random.default_rng(0)
    overlaps = []
    for i in range(400):
        garment = sample_garment(KINDS[SUBCATEGORIES[i % len(SUBCATEGORIES)]], rng)
        first, second = (
            _fourgrams(write_description(garment, choose_noun(garment, rng), rng))
            for _ in range(2)
        )
        overlaps.append(sum((first & second).values()) / max(1, sum(first.values())))
    assert 0.15 < np.mean(overlaps) < 0.5


def _fourgrams(text: str) -> Counter:
    words = text.lower().replace('.', ' .').split()
    return Counter(zip(*(words[i:] for i in range(4))))


# -- queries ------------------------------------------------------------------
def satisfies(change: Change, garment: Garment, reference: Garment | None) -> float:
    """Score how well a garment answers a change, with or without reference."""
    value = getattr(garment, change.attribute)
    measures = {
        'light': (luminance, 1),
        'dark': (luminance, -1),
        'vivid': (vividness, 1),
        'dull': (vividness, -1),
    }
    if change.attribute == 'colour' and change.value in measures:
        measure, sign = measures[change.value]
        start = measure(reference.colour) if reference else 0.5
        return float(sign * (measure(value) - start) > (0.2 if reference else 0))
    if change.value in ('more', 'less'):
        scale = SCALES[change.attribute]
        sign = 1 if change.value == 'more' else -1
        place = scale.index(value) if value in scale else -1
        if reference is None:
            return sign * place / len(scale)
        start = getattr(reference, change.attribute)
        return float(place >= 0 and sign * (place - scale.index(start)) > 0)
    return float(value == change.value)


def recall(scores: np.ndarray, target: int, k: int) -> float:
    """Chance that the target is among the first k, ties at random."""
    better = (scores > scores[target]).sum()
    equal = (scores == scores[target]).sum()
    return float(np.clip((k - better) / equal, 0, 1))


def test_queries_need_both_halves():
    scores = []
    names = [name for name in ATTRIBUTES if name != 'kind']
    for kind in WARDROBES.values():
        rng = np.random.default_rng(3)
        gallery, lines = sample_gallery(kind, 240, rng)
        words = np.array([[getattr(g, name) for name in names] for g in gallery])
        for query in sample_queries(gallery, lines, 120, rng):
            reference, target = (gallery[i] for i in query)
            changes = write_captions(reference, target, rng).changes
            named = {change.attribute for change in changes}
            same = words == words[query.candidate]
            kept = [i for i, name in enumerate(names) if name not in named]
            text = np.array(
                [sum(satisfies(c, g, None) for c in changes) for g in gallery]
            )
            joint = np.array(
                [sum(satisfies(c, g, reference) for c in changes) for g in gallery]
            )
            joint = 1.5 * joint + same[:, kept].sum(1)
            scores.append(
                [
                    (recall(s, query.target, 10) + recall(s, query.target, 50)) * 50
                    for s in (text, same.sum(1), joint)
                ]
            )
    text_alone, reference_alone, both = np.mean(scores, 0)
    assert text_alone < 70
    assert reference_alone < 65
    assert both > 90


def test_captions_name_true_differences():
    for kind in WARDROBES.values():
        rng = np.random.default_rng(5)
        gallery, lines = sample_gallery(kind, 80, rng)
        assert len(set(gallery)) == 80
        for query in sample_queries(gallery, lines, 60, rng):
            candidate, target = (gallery[i] for i in query)
            differences = visible_differences(candidate, target)
            assert 1 <= len(differences) <= MOST_DIFFERENCES
            captions, changes = write_captions(candidate, target, rng)
            assert all('{' not in caption for caption in captions)
            for change in changes:
                assert change.attribute in differences
                assert satisfies(change, target, candidate) == 1
                if change.value in ('more', 'less', 'light', 'dark'):
                    assert satisfies(change, candidate, candidate) == 0


def test_too_many_queries():
    rng = np.random.default_rng(0)
    gallery, lines = sample_gallery(WARDROBES['dress'], 4, rng)
    with pytest.raises(ValueError, match='expected 30 queries .* found'):
        sample_queries(gallery, lines, 30, rng)


# -- for pre-training ---------------------------------------------------------
@pytest.mark.slow
def test_no_product_for_pretraining_looks_as_one_that_judges():
    judging = excluded_looks()
    for seed in (0, 7):
        assert validation_looks(seed, FULL_SIZES) <= judging
    assert SEED not in (0, 7)
    for split in ('train', 'val'):
        for index in range(getattr(SIZES, f'{split}_products')):
            garment, _ = sample_product(SEED, split, index, judging)
            assert look(garment, KINDS[garment.kind]) not in judging


def test_excluded_garments_are_in_no_gallery():
    kind = WARDROBES['dress']
    plain, _ = sample_gallery(kind, 72, np.random.default_rng(3))
    unwanted = {look(garment, kind) for garment in plain[::2]}
    others, _ = sample_gallery(
        kind,
        72,
        np.random.default_rng(3),
        lambda garment: look(garment, kind) not in unwanted,
    )
    assert len(others) == 72
    assert not unwanted & {look(garment, kind) for garment in others}


def test_excluded_looks_are_drawn_anew():
    plain = [sample_product(SEED, 'train', index)[0] for index in range(40)]
    unwanted = {look(garment, KINDS[garment.kind]) for garment in plain[::2]}
    for index, garment in enumerate(plain):
        other, _ = sample_product(SEED, 'train', index, unwanted)
        assert (other == garment) == (index % 2 == 1)
        assert other.kind == garment.kind


def test_a_script_without_a_main_guard_is_told_so(tmp_path):
    """Its workers import it, and would wait for the lock for ever."""
    script = tmp_path / 'script.py'
    script.write_text(
        'from famevil_plugin.datasets.mini_fashion import MiniFashionSizes, '
        'draw_mini_fashion\n'
        'sizes = MiniFashionSizes(4, 2, 8, 8, 2, 2)\n'
        'draw_mini_fashion("drawn", workers=2, sizes=sizes)'
    )
    done = subprocess.run(
        [sys.executable, script],
        cwd=tmp_path,
        env=os.environ | dict(PYTHONPATH=str(ROOT)),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 1
    assert "put what it does under if __name__ == '__main__':" in done.stderr
    assert not (tmp_path / 'drawn').exists()


def test_products_for_pretraining_on_disk(tmp_path, capsys):
    sizes = MiniFashionSizes(8, 4, 6, 6, 2, 2)
    root = draw_pretraining_products(tmp_path / 'few', workers=1, sizes=sizes)
    marker = load(root / 'mini_fashion.json')
    assert marker['seed'] == SEED and marker['excluded'] == [0, 7]
    for split, count in (('train', 8), ('val', 4)):
        for task in ('xmr', 'scr', 'fic'):
            assert len(FashionGen(str(root), split, task)) == count
    for split in ('train', 'val'):
        assert len(FashionIQ(str(root), split)) == 6
    photos = len(list(root.glob('*/images/*.jpg')))
    assert f'{photos}/{photos}' in capsys.readouterr().err


def test_a_folder_of_their_name_is_drawn(tmp_path, monkeypatch):
    drawn = []
    monkeypatch.setattr(
        'famevil_plugin.datasets.mini_fashion.draw_pretraining_products', drawn.append
    )
    find_data_root(str(tmp_path / 'mini_fashion_pretraining'))
    assert drawn == [tmp_path / 'mini_fashion_pretraining']


# -- on disk ------------------------------------------------------------------
def test_a_complete_set_is_left_alone(mini):
    before = (mini / 'mini_fashion.json').stat().st_mtime_ns
    start = time.perf_counter()
    assert draw_mini_fashion(str(mini), sizes=TINY) == mini
    assert time.perf_counter() - start < 0.5
    assert (mini / 'mini_fashion.json').stat().st_mtime_ns == before


def test_another_set_is_refused(mini):
    with pytest.raises(
        ValueError,
        match=(
            r'mini: expected MiniFashion, got another one \(seed: expected 7, '
            r'got 0\); .*'
            'delete this one to have it drawn anew'
        ),
    ):
        draw_mini_fashion(mini, seed=7, sizes=TINY)


def test_foreign_files_are_refused(tmp_path):
    (tmp_path / 'holiday.jpg').write_bytes(b'')
    with pytest.raises(ValueError, match='got other files .holiday.jpg'):
        draw_mini_fashion(tmp_path, sizes=TINY)
    with pytest.raises(ValueError, match='expected a folder .* got a file'):
        draw_mini_fashion(tmp_path / 'holiday.jpg', sizes=TINY)


def test_a_killed_run_leaves_nothing(mini, tmp_path):
    folder = tmp_path / 'mini'
    process = start_drawing(folder)
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob('.mini.drawing-*/*/images/*.jpg')):
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not folder.exists()
    assert list(tmp_path.glob('.mini.drawing-*'))
    draw_mini_fashion(folder, workers=1, sizes=TINY)
    assert not list(tmp_path.glob('.mini.drawing-*'))
    assert fingerprint(folder) == fingerprint(mini)


def test_two_processes_make_one_set(mini, tmp_path):
    folder = tmp_path / 'mini'
    processes = [start_drawing(folder) for _ in range(2)]
    assert [process.wait(120) for process in processes] == [0, 0]
    assert fingerprint(folder) == fingerprint(mini)
    assert not list(tmp_path.glob('.mini.drawing-*'))
