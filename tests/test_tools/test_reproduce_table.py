"""The table by one command."""

import csv
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT


def call(*args: str | Path, ok: bool = True) -> str:
    """Run the tool and return what it said."""
    result = subprocess.run(
        [sys.executable, 'tools/reproduce_table.py', *map(str, args)],
        cwd=ROOT, text=True, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, timeout=600)
    assert (result.returncode == 0) == ok, result.stdout[-5000:]
    return result.stdout


@pytest.mark.slow
def test_a_smoke_run_gives_a_whole_table(tmp_path):
    said = call('--rows', '1', '--smoke', '--out', tmp_path)
    assert '[4/4] row01_stl_scr_seed0: finished' in said
    table = (tmp_path / 'table.md').read_text()
    row, = (line for line in table.splitlines() if line.startswith('| 1 |'))
    assert row.count(' - ') == 1  # row 1 has no captions
    assert '--smoke: the scores mean nothing' in table
    line, = csv.DictReader((tmp_path / 'table.csv').open())
    assert (tmp_path / line['scr_summary']).is_file()
    assert (tmp_path / 'table.png').stat().st_size > 1000
    # again: nothing is left to train; nor may other settings join in
    assert '4 runs, of which 4 are finished' in call(
        '--rows', '1', '--smoke', '--out', tmp_path)
    said = call('--rows', '1', '--out', tmp_path, ok=False)
    assert 'holds runs of the settings' in said and 'with --out' in said


def test_mistakes(tmp_path):
    for args, message in {
            ('--rows', '0-3'): "the table has the rows 1 to 18, got '0-3'",
            ('--scale', 'huge'): "invalid choice: 'huge'",
            ('--scale', 'paper', '--cfg-options', 'pretrained=nowhere.pt'):
            "no weights at 'nowhere.pt': expected a local file",
    }.items():
        assert message in call(*args, '--out', tmp_path, ok=False)
