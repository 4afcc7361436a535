"""Content of an installation, and cost of an import."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from importlib import import_module
from pathlib import Path

import pytest
from mmengine.config import Config

import famevil_plugin
from famevil_plugin.models.weights import read_weights

from .conftest import ROOT, draw_few
from .test_end_to_end import OPTIONS, STEPS

HEAVY = ('torch', 'mmengine', 'open_clip', 'mmpretrain')


def test_importing_the_package_loads_nothing_heavy():
    code = (
        'import sys, famevil_plugin; dir(famevil_plugin); '
        f'print([m for m in {HEAVY} if m in sys.modules])'
    )
    said = subprocess.check_output([sys.executable, '-c', code], text=True, cwd=ROOT)
    assert said.strip() == '[]'


@pytest.mark.parametrize(
    'package',
    ['datasets', 'engine', 'evaluation', 'inference', 'models', 'visualization'],
)
def test_the_package_offers_the_names_of_its_sub_packages(package):
    module = import_module(f'famevil_plugin.{package}')
    assert module.__all__ and set(module.__all__) <= set(dir(famevil_plugin))
    for name in module.__all__:
        assert getattr(famevil_plugin, name) is getattr(module, name)


def test_a_name_that_nobody_offers():
    with pytest.raises(AttributeError, match="'famevil_plugin' has no .* 'FAMEVil'"):
        famevil_plugin.FAMEVil  # noqa: B018


@pytest.mark.slow
def test_everything_works_without_mmpretrain():
    """Every registry's folder is imported with mmpretrain out of reach."""
    code = (
        'import sys; sys.modules["mmpretrain"] = None\n'
        'from mmengine.config import Config\n'
        'from famevil_plugin import datasets, engine, evaluation, inference, models, '
        'visualization\n'
        'config = Config.fromfile("configs/famevil_4task.py")\n'
        'print(type(models.FAMEViL(**{k: v for k, v in config.model.items() '
        'if k != "type"})).__name__)'
    )
    said = subprocess.check_output([sys.executable, '-c', code], text=True, cwd=ROOT)
    assert said.strip().endswith('FAMEViL')


@pytest.fixture(scope='module')
def wheel(tmp_path_factory):
    """The built wheel."""
    tmp_path = tmp_path_factory.mktemp('wheel')
    source = tmp_path / 'source'
    shutil.copytree(
        ROOT,
        source,
        symlinks=True,
        ignore=shutil.ignore_patterns(
            '.git', '.venv', 'data', 'work_dirs', 'build', '*.egg-info'
        ),
    )
    subprocess.run(
        [
            sys.executable,
            '-m',
            'pip',
            'wheel',
            '--quiet',
            '--no-deps',
            '--no-build-isolation',
            '-w',
            str(tmp_path),
            str(source),
        ],
        check=True,
    )
    (wheel,) = tmp_path.glob('*.whl')
    return wheel


@pytest.fixture(scope='module')
def installed(wheel, tmp_path_factory):
    """The folder that the wheel was installed in."""
    folder = tmp_path_factory.mktemp('installed')
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


@pytest.mark.slow
def test_the_wheel_carries_configs_and_tools(wheel, installed):
    names = set(zipfile.ZipFile(wheel).namelist())
    modes = {i.filename: i.external_attr >> 16 for i in zipfile.ZipFile(wheel).filelist}
    for tool in ('train.py', 'misc/verify_dataset.py', 'dist_train.sh'):
        assert modes[f'famevil_plugin/.mim/tools/{tool}'] & 0o111 == 0o111
    for file in (
        'fashion_words.txt',
        'py.typed',
        'models/weights/small_clip.safetensors',
        'configs/famevil_catalogue.py',
        'configs/_base_/task_choice.py',
        'datasets/catalogue/example.csv',
        'configs/famevil_4task.py',
        'configs/_base_/default_runtime.py',
        'configs/ablation/_base_/rows.py',
        'configs/ablation/paper/row09_famevil.py',
        '.mim/model-index.yml',
        '.mim/configs/metafile.yml',
        '.mim/tools/deployment/use_onnx.py',
        '.mim/tools/train.py',
        '.mim/tools/dist_train.sh',
    ):
        assert f'famevil_plugin/{file}' in names
    assert any('.dist-info/' in n and n.endswith('/LICENSE') for n in names)
    assert not any(name.startswith('tests') for name in names)
    package = installed / 'famevil_plugin'
    assert read_weights(package / 'models/weights/small_clip.safetensors').weights
    folder = package / 'configs/ablation'
    for scale, size in (('mini', 64), ('paper', 224)):
        config = Config.fromfile(folder / scale / 'row09_famevil.py')
        assert config.image_size == size and len(config.model.teachers) == 4


OWN_CONFIG = """
from mmengine.config import read_base

with read_base():
    from famevil_plugin.configs.famevil_catalogue import *
    from famevil_plugin.configs._base_.task_choice import keep_only

optim_wrapper.optimizer.lr = 1e-4
keep_only(globals(), 'xmr', 'scr')
del keep_only
"""


@pytest.mark.slow
def test_a_config_of_ones_own_inherits_from_anywhere(installed, tmp_path):
    """From an installed package, in a folder that has nothing to do with it."""
    (tmp_path / 'own.py').write_text(OWN_CONFIG)
    code = (
        'import famevil_plugin; from mmengine.config import Config; '
        'from importlib.resources import files; '
        "config = Config.fromfile('own.py'); "
        'print(famevil_plugin.__file__, *config.model.heads, '
        'config.optim_wrapper.optimizer.lr, config.by_data.passes, '
        "Config.fromfile(files('famevil_plugin') / 'configs/famevil_4task.py')"
        '.image_size)'
    )
    said = subprocess.check_output(
        [sys.executable, '-c', code],
        text=True,
        cwd=tmp_path,
        env=os.environ | dict(PYTHONPATH=str(installed)),
    )
    file, *values = said.split()
    assert file.startswith(str(installed))
    assert values == ['xmr', 'scr', '0.0001', '10', '64']


@pytest.mark.slow
def test_mim_trains_tests_and_runs_what_a_wheel_installed(installed, tmp_path_factory):
    """By openmim, from a folder that has nothing to do with it."""
    data = draw_few(tmp_path_factory, 24, 13, 12, 9, 16, 5)
    folder = tmp_path_factory.mktemp('mim')
    config = 'famevil_4task.py'
    options = ['--cfg-options', *OPTIONS, f'data_root={data}']

    def mim(command: str, *arguments: str) -> str:
        return subprocess.check_output(
            [Path(sys.executable).with_name('mim'), command, 'famevil_plugin']
            + [*arguments],
            text=True,
            cwd=folder,
            env=os.environ | dict(PYTHONPATH=str(installed)),
        )

    said = mim('train', config, '--work-dir', 'trained', *options)
    assert f'{installed}/famevil_plugin/.mim/tools/train.py' in said
    checkpoint = f'trained/iter_{STEPS}.pth'
    mim('test', config, '--checkpoint', checkpoint, '--work-dir', 'tested', *options)
    trained = json.loads((folder / 'trained/summary.json').read_text())
    tested = json.loads((folder / 'tested/test_summary.json').read_text())
    for task in ('xmr', 'tgir', 'scr', 'fic'):
        assert tested[task] == trained[task]
    assert 'serves xmr, scr, fic, tgir' in mim('run', 'verify_dataset', str(data))
