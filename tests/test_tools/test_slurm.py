"""Slurm jobs, with stand-ins of its commands on the path."""

import json
import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT

TRAIN = ['tools/slurm_train.sh', 'gpus', 'my job', 'config.py', "it's here"]

# writes its arguments down; srun's answers come from a file, a line each
STAND_IN = f"""#!{sys.executable}
import json, os, pathlib, sys
folder = pathlib.Path(__file__).parent
name = pathlib.Path(sys.argv[0]).name
with (folder / 'said').open('a') as file:
    file.write(json.dumps([name, *sys.argv[1:]]) + '\\n')
codes = folder / 'codes'
if name == 'srun':
    first, *rest = codes.read_text().split()
    codes.write_text(' '.join(rest))
    sys.exit(int(first))
"""
# runs the job, again while it asks for that
SBATCH = """#!/usr/bin/env bash
folder=$(dirname "$0")
"$folder/record" "$@"
for argument in "$@"; do
    case $argument in --wrap=*) command=${argument#--wrap=};; esac
done
unset BATCH
for ((count = 0; count < 5; count++)); do
    rm -f "$folder/again"
    SLURM_JOB_ID=7 SLURM_RESTART_COUNT=$count bash -c "$command"
    status=$?
    [ -e "$folder/again" ] || exit $status
done
"""
SCONTROL = """#!/usr/bin/env bash
"$(dirname "$0")/record" "$@"
touch "$(dirname "$0")/again"
"""


@pytest.fixture
def slurm(tmp_path):
    """A call with stand-ins: its exit code, and what was called."""
    for name, text in dict(
        srun=STAND_IN, record=STAND_IN, sbatch=SBATCH, scontrol=SCONTROL
    ).items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)

    def call(command, codes, **env):
        (tmp_path / 'codes').write_text(codes)
        (tmp_path / 'said').write_text('')
        path = f'{tmp_path}:{os.environ["PATH"]}'
        env = os.environ | dict(PATH=path, GPUS='2') | env
        code = subprocess.run(command, cwd=ROOT, env=env).returncode
        lines = (tmp_path / 'said').read_text().splitlines()
        return code, [json.loads(line) for line in lines]

    return call


def test_a_job_at_once(slurm):
    """It asks for a signal before the end, and its exit code is srun's."""
    code, [said] = slurm(TRAIN, '138', SAVE_BEFORE_END='300')
    assert code == 138
    assert said[:4] == ['srun', '-p', 'gpus', '--job-name=my job']
    assert '--signal=USR1@300' in said and '--ntasks=2' in said
    python = said.index('python')
    assert said[python + 2] == str(ROOT / 'tools/train.py')
    assert said[python + 3 :] == [
        'config.py', "--work-dir=it's here", '--launcher', 'slurm'
    ]  # fmt: skip


def test_a_batch_job_goes_on_until_it_ends(slurm):
    code, said = slurm(TRAIN, '138 138 0', BATCH='1', SBATCH_ARGS='--time=1:00')
    assert code == 0
    names = [line[0] for line in said]
    assert names == ['record', 'srun', 'record', 'srun', 'record', 'srun']
    submitted, first, requeue, second, _, third = said
    for option in ('--requeue', '--signal=USR1@120', '--time=1:00', '--ntasks=2'):
        assert option in submitted
    assert requeue == ['record', 'requeue', '7']
    assert '--resume' not in first
    for again in (second, third):
        assert again[-4:] == ["--work-dir=it's here", '--launcher', 'slurm', '--resume']


def test_a_job_that_fails_is_not_queued_again(slurm):
    code, said = slurm(TRAIN, '1', BATCH='1')
    assert code == 1
    assert [line[0] for line in said] == ['record', 'srun']


def test_a_test_does_not_resume(slurm):
    test = ['tools/slurm_test.sh', 'gpus', 'job', 'config.py', 'a.pth']
    code, [said] = slurm(test, '0', SLURM_RESTART_COUNT='1')
    assert code == 0 and '--resume' not in said
    assert str(ROOT / 'tools/test.py') in said
