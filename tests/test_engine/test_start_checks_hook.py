"""What the parts of a run find odd is told before its first step."""

import json
import os
import shutil
from pathlib import Path

import pytest
from mmengine.config import Config
from mmengine.runner import Runner

from famevil_plugin.engine import StartChecksHook
from tests.conftest import ROOT, draw_few
from tests.tiny_run import RandomProducts, ScriptedMetric, run_config, train

TINY = {
    'pretrained': None,
    'encoder.backbone.vision_cfg.width': 32,
    'encoder.backbone.vision_cfg.layers': 1,
    'encoder.backbone.text_cfg.width': 32,
    'encoder.backbone.text_cfg.layers': 1,
    'encoder.backbone.text_cfg.heads': 1,
}


@pytest.fixture(scope='module')
def drawn(tmp_path_factory):
    return draw_few(tmp_path_factory, 24, 13, 12, 9, 16, 5)


@pytest.fixture
def data(drawn, tmp_path):
    """A copy that a test may spoil."""
    return shutil.copytree(drawn, tmp_path / 'data')


def whole_config(data: Path, work_dir: Path, **changes) -> Config:
    """The default config on the data."""
    config = Config.fromfile(ROOT / 'configs' / 'famevil_4task.py')
    model = {f'model.{key}': value for key, value in TINY.items()}
    model['model.encoder.pretrained'] = model.pop('model.pretrained')
    config.merge_from_dict(
        model
        | dict(
            work_dir=str(work_dir),
            log_level='ERROR',
            visualizer=dict(vis_backends=[]),
            train_dataloader=dict(
                batch_size=8, num_workers=0, persistent_workers=False
            ),
        )
        | changes
    )
    loaders = config.val_dataloader
    for loader in loaders.values():
        loader.update(num_workers=0)
        loader.dataset.data_root = str(data)
    for dataset in config.train_dataloader.dataset.datasets.values():
        dataset.data_root = str(data)
    return config


def refusal(config: Config) -> str:
    """What a run says instead of its first step."""
    runner = Runner.from_cfg(config)
    runner._init_model_weights = lambda: pytest.fail('the run begins')
    with pytest.raises(ValueError, match='the run is not begun') as error:
        runner.train()
    return str(error.value)


def test_all_faults_are_told_at_once(data, tmp_path, monkeypatch):
    java = tmp_path / 'bin' / 'java'
    java.parent.mkdir()
    java.write_text('#!/bin/sh\necho no room >&2\nexit 1\n')
    java.chmod(0o755)
    monkeypatch.setenv('PATH', f'{java.parent}{os.pathsep}{os.environ["PATH"]}')
    (data / 'FashionGen/subcategories.json').unlink()
    for split, label in (('train', 24), ('val', 30)):
        path = data / f'FashionGen/{split}_info.json'
        products = json.loads(path.read_text())
        products[0]['subcategory_id'] = label
        path.write_text(json.dumps(products))
    for photo in (data / 'FashionIQ/images').iterdir():
        photo.write_bytes(photo.read_bytes()[:100])
    said = refusal(
        whole_config(data, tmp_path / 'run', **{'model.heads.scr.num_classes': 24})
    )
    first, *faults = said.splitlines()
    photos, train, val, java_fault = faults
    assert photos.startswith('  photos cannot be read, of some that were looked at (')
    assert 'train tgir: the photo' in photos and "missing='skip'" in photos
    what = '  sub-categories do not fit the SCR head, which knows 24 (1): '
    remedy = 'Set model.heads.scr.num_classes to'
    assert train == f'{what}train scr: number 24 of 1 items. {remedy} 25 or more'
    views = len(products[0]['images'])
    assert val == f'{what}val scr: number 30 of {views} items. {remedy} 31 or more'
    assert f'not work (1): val fic: {java}: it ends with 1: no room. Mend' in java_fault


def test_notes_are_a_line_a_kind(data, tmp_path, monkeypatch):
    """Texts that are cut in all tasks, batches of more items than there are."""
    said = []
    config = whole_config(
        data, tmp_path / 'run', **{'val_evaluator.fic.0.scores': ['BLEU-4']}
    )
    config.train_dataloader.batch_size = 25
    config.val_evaluator.fic[0].tokenizer = 'regex'
    for dataset in config.train_dataloader.dataset.datasets.values():
        for transform in dataset.pipeline:
            if 'tokenizer' in transform:
                transform.tokenizer.context_length = 12
    runner = Runner.from_cfg(config)
    monkeypatch.setattr(runner.logger, 'warning', said.append)
    assert runner.train_loop and runner.val_loop
    StartChecksHook().before_run(runner)
    cut, few = said
    assert cut.startswith('texts are cut at 12 tokens (')
    assert cut.count('that were looked at') == 4
    assert 'train tgir: ' in cut and '% of their tokens' in cut
    assert 'train xmr: product_id: 24 different, batches of 25' in few


class CheckedProducts(RandomProducts):
    """Another package's data, which know what is wrong with them."""

    def check_start(self, start):
        start.fault(
            'shelves are empty',
            [f'{start.size} in {start.mode} of {start.task}, {len(start.items)} seen'],
        )


class CheckedMetric(ScriptedMetric):
    """A metric that needs a scale."""

    def check_start(self, start):
        start.fault('the scale is broken', ['it says 0'], 'Buy another')


def test_parts_of_others_are_asked(tmp_path):
    config = run_config(tmp_path, custom_hooks=[dict(type=StartChecksHook)])
    config.val_dataloader.scr.dataset = CheckedProducts('scr', 2)
    config.val_evaluator.scr.type = CheckedMetric
    with pytest.raises(ValueError) as error:
        train(config)
    assert str(error.value).splitlines() == [
        'the run is not begun:',
        '  shelves are empty (1): val scr: 2 in val of scr, 0 seen',
        '  the scale is broken (1): val scr: it says 0. Buy another',
    ]
