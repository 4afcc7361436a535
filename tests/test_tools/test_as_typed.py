"""Tools run as the README types them."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT

# a sample that an export takes along, and that knows nothing of this package
SAMPLE = 'use_onnx.py'
TOOLS = sorted(
    path
    for path in (ROOT / 'tools').rglob('*')
    if path.suffix in ('.py', '.sh') and path.name != SAMPLE
)


@pytest.mark.parametrize('tool', TOOLS, ids=lambda path: path.name)
def test_a_tool_is_executable(tool):
    assert os.access(tool, os.X_OK)
    first = tool.read_text().splitlines()[0]
    shell = tool.suffix == '.sh'
    assert first == f'#!/usr/bin/env {"bash" if shell else "python3"}'


@pytest.mark.parametrize('tool', [path for path in TOOLS if path.suffix == '.py'])
def test_a_tool_turns_mistakes_into_words(tool):
    assert tool.read_text().endswith("if __name__ == '__main__':\n    run_tool(main)\n")


def run_without_environment(tools: Path, *command: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [tools / command[0], *command[1:]],
        env=dict(PATH='/usr/bin:/bin'),
        cwd='/',
        text=True,
        capture_output=True,
    )


@pytest.fixture
def tools(tmp_path):
    """A copy of the shell scripts, without an environment beside it."""
    (tmp_path / 'tools').mkdir()
    for tool in TOOLS:
        if tool.suffix == '.sh':
            copy = tmp_path / 'tools' / tool.name
            copy.write_bytes(tool.read_bytes())
            copy.chmod(0o755)
    return tmp_path / 'tools'


@pytest.mark.parametrize(
    'command',
    [
        ('dist_train.sh', 'configs/famevil_4task.py', '2'),
        ('dist_test.sh', 'configs/famevil_4task.py', 'iter_4.pth', '2'),
        ('slurm_train.sh', 'partition', 'name', 'configs/famevil_4task.py', 'run'),
    ],
)
def test_outside_an_environment(tools, command):
    ended = run_without_environment(tools, *command)
    assert ended.returncode == 1
    assert ended.stderr.startswith('error: no Python here has famevil_plugin: activate')
    assert len(ended.stderr.splitlines()) == 1


@pytest.mark.parametrize('tool', ['set_up.sh', 'test_matrix.sh'])
def test_help_starts_nothing(tools, tool):
    ended = run_without_environment(tools, tool, '--help')
    assert ended.returncode == 2 and f'  tools/{tool} [' in ended.stdout
    assert not ended.stderr and not (tools.parent / '.venv').exists()


def test_the_environment_beside_the_tools_is_found(tools):
    python = tools.parent / '.venv/bin/python'
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\n[ "$1" = - ] && exit 0\necho "$@"\n')
    python.chmod(0o755)
    ended = run_without_environment(tools, 'dist_train.sh', 'config.py', '2')
    assert 'from torch.distributed.run import main' in ended.stdout
    assert ended.stdout.rstrip().endswith('train.py config.py --launcher pytorch')
