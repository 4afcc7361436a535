"""Curves from the logs of a training, resumed and cut off."""

import csv
import json
import runpy
import sys

import pytest

from tests.conftest import ROOT

TOOL = str(ROOT / 'tools/analysis_tools/analyze_logs.py')


@pytest.fixture
def work_dir(tmp_path):
    """A part that was killed in the middle of a line, and its resumption."""
    first = [
        {'xmr/loss': 3.0, 'loss': 3.0, 'time': 0.1, 'iter': 10, 'step': 10},
        {'xmr/loss': 2.0, 'step': 20},
    ]
    second = [{'xmr/loss': 2.5, 'step': 20}, {'xmr/mean': 40.0, 'step': 30}]
    for part, lines, rest in (('1', first, '{"xmr/lo'), ('2', second, '')):
        folder = tmp_path / 'run' / part / 'vis_data'
        folder.mkdir(parents=True)
        text = ''.join(f'{json.dumps(line)}\n' for line in lines)
        (folder / 'scalars.json').write_text(text + rest)
    return tmp_path / 'run'


def run(monkeypatch, *arguments):
    monkeypatch.setattr(sys, 'argv', [TOOL, *map(str, arguments)])
    runpy.run_path(TOOL)['main']()


def test_values_of_all_parts(work_dir, tmp_path, monkeypatch):
    out = tmp_path / 'curves.csv'
    run(monkeypatch, work_dir, '--out', out, '--keys', 'xmr/*')
    rows = list(csv.DictReader(out.open()))
    assert [(row['name'], row['step'], row['value']) for row in rows] == [
        ('xmr/loss', '10', '3.0'),
        ('xmr/loss', '20', '2.5'),
        ('xmr/mean', '30', '40.0'),
    ]


def test_a_picture(work_dir, monkeypatch, capsys):
    run(monkeypatch, work_dir)
    assert (work_dir / 'curves.png').read_bytes()[:4] == b'\x89PNG'
    assert f'2 curves are in {work_dir / "curves.png"}' in capsys.readouterr().out


def test_mistakes(work_dir, tmp_path, monkeypatch):
    with pytest.raises(ValueError, match='no curve is called fic/.*: there are xmr/l'):
        run(monkeypatch, work_dir, '--keys', 'fic/*')
    with pytest.raises(ValueError, match='a.jpg: expected a .png or .csv'):
        run(monkeypatch, work_dir, '--out', tmp_path / 'a.jpg')
    with pytest.raises(FileNotFoundError, match='expected the work dir of a training'):
        run(monkeypatch, tmp_path / 'nothing')
