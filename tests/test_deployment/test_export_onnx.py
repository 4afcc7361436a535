"""Exported programs: what PyTorch computes, and a sample that needs no PyTorch."""

import contextlib
import io
import json
import re
import runpy
import shutil
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import onnx
import pytest
import torch
from attribute_prediction import AttributeHead
from onnxruntime import InferenceSession
from PIL import Image

from famevil_plugin.datasets import CentrePhotos, LoadPhotos
from famevil_plugin.deployment import onnx_export
from famevil_plugin.deployment.exported_folder import SAMPLE, SETTINGS, export_model
from famevil_plugin.deployment.onnx_export import WEIGHTS
from famevil_plugin.deployment.preprocessing import common_view, read_views
from famevil_plugin.deployment.programs import collect_programs
from famevil_plugin.deployment.trained_model import Trained, load_trained
from famevil_plugin.models.bare_model import build_bare
from famevil_plugin.tokenizer import build_tokenizer
from tests.conftest import ROOT

from .conftest import NAMES, narrow_config

TOOL = 'deployment/export_onnx.py'
PROGRAMS = [
    'xmr_photo',
    'xmr_text',
    'tgir_query',
    'tgir_gallery_photo',
    'scr_sub_category',
    'fic_memory',
    'fic_step',
]
TEXTS = [
    '',
    'A red dress, with LONG sleeves.',
    "women's jeans; they're 100% cotton_blend & £20",
    'café “curly” ﬁt ＷＩＤＥ ½ m² 12½cm — naïve…',
    '&lt;b&gt;bold&lt;/b&gt; &amp;amp; tabs\t\nand  spaces\u200bhere \x85',
    "日本語のドレス 👗 ''s 'tis o'clock",
    '<end_of_text> of a text',
    'a very long text ' * 40,
]


@pytest.fixture(scope='module')
def trained(work_dir):
    return load_trained(work_dir)


@pytest.fixture(scope='module')
def run(work_dir, tmp_path_factory):
    """The folder of the narrow model, and what the tool said."""
    out = tmp_path_factory.mktemp('exported') / 'out'
    said = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(said):
        patch.setattr(sys, 'argv', [TOOL, str(work_dir), str(out), '--check'])
        runpy.run_path(str(ROOT / 'tools' / TOOL), run_name='__main__')
    return out, said.getvalue()


@pytest.fixture(scope='module')
def exported(run):
    return run[0]


@pytest.fixture(scope='module')
def settings(exported):
    return json.loads((exported / SETTINGS).read_text())


@pytest.fixture(scope='module')
def sample(exported):
    """The functions of the sample program."""
    return SimpleNamespace(**runpy.run_path(str(exported / SAMPLE)))


@pytest.fixture(scope='module')
def photos(data):
    return sorted((data / 'FashionGen' / 'images').iterdir())[:5]


def prepared(trained, photos):
    """Photos as the evaluation sees them, normalised."""
    view, size = CentrePhotos(64), trained.model.data_preprocessor
    images = [
        view.transform(LoadPhotos().transform(dict(image_path=str(path))))['image']
        for path in photos
    ]
    return (torch.stack(images).float() - size.mean) / size.std


def test_the_tool_checks_on_the_whole_validation(run, work_dir):
    out, said = run
    assert f'{out}: 7 programs of {work_dir / "iter_7.pth"}' in said
    findings = dict(line.split(': ') for line in said.splitlines() if ': ' in line)
    for name in PROGRAMS:
        items, deviation = re.fullmatch(
            r'([\d,]+) items, deviation at most (.*)', findings[name]
        ).groups()
        assert int(items.replace(',', '')) >= 4 and 0 < float(deviation) <= 1e-4
    for order in (
        'order of xmr_photo for xmr_text',
        'order of xmr_text for xmr_photo',
        'order of tgir_gallery_photo for tgir_query',
        'order within scr_sub_category',
    ):
        assert re.match(r'\d+ of [\d,]+ places differ', findings[order])
    assert re.fullmatch(r'0 of \d+ differ', findings['greedy captions'])


def test_what_is_in_the_folder(exported, settings, trained):
    files = {path.name for path in exported.iterdir()}
    assert files == {f'{name}.onnx' for name in PROGRAMS} | {
        WEIGHTS,
        SETTINGS,
        SAMPLE,
        'vocab.json',
        'merges.txt',
    }
    programs = {program['name']: program for program in settings['programs']}
    assert sorted(programs) == sorted(PROGRAMS)
    assert programs['tgir_query']['inputs'] == dict(image='photo', tokens='text')
    assert programs['tgir_query']['verb'] == 'compose'
    assert programs['scr_sub_category']['columns'] == [*NAMES, '#3']
    step = programs['fic_step']
    assert step['calls'] == 11
    assert step['first']['newest'] == dict(shape=[1], value=[2046], dtype='int64')
    assert step['first']['past_0_key']['shape'] == [2, 0, 12]
    photo = settings['photo']
    assert (photo['size'], photo['resize']) == (64, [73, 73])
    assert photo['crop'] == [4, 4, 68, 68]
    assert photo['mean'] == pytest.approx([0.48145466, 0.4578275, 0.40821073])
    assert settings['text']['context_length'] == 64
    # each weight once, though five programs have the image encoder
    size = sum(weight.nbytes for weight in trained.model.parameters())
    assert (exported / WEIGHTS).stat().st_size < 4 * size
    assert len((exported / SAMPLE).read_text().splitlines()) < 90


def test_programs_name_no_file_of_the_machine(exported):
    for path in exported.glob('*.onnx'):
        onnx.checker.check_model(str(path))
        assert str(ROOT).encode() not in path.read_bytes()


@pytest.mark.parametrize(('batch', 'length'), [(1, 1), (1, 64), (5, 7)])
def test_any_batch_and_any_length(exported, trained, batch, length):
    head, encoder = trained.model.heads.scr, trained.model.encoder
    image = torch.randn(batch, 3, 64, 64)
    tokens = torch.randint(1, 2046, (batch, length))
    tokens[:, -1] = 2047
    session = InferenceSession(exported / 'scr_sub_category.onnx')
    (scores,) = session.run(None, dict(image=image.numpy(), tokens=tokens.numpy()))
    wanted = head.score(encoder, image, tokens)
    assert np.abs(scores - wanted.numpy()).max() < 1e-4


def test_the_sample_reads_texts_as_the_tokenizer_does(sample):
    tokenizer = build_tokenizer(vocab_size=2048, context_length=64)
    for text in TEXTS:
        wanted = tokenizer([text])[0]
        (ids,) = sample.tokenize(text)
        assert ids.tolist() == wanted[: len(ids)].tolist(), text
        assert not wanted[len(ids) :].any()


def test_the_sample_reads_photos_as_the_evaluation_does(sample, trained, tmp_path):
    odd = Image.effect_noise((90, 61), 80).convert('RGB')
    odd.putalpha(Image.linear_gradient('L').resize(odd.size))
    odd.save(tmp_path / 'odd.png')
    turned = Image.effect_noise((50, 130), 80).convert('RGB')
    exif = turned.getexif()
    exif[274] = 6
    turned.save(tmp_path / 'turned.jpg', exif=exif)
    paths = [tmp_path / 'odd.png', tmp_path / 'turned.jpg']
    for path, wanted in zip(paths, prepared(trained, paths)):
        levels = trained.model.data_preprocessor.std * (
            torch.from_numpy(sample.read_photo(path))[0] - wanted
        )
        # both round after each direction of the resize, and on the white
        assert levels.abs().max() < 2.01


@pytest.mark.parametrize(
    'arguments, said',
    [
        ('', 'use_onnx.py retrieve TEXT'),
        ('--help', 'use_onnx.py retrieve TEXT'),
        ('describe', 'use_onnx.py retrieve TEXT'),
        ('retrieve red', 'use_onnx.py retrieve TEXT'),
        ('compose a.jpg red', 'use_onnx.py retrieve TEXT'),
        ('describe gone.jpg', 'gone.jpg is no photo: .*No such file'),
        ('describe preprocessing.json', 'preprocessing.json is no photo: cannot iden'),
    ],
)
def test_mistakes_with_the_sample(exported, monkeypatch, arguments, said):
    monkeypatch.chdir(exported)
    monkeypatch.setattr(sys, 'argv', [SAMPLE, *arguments.split()])
    with pytest.raises(SystemExit, match=said):
        runpy.run_path(SAMPLE, run_name='__main__')


def test_the_sample_answers_without_pytorch(exported, trained, photos):
    """It searches, composes, classifies and captions."""

    def ask(*arguments):
        code = (
            'import sys, runpy; sys.modules["torch"] = sys.modules["regex"] = None; '
            f'sys.argv[0] = {str(exported / SAMPLE)!r}; '
            'runpy.run_path(sys.argv[0], run_name="__main__")'
        )
        return subprocess.run(
            [sys.executable, '-c', code, *map(str, arguments)],
            check=True,
            text=True,
            capture_output=True,
        ).stdout.splitlines()

    model, encoder = trained.model, trained.model.encoder
    images = prepared(trained, photos)
    tokens = build_tokenizer(vocab_size=2048, context_length=64)(['a red dress'])
    heads = model.heads

    def order(scores, names):
        return [str(names[i]) for i in scores.argsort(descending=True)]

    text = heads.xmr.embed_text(encoder, tokens)[0]
    scores = heads.xmr.embed_image(encoder, images) @ text
    said = ask('retrieve', 'a red dress', *photos)
    assert [line.split()[-1] for line in said] == order(scores, photos)

    query = heads.tgir.embed_query(encoder, images[:1], tokens)[0]
    scores = heads.tgir.embed_target(encoder, images) @ query
    said = ask('compose', photos[0], 'a red dress', *photos)
    assert [line.split()[-1] for line in said] == order(scores, photos)

    scores = heads.scr.score(encoder, images[:1], tokens)[0]
    said = ask('classify', photos[0], 'a red dress')
    assert [line.split()[-1] for line in said] == order(scores, [*NAMES, '#3'])

    ids = heads.fic.generate(encoder, images).tolist()
    assert ask('describe', *photos) == [heads.fic.spell(row) for row in ids]


def test_a_foreign_head_leaves_as_a_program(data, tmp_path):
    config = narrow_config(data)
    config.model.heads = dict(attributes=dict(type=AttributeHead))
    config.test_dataloader.attributes = config.test_dataloader.xmr
    model = build_bare(config.model).eval().requires_grad_(False)
    trained = Trained(model, config, {}, tmp_path / 'none.pth')
    export_model(trained, tmp_path / 'out')
    (program,) = json.loads((tmp_path / 'out' / SETTINGS).read_text())['programs']
    assert program['name'] == 'attributes_attributes'
    assert program['verb'] == 'tag' and program['inputs'] == dict(image='photo')
    image = torch.randn(3, 3, 64, 64)
    session = InferenceSession(tmp_path / 'out' / program['file'])
    (scores,) = session.run(None, dict(image=image.numpy()))
    wanted = model.heads.attributes.score(model.encoder, image)
    assert np.abs(scores - wanted.numpy()).max() < 1e-4


def test_a_check_that_fails(command, exported, work_dir, tmp_path, monkeypatch):
    """Other weights than the model's are noticed, and the tool exits with 1."""

    def other_weights(trained, out):
        shutil.copytree(exported, out)
        weights = bytearray((out / WEIGHTS).read_bytes())
        weights[2::4] = bytes(byte ^ 1 for byte in weights[2::4])
        (out / WEIGHTS).write_bytes(weights)
        return programs

    found = collect_programs(load_trained(work_dir).model)
    programs = [program for program in found if program.task == 'xmr']
    module = sys.modules['famevil_plugin.deployment.exported_folder']
    monkeypatch.setattr(module, 'export_model', other_weights)
    with pytest.raises(SystemExit, match='deviates by more than 0.0001 from PyTorch'):
        command(TOOL, work_dir, tmp_path / 'out', '--check')
    nowhere = 'test_dataloader.xmr.dataset.data_root=nowhere'
    with pytest.raises(SystemExit, match="not be checked: data_root 'nowhere' does"):
        command(TOOL, work_dir, tmp_path / 'b', '--check', '--cfg-options', nowhere)


def test_a_work_dir_without_a_checkpoint(refused, work_dir, tmp_path):
    out = tmp_path / 'out'
    said = refused(TOOL, tmp_path / 'nowhere', out)
    assert f'no config in {tmp_path / "nowhere"}: expected a folder' in said
    shutil.copy(work_dir / 'narrow.py', tmp_path)
    said = refused(TOOL, tmp_path, out)
    assert f'no whole checkpoint in {tmp_path}: expected iter_N.pth. Train' in said
    (tmp_path / 'iter_9.pth').write_bytes(b'half')
    said = refused(TOOL, tmp_path, out)
    assert 'expected iter_N.pth (' in said and 'iter_9.pth: ' in said
    assert not out.exists()


def test_a_folder_that_holds_something(refused, work_dir, tmp_path):
    (tmp_path / 'notes.txt').write_text('mine')
    said = refused(TOOL, work_dir, tmp_path)
    assert f'{tmp_path} is there already and holds notes.txt: give a folder' in said
    assert [path.name for path in tmp_path.iterdir()] == ['notes.txt']
    said = refused(TOOL, work_dir, tmp_path / 'notes.txt')
    assert 'is there already and holds data' in said


def test_a_task_that_the_model_lacks(refused, work_dir, tmp_path):
    said = refused(TOOL, work_dir, tmp_path / 'out', '--tasks', 'xmr', 'tags')
    assert 'is for the tasks fic, scr, tgir, xmr, got tags' in said


def test_an_input_that_nothing_gives(work_dir):
    model = load_trained(work_dir, tasks=['xmr']).model
    model.heads.xmr.inputs = dict(image='photo', tokens='plain')
    with pytest.raises(ValueError, match='a text of the task xmr reads tokens, which'):
        collect_programs(model)
    model.heads.xmr.programs = lambda encoder: {}
    with pytest.raises(ValueError, match='nothing of the tasks xmr can be exported'):
        collect_programs(model)


def test_a_missing_package(refused, work_dir, tmp_path, monkeypatch):
    find = onnx_export.find_spec
    monkeypatch.setattr(
        onnx_export, 'find_spec', lambda name: None if 'onnx' in name else find(name)
    )
    said = refused(TOOL, work_dir, tmp_path / 'out')
    assert 'needs onnx, onnxscript, which is not installed: ' in said
    assert 'tools/set_up.sh onnx, or pip install' in said
    said = refused(TOOL, work_dir, tmp_path / 'out', '--check')
    assert 'needs onnxruntime, which is not installed' in said


@pytest.mark.parametrize(
    ('change', 'said'),
    [
        (lambda c: c.pop('test_dataloader'), None),
        (
            lambda c: c.update(test_dataloader=None, val_dataloader=None),
            'neither test_dataloader nor val_dataloader',
        ),
        (lambda c: c.test_dataloader.pop('scr'), 'nothing of the tasks scr'),
        (
            lambda c: c.test_dataloader.scr.dataset.pipeline[1].update(size=32),
            'the scr pipeline has size=32, another task 64',
        ),
        (
            lambda c: c.test_dataloader.scr.dataset.pipeline.pop(1),
            'the scr pipeline has no CentrePhotos',
        ),
        (
            lambda c: c.test_dataloader.scr.dataset.pipeline.insert(
                1, dict(type='AugmentPhotos')
            ),
            'the scr pipeline prepares by AugmentPhotos',
        ),
    ],
)
def test_preparations_that_cannot_be_told(data, change, said):
    config = narrow_config(data)
    change(config)
    tasks = list(config.model.heads)
    if said is None:  # what --no-validate leaves
        assert common_view(read_views(config, tasks)).resize == 73
        return
    with pytest.raises(ValueError, match=said):
        common_view(read_views(config, tasks))
