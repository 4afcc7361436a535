"""The check of a data set from the command line."""

import json
import runpy
import shutil
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest

from famevil_plugin.command_line import run_tool
from famevil_plugin.findings import SHOWN
from tests.conftest import draw_few

ROOT = Path(__file__).parents[2]
TOOL = ROOT / 'tools' / 'misc' / 'verify_dataset.py'
tool = SimpleNamespace(**runpy.run_path(str(TOOL)))


@pytest.fixture(scope='module')
def mini(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """MiniFashion with a few products."""
    return draw_few(tmp_path_factory, 24, 13, 12, 9, 16, 5)


def run(root: Path, *options: str) -> int:
    with pytest.raises(SystemExit) as end:
        run_tool(partial(tool.main, [str(root), *options]))
    return end.value.code


def test_what_it_prints(mini, capsys):
    assert run(mini) == 0
    said = capsys.readouterr().out
    assert 'FashionGen\n' in said and 'FashionIQ\n' in said
    assert '  train products                     24  official 60,147' in said
    assert 'FAULT' not in said
    assert said.endswith('\nserves xmr, scr, fic, tgir\n')
    assert run(mini, '--json', '--jobs', '1') == 0
    content = json.loads(capsys.readouterr().out)
    assert content['ok'] is True
    assert [part['name'] for part in content['data_sets']] == [
        'FashionGen',
        'FashionIQ',
    ]
    assert content['data_sets'][0]['counts']['train products'] == 24


def test_faults_end_with_1(mini, tmp_path, capsys):
    (tmp_path / 'FashionIQ').mkdir()
    for part in ('captions', 'image_splits'):
        (tmp_path / 'FashionIQ' / part).symlink_to(mini / 'FashionIQ' / part)
    assert run(tmp_path, '--quick') == 1
    said = capsys.readouterr().out
    assert 'FAULT photos are missing (' in said and 'more' in said
    assert run(tmp_path, '--json') == 1
    (fault,) = json.loads(capsys.readouterr().out)['data_sets'][0]['faults']
    assert fault['what'] == 'photos are missing'
    assert len(fault['names']) > SHOWN


def test_what_lacks_something_serves_fewer_tasks(mini, tmp_path, capsys):
    gen = tmp_path / 'FashionGen'
    gen.mkdir()
    (gen / 'images').symlink_to(mini / 'FashionGen/images')
    infos = {
        split: json.loads((mini / f'FashionGen/{split}_info.json').read_text())
        for split in ('train', 'val')
    }

    def strip(**fields):
        for split, products in infos.items():
            stripped = [product | fields for product in products]
            (gen / f'{split}_info.json').write_text(json.dumps(stripped))

    strip(subcategory_id=None)
    assert run(tmp_path, '--quick') == 0
    said = capsys.readouterr().out
    assert '\nserves xmr, fic\n  not tgir: there is no FashionIQ/\n  not scr: ' in said
    assert 'none of the 24 products in' in said and 'has a sub-category' in said
    strip(subcategory_id=None, title='', description='')
    assert run(tmp_path, '--quick', '--json') == 1
    content = json.loads(capsys.readouterr().out)
    assert content['ok'] is False and content['tasks'] == []
    assert set(content['left_out']) == {'xmr', 'tgir', 'scr', 'fic'}
    assert run(tmp_path, '--quick') == 1
    assert 'FAULT serves no task: expected some of\n  FashionGen/' in (
        capsys.readouterr().out
    )


def test_a_folder_with_no_data_set(tmp_path):
    assert 'error: no data set at' in run(tmp_path)


def test_nothing_in_a_data_set(mini, tmp_path, capsys):
    folder = shutil.copytree(mini / 'FashionGen', tmp_path / 'FashionGen')
    (folder / 'val_info.json').write_text('[]')
    assert run(tmp_path, '--quick') == 1
    assert 'FAULT there is no product in (1): val_info.json' in capsys.readouterr().out


def test_texts_as_a_config_reads_them(mini, tmp_path, capsys):
    config = str(ROOT / 'configs' / 'famevil_4task.py')
    mini = shutil.copytree(mini, tmp_path / 'mini')
    file = mini / 'FashionGen' / 'train_info.json'
    products = json.loads(file.read_text())
    products[0]['description'] = 'Wool coat in navy. ' * 20
    file.write_text(json.dumps(products))
    assert run(mini, '--quick', '--config', config) == 0
    said = capsys.readouterr().out
    assert 'texts have over 64 tokens (vocabulary 2048) and are cut' in said
    assert 'over 77 tokens' not in said
    place = 'train_dataloader.dataset.datasets.xmr.pipeline.3.tokenizer'
    shorter = ('--cfg-options', f'{place}.context_length=16')
    assert run(mini, '--quick', '--config', config, *shorter) == 0
    said = capsys.readouterr().out
    for limit in (16, 64):
        assert f'texts have over {limit} tokens (vocabulary 2048) and are cut' in said
    assert 'no key' in run(mini, '--config', config, '--cfg-options', 'nothing=1')
