"""A short version of ``python -m tests.torture``, whose table is in the docs."""

import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT
from tests.torture.faults import KINDS


@pytest.mark.slow
def test_a_short_torture():
    """A process of its own, as it forks."""
    short = ['--kills', '2', '--each', '1', '--stride', '9', '--soak', '100']
    result = subprocess.run(
        [sys.executable, '-m', 'tests.torture', *short],
        cwd=ROOT,
        env=os.environ | dict(PYTHONPATH=str(ROOT), OMP_NUM_THREADS='1'),
        text=True,
        capture_output=True,
        timeout=550,
    )
    lines = [line.split(' | ') for line in result.stdout.splitlines()[2:]]
    assert result.returncode == 0, result.stdout + result.stderr
    assert {command.split()[-2].strip('`') for *_, command in lines} == set(KINDS)
    assert all(tried == held != '0' for _, tried, held, *_ in lines)
