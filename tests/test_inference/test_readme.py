"""README on use: its Python runs as it stands, and the shell lines, too."""

import re
import runpy
import shlex
from pathlib import Path

import pytest
from mmengine.config import Config

from tests.conftest import ROOT

README = (ROOT / 'README.md').read_text('utf-8')
SECTION = README.partition('\n## Use it\n')[2].partition('\n## ')[0]
QUICK_START = 'work_dirs/famevil_4task'


def snippet() -> tuple[str, str]:
    """The Python of the section and what it says that is printed."""
    (code,) = re.findall(r'```python\n(.*?)```', SECTION, re.DOTALL)
    (printed,) = re.findall(r'```text\n(.*?)```', SECTION, re.DOTALL)
    return code, printed


def run(code: str, capsys: pytest.CaptureFixture) -> list[str]:
    capsys.readouterr()
    exec(code, {})
    return capsys.readouterr().out.splitlines()


def test_the_snippet_runs_on_a_trained_model(work_dir, tmp_path, monkeypatch, capsys):
    """Of a model of a few steps nothing but the form of what it prints is the same."""
    config = Config.fromfile(work_dir / 'famevil_4task.py')
    # products, which have a sub-category, and no garments, which have none
    for loaders in (config.val_dataloader, config.test_dataloader):
        loaders.pop('tgir')
    place = tmp_path / QUICK_START
    place.mkdir(parents=True)
    config.dump(place / 'famevil_4task.py')
    for name in ('iter_8.pth', 'last_checkpoint'):
        (place / name).symlink_to(work_dir / name)
    monkeypatch.chdir(tmp_path)
    code, printed = snippet()
    said = run(code, capsys)
    assert len(said) == len(printed.splitlines())
    assert all(line.isupper() for line in said)


def test_the_snippet_prints_what_is_written(monkeypatch, capsys):
    """After the quick start."""
    if not list((ROOT / QUICK_START).glob('iter_*.pth')):
        pytest.skip('the quick start has not been run here')
    monkeypatch.chdir(ROOT)
    code, printed = snippet()
    assert run(code, capsys) == printed.splitlines()


def test_the_shell_lines_are_understood():
    written = SECTION + (ROOT / 'docs' / 'use.md').read_text('utf-8')
    lines = re.findall(
        r'^tools/(infer|webapp)\.py (.*)', written.replace('\\\n', ' '), re.MULTILINE
    )
    assert {tool for tool, _ in lines} == {'infer', 'webapp'}
    for tool, arguments in lines:
        parse = runpy.run_path(str(ROOT / f'tools/{tool}.py'))['parse_args']
        words = shlex.split(arguments, comments=True)
        args = parse(words)
        assert Path(args.model) == Path(QUICK_START)
