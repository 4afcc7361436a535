"""The table over Pythons and torches, with an installer that does nothing."""

import os
import subprocess
from pathlib import Path

from tests.conftest import ROOT

UV = """#!/usr/bin/env bash
echo "$@" >> {folder}/calls
if [ "$1" = venv ]; then
    [ "$4" != 3.12 ] || exit 1
    mkdir -p "$5/bin"
    cp {folder}/python "$5/bin/python"
fi
"""
PYTHON = """#!/usr/bin/env bash
if [ "$1" = -c ]; then
    echo "3.10.1 | 2.6.0"
else
    echo "== 3 passed in 1.00s =="
fi
"""


def test_each_environment_has_a_row(tmp_path: Path) -> None:
    """Its versions and what the tests said, or the step that failed."""
    for name, script in (('uv', UV), ('python', PYTHON)):
        (tmp_path / name).write_text(script.format(folder=tmp_path))
        (tmp_path / name).chmod(0o755)
    done = subprocess.run(
        [ROOT / 'tools/test_matrix.sh', 'tests/test_models'],
        env=os.environ
        | dict(
            PATH=f'{tmp_path}:{os.environ["PATH"]}',
            PYTHONS='3.10 3.12',
            LOGS=str(tmp_path / 'logs'),
        ),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert done.returncode == 1
    rows = done.stdout.splitlines()[2:]
    assert [row.split(' | ')[2].strip(' |') for row in rows] == [
        '3 passed in 1.00s',
        '3 passed in 1.00s',
        'not run: no Python 3.12',
        'not run: no Python 3.12',
    ]
    assert rows[0].startswith('| 3.10.1 | 2.6.0 |')
    assert rows[3].startswith('| 3.12 | newest |')
    installs = [
        call
        for call in (tmp_path / 'calls').read_text().splitlines()
        if call.startswith('pip install')
    ]
    assert ['torch==2.6.*' in call for call in installs] == [True, False]
