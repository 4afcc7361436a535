"""Files that a command line names."""

import pickle
import zipfile

import pytest

from famevil_plugin.command_line import check_checkpoint_file
from famevil_plugin.command_line.files import check_config_file, make_work_dir
from tests.conftest import ROOT


def test_a_wrong_config_path_names_the_closest(monkeypatch):
    monkeypatch.chdir(ROOT)
    check_config_file('configs/famevil_4task.py')
    with pytest.raises(FileNotFoundError, match='mean configs/famevil_4task.py'):
        check_config_file('configs/famevil_4tasks.py')
    with pytest.raises(FileNotFoundError, match='mean configs/zero_shot.py'):
        check_config_file('zeroshot.py')
    with pytest.raises(FileNotFoundError, match='no config at xyzzy.py$'):
        check_config_file('xyzzy.py')
    with pytest.raises(ValueError, match='README.md is no config: expected .*.py'):
        check_config_file('README.md')


def test_configs_of_an_installation_are_named(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match='plugin/configs/famevil_catalogue.py'):
        check_config_file('famevil_catalog.py')


def test_what_is_no_checkpoint(tmp_path):
    with zipfile.ZipFile(tmp_path / 'iter_4.pth', 'w') as archive:
        archive.writestr('data.pkl', b'')
    (tmp_path / 'old.pth').write_bytes(pickle.dumps({}, protocol=2))
    for name in ('iter_4.pth', 'old.pth'):
        check_checkpoint_file(str(tmp_path / name))
    check_checkpoint_file('https://somewhere/iter_4.pth')
    with pytest.raises(
        FileNotFoundError, match='at --resume .*gone.*; there are .*4.p'
    ):
        check_checkpoint_file(str(tmp_path / 'gone.pth'), '--resume ')
    with pytest.raises(FileNotFoundError, match='tools/train.py wrote .*; there are'):
        check_checkpoint_file(str(tmp_path))
    with pytest.raises(
        ValueError, match="README.md is no checkpoint.*b'# famevil_plug"
    ):
        check_checkpoint_file(str(ROOT / 'README.md'))


def test_a_work_dir_that_cannot_be(tmp_path):
    make_work_dir(str(tmp_path / 'a' / 'b'))
    assert list((tmp_path / 'a' / 'b').iterdir()) == []
    (tmp_path / 'file').touch()
    for name in ('file', 'file/run'):
        with pytest.raises(ValueError, match='cannot be written: .* by --work-dir'):
            make_work_dir(str(tmp_path / name))
