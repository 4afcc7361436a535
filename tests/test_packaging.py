"""Content of an installation, and cost of an import."""

import shutil
import subprocess
import sys
import zipfile
from importlib import import_module

import pytest
from mmengine.config import Config

import famevil_plugin
from famevil_plugin.models.weights import read_weights

from .conftest import ROOT

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


@pytest.mark.slow
def test_the_wheel_carries_configs_and_tools(tmp_path):
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
    names = set(zipfile.ZipFile(wheel).namelist())
    for file in (
        'fashion_words.txt',
        'py.typed',
        'models/weights/small_clip.safetensors',
        '.mim/configs/famevil_4task.py',
        '.mim/configs/_base_/default_runtime.py',
        '.mim/configs/ablation/_base_/rows.py',
        '.mim/configs/ablation/paper/row09_famevil.py',
        '.mim/tools/train.py',
        '.mim/tools/dist_train.sh',
    ):
        assert f'famevil_plugin/{file}' in names
    assert any('.dist-info/' in n and n.endswith('/LICENSE') for n in names)
    assert not any(name.startswith('tests') for name in names)
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / 'installed')
    installed = tmp_path / 'installed/famevil_plugin'
    assert read_weights(installed / 'models/weights/small_clip.safetensors').weights
    folder = installed / '.mim/configs/ablation'
    for scale, size in (('mini', 64), ('paper', 224)):
        config = Config.fromfile(folder / scale / 'row09_famevil.py')
        assert config.image_size == size and len(config.model.teachers) == 4
