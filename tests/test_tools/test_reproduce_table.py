"""The table by one command."""

import csv
import json
import runpy
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import ROOT

TOOL = ROOT / 'tools' / 'reproduce_table.py'


@pytest.fixture
def command(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """Run the tool; its exit status and what it said."""

    def run(*args: str | Path) -> tuple[int, str]:
        monkeypatch.setattr(sys, 'argv', [str(TOOL), *map(str, args)])
        status: int | str | None = 0
        try:
            runpy.run_path(str(TOOL), run_name='__main__')
        except SystemExit as end:
            status = end.code
        said = ''.join(capfd.readouterr())
        if isinstance(status, str):
            return 1, said + status
        return status or 0, said

    return run


@pytest.mark.slow
def test_a_smoke_run_gives_a_whole_table(command, tmp_path, monkeypatch):
    monkeypatch.setenv('PYTHONPATH', str(ROOT))
    status, said = command('--rows', '1', '--smoke', '--jobs', '2', '--out', tmp_path)
    assert status == 0, said
    assert '[3/3] row01_stl_' in said and 'FAILED' not in said
    table = (tmp_path / 'table.md').read_text()
    (row,) = (line for line in table.splitlines() if line.startswith('| 1 |'))
    assert row.count(' - ') == 1  # row 1 has no captions
    assert row.endswith('| 0.00 (0.00) |')
    assert '--smoke: the scores mean nothing' in table
    (line,) = csv.DictReader((tmp_path / 'table.csv').open())
    summary = json.loads((tmp_path / line['scr_summary']).read_text())
    assert float(line['scr']) == summary['scr']['mean']
    assert (tmp_path / 'table.png').stat().st_size > 1000
    # again: nothing is left to train
    assert (
        '3 runs, of which 3 are finished'
        in command('--rows', '1', '--smoke', '--out', tmp_path)[1]
    )


def test_a_folder_holds_one_kind_of_table(command, tmp_path):
    (tmp_path / 'settings.json').write_text(
        json.dumps(dict(scale='paper', smoke=False, cfg_options={}))
    )
    status, said = command('--rows', '1', '--out', tmp_path)
    assert status == 1
    assert "holds runs of the settings {'scale': 'paper'" in said
    assert 'give another folder with --out' in said


@pytest.mark.parametrize(
    ('args', 'message'),
    [
        (('--rows', '0-3'), "the table has the rows 1 to 18, got '0-3'"),
        (('--scale', 'huge'), "invalid choice: 'huge'"),
        (
            ('--scale', 'paper', '--cfg-options', 'pretrained=nowhere.pt'),
            "no weights at 'nowhere.pt': expected a local file",
        ),
    ],
)
def test_mistakes(command, tmp_path, args, message):
    status, said = command(*args, '--out', tmp_path)
    assert status != 0 and message in said
