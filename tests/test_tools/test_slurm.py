"""Slurm jobs, with stand-ins of its commands on the path."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from torch.distributed.elastic.utils.distributed import get_free_port

from tests.conftest import ROOT, draw_few
from tests.test_end_to_end import options

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
case $1 in
    requeue) touch "$(dirname "$0")/again" ;;
    show) echo 127.0.0.1 ;;
esac
"""
# starts a process for each task; the first time the job's time is up after the
# first iteration, and all of them get SIGUSR1
RUNNING_SRUN = f"""#!{sys.executable}
import os, signal, subprocess, sys
words = sys.argv[1:]
count = next(word for word in words if word.startswith('--ntasks=')).partition('=')[2]
command = words[words.index('--kill-on-bad-exit=1') + 1 :]
tasks = []
for rank in range(int(count)):
    slurm = dict(PROCID=rank, LOCALID=rank, NTASKS=count, NODELIST='here')
    environment = {{f'SLURM_{{name}}': str(value) for name, value in slurm.items()}}
    tasks.append(
        subprocess.Popen(
            command,
            env=os.environ | environment,
            text=True,
            stdout=subprocess.DEVNULL if rank else subprocess.PIPE,
        )
    )
time_is_up = os.environ['SLURM_RESTART_COUNT'] == '0'
for line in tasks[0].stdout:
    print(line, end='', flush=True)
    if time_is_up and 'Iter(train)' in line:
        time_is_up = False
        for task in tasks:
            task.send_signal(signal.SIGUSR1)
sys.exit(max(task.wait() for task in tasks))
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


@pytest.mark.slow
def test_a_training_is_requeued_and_goes_on(slurm, tmp_path, tmp_path_factory, capfd):
    """Two processes, whose time is up once before the twelve steps are made."""
    (tmp_path / 'srun').write_text(RUNNING_SRUN)
    data = draw_few(tmp_path_factory, 24, 13, 12, 9, 16, 5)
    more = options(data, 'train_cfg.max_iters=12', 'train_dataloader.batch_size=4')
    job = ['tools/slurm_train.sh', 'cpus', 'job', 'configs/famevil_4task.py']
    code, said = slurm(
        [*job, str(tmp_path / 'run'), '--no-validate', *more],
        '',
        BATCH='1',
        CUDA_VISIBLE_DEVICES='',
        PYTHONPATH=str(ROOT),
        PATH=f'{tmp_path}:{Path(sys.executable).parent}:{os.environ["PATH"]}',
        MASTER_PORT=str(get_free_port()),
    )
    output = ''.join(capfd.readouterr())
    assert code == 0, output[-5000:]
    assert [line for line in said if 'requeue' in line] == [['record', 'requeue', '7']]
    stopped = re.search(r'stopped by SIGUSR1 after step (\d+): go on from', output)
    assert stopped and int(stopped[1]) < 12
    assert f'resumed epoch: 0, iter: {stopped[1]}' in output
    assert (tmp_path / 'run' / 'iter_12.pth').is_file()
