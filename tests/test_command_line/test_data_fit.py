"""A config cut to what its data serve."""

import argparse
import json
from pathlib import Path

import pytest
from mmengine.config import Config

from famevil_plugin.command_line import (
    add_config_options,
    fit_to_data,
    keep_served,
    serve_config,
)
from famevil_plugin.engine import IMTLGOptimWrapper
from tests.conftest import ROOT

SPLITS = ('train', 'val')
LAUNCHER = 'none'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A hundred products and forty triplets a split; photos are not looked at."""
    gen, iq = tmp_path / 'FashionGen', tmp_path / 'FashionIQ'
    products = [
        dict(id=n, images=[f'{n}.jpg'], title='A dress', subcategory_id=n % 5)
        for n in range(100)
    ]
    triplets = [dict(candidate='a', target='b', captions=['is red'])] * 40
    for split in SPLITS:
        write(gen / f'{split}_info.json', products)
        write(iq / f'captions/cap.dress.{split}.json', triplets)
    return tmp_path


def write(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))


def change(root: Path, *splits: str, **fields: object) -> None:
    for split in splits or SPLITS:
        path = root / f'FashionGen/{split}_info.json'
        write(path, [p | fields for p in json.loads(path.read_text())])


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is logged."""
    lines: list[str] = []
    monkeypatch.setattr(
        'famevil_plugin.command_line.arguments.print_log',
        lambda line, **_: lines.append(line),
    )
    return lines


def serve(root, *args, name='famevil_4task', splits=SPLITS):
    """The config of a command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument('config')
    add_config_options(parser)
    options = ['--cfg-options', f'data_root={root}', *args]
    if '--tasks' in args:
        cut = args.index('--tasks')
        options = [*args[cut:], '--cfg-options', f'data_root={root}', *args[:cut]]
    file = str(ROOT / f'configs/{name}.py')
    parser.set_defaults(launcher=LAUNCHER)
    return serve_config(parser.parse_args([file, *options]), splits)


def tasks(config: Config) -> list[str]:
    """The same in each part of a config."""
    parts = [
        config.model.heads,
        config.train_dataloader.dataset.datasets,
        config.val_dataloader,
        config.val_evaluator,
        config.test_dataloader,
        config.test_evaluator,
    ]
    (names,) = {tuple(part) for part in parts}
    return list(names)


def test_all_that_is_there(root, said):
    served = serve(root)
    assert tasks(served) == ['xmr', 'tgir', 'scr', 'fic']
    assert served.left_out == {}
    assert said == [
        'tasks that the data serve: xmr (100), tgir (40), scr (100), fic (100)'
    ]


def test_what_is_not_there_is_left_out_and_named(root, said):
    for path in root.glob('FashionIQ/captions/*'):
        path.unlink()
    change(root, subcategory_id=None)
    served = serve(root)
    assert tasks(served) == ['xmr', 'fic']
    (line,) = said
    assert f"left out: tgir: no triplets of 'train' in {root}/FashionIQ" in line
    assert 'scr: none of the 100 products in' in line
    assert list(served.left_out) == ['tgir', 'scr']
    assert 'heads.fic' in served.optim_wrapper.paramwise_cfg.custom_keys


def test_one_split_counts_as_well(root):
    change(root, 'val', title='')
    assert tasks(serve(root)) == ['tgir', 'scr']
    # a training that never evaluates does not need the other
    assert list(serve(root, splits=['train']).model.heads) == [
        'xmr',
        'tgir',
        'scr',
        'fic',
    ]
    (root / 'FashionGen/train_info.json').unlink()
    assert list(serve(root, splits=['test']).model.heads) == ['tgir', 'scr']


def test_asking_for_what_is_not_there_is_an_error(root):
    change(root, title='')
    assert tasks(serve(root, '--tasks', 'scr', 'tgir')) == ['tgir', 'scr']
    with pytest.raises(
        ValueError,
        match=r'the data do not serve fic \(fic: none of the 100 products in '
        r'.*train_info.json has a text\). Leave fic out of --tasks, or bring',
    ):
        serve(root, '--tasks', 'scr', 'fic')


def test_nothing_for_any_task_is_an_error(root):
    for path in root.rglob('*.json'):
        path.unlink()
    with pytest.raises(
        ValueError,
        match=r'the data serve no task \(xmr: there is no .*; tgir: .*'
        r'some of\n  FashionGen/{train,val}_info.json (.*\n)*  FashionIQ/images/',
    ):
        serve(root)
    with pytest.raises(FileNotFoundError, match="data_root '.*gone' does not exist"):
        serve(root / 'gone')


def test_an_option_of_a_task_that_is_left_out(root):
    change(root, title='')
    serve(root, 'model.heads.fic.max_length=7', 'val_evaluator.xmr.protocol=full')
    with pytest.raises(ValueError, match="model.heads has no key 'fik'"):
        serve(root, 'model.heads.fik.max_length=7')


def test_one_task_alone_is_trained_by_its_recipe(root):
    change(root, title='')
    for path in root.glob('FashionIQ/captions/*'):
        path.unlink()
    served = serve(root, 'max_iters=90', name='famevil_4task_vit_b16')
    assert tasks(served) == ['scr']
    assert served.train_cfg == dict(served.train_cfg, max_iters=90, val_interval=1000)


def catalogue(root, *args, **more):
    return serve(root, *args, name='famevil_catalogue', **more)


def test_the_length_follows_the_catalogue(root):
    served = catalogue(root)
    # ten passes over 340 items are 106 batches of 32, and fewer than 600
    assert served.train_cfg.max_iters == served.max_iters == 600
    assert served.train_cfg.val_interval == 75
    assert served.default_hooks.checkpoint.interval == 75
    assert [schedule.end for schedule in served.param_scheduler] == [50, 600]
    longer = catalogue(root, 'batch_size=1')
    assert longer.max_iters == 10 * 340
    assert longer.train_cfg.val_interval == 425
    assert catalogue(root, 'batch_size=1', 'by_data.passes=1000').max_iters == 20000
    change(root, title='')
    assert catalogue(root, 'batch_size=1').max_iters == 10 * 140


def test_two_processes_see_twice_as_much(root, monkeypatch):
    monkeypatch.setenv('WORLD_SIZE', '2')
    assert catalogue(root, 'batch_size=1').max_iters == 10 * 340
    monkeypatch.setattr('tests.test_command_line.test_data_fit.LAUNCHER', 'pytorch')
    assert catalogue(root, 'batch_size=1').max_iters == 1704  # 5 * 340, in eight parts


def test_the_number_of_classes_follows_the_catalogue(root, said):
    assert catalogue(root).model.heads.scr.num_classes == 5
    assert 'model.heads.scr.num_classes=5' in said[0]
    write(root / 'FashionGen/subcategories.json', [f'KIND {n}' for n in range(300)])
    assert catalogue(root).model.heads.scr.num_classes == 300
    assert catalogue(root, splits=['test']).model.heads.scr.num_classes == 300
    change(root, subcategory_id=None)
    assert 'scr' not in catalogue(root).model.heads


def test_what_the_command_line_says_counts_more(root, said):
    served = catalogue(root, 'max_iters=80', 'model.heads.scr.num_classes=9')
    assert served.train_cfg.max_iters == 80 and served.train_cfg.val_interval == 10
    assert served.model.heads.scr.num_classes == 9
    assert 'num_classes' not in said[0]
    plain = catalogue(root, 'by_data=None')
    assert plain.train_cfg.max_iters == 1500


def test_in_python(root):
    """For a runner that is built without the tools."""
    own = Config.fromfile(ROOT / 'configs/famevil_catalogue.py')
    for task, dataset in own.train_dataloader.dataset.datasets.items():
        dataset.data_root = str(root)
        own.val_dataloader[task].dataset.data_root = str(root)
        own.test_dataloader[task].dataset.data_root = str(root)
    change(root, title='')
    before = own.to_dict()
    assert list(fit_to_data(own, SPLITS).items) == ['tgir', 'scr']
    assert own.to_dict() == before
    assert keep_served(own).startswith(
        'tasks that the data serve: tgir (40), scr (100)'
    )
    assert tasks(own) == ['tgir', 'scr'] and own.max_iters == 600


def test_imtlg_combines_the_tasks_that_are_left(root):
    """Of a window that is as long as there were tasks."""
    own = Config.fromfile(ROOT / 'configs/ablation/mini/row14_imtlg.py')
    assert own.optim_wrapper.type is IMTLGOptimWrapper
    assert own.optim_wrapper.accumulative_counts == 4
    own.default_hooks.checkpoint.save_best = 'fic/CIDEr'
    for task, dataset in own.train_dataloader.dataset.datasets.items():
        dataset.data_root = own.val_dataloader[task].dataset.data_root = str(root)
    change(root, title='')
    keep_served(own)
    assert own.optim_wrapper.accumulative_counts == 2
    assert own.default_hooks.checkpoint.save_best == 'mean'
