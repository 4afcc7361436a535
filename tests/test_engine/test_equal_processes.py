"""Processes that were not started alike are refused, by what is different."""

import importlib
import os
import socket
import subprocess
import sys
from types import SimpleNamespace

import pytest
import torch
from mmengine.runner import Runner
from torch import distributed

from famevil_plugin.datasets import MultiTaskDataset
from famevil_plugin.engine import EqualProcessesHook, join_processes
from famevil_plugin.engine.equal_processes import code_facts, digest_sources
from tests.conftest import ROOT
from tests.tiny_run import SIZES, RandomProducts, run_config
from tests.warm import spawn

NO_VALIDATION = dict.fromkeys(['val_cfg', 'val_dataloader', 'val_evaluator'])


class AnnotatedProducts(RandomProducts):
    """Products that are read from a file."""

    def __init__(self, path, content):
        super().__init__('xmr', SIZES['xmr'])
        path.parent.mkdir()
        path.write_text(content)
        self.path = path

    def annotation_files(self):
        return [self.path]


def training_data(own):
    datasets = {task: RandomProducts(task, size) for task, size in SIZES.items()}
    return {'train_dataloader.dataset': MultiTaskDataset(datasets | dict(xmr=own))}


# by case the settings of a process
CASES = dict(
    alike=lambda rank, folder: {},
    seed=lambda rank, folder: {'randomness.seed': rank},
    model=lambda rank, folder: {'model.heads.scr.num_classes': 7 + rank},
    setting=lambda rank, folder: {'cfg.batch_size': 4 + rank},
    size=lambda rank, folder: training_data(RandomProducts('xmr', 40 - rank)),
    annotations=lambda rank, folder: training_data(
        AnnotatedProducts(folder / f'machine_{rank}' / 'train_info.json', f'[{rank}]')
    ),
)


def run_rank(rank, folder, port):
    """One of two processes."""
    os.environ |= dict(
        RANK=str(rank),
        LOCAL_RANK=str(rank),
        WORLD_SIZE='2',
        MASTER_ADDR='127.0.0.1',
        MASTER_PORT=port,
    )
    said = {}

    def note(case, start):
        try:
            start()
        except ValueError as error:
            said[case] = str(error)

    def join():
        length = {'train_cfg.max_iters': 12 + rank}
        join_processes(run_config(folder, launcher='pytorch', **length))

    def run(case):
        settings = {'train_cfg.max_iters': 2} | CASES[case](rank, folder)
        config = run_config(
            folder / f'{case}_{rank}',
            launcher='pytorch',
            custom_hooks=[dict(type=EqualProcessesHook)],
            **NO_VALIDATION | settings,
        )
        runner = Runner(**config)
        runner.train()
        said[case] = f'trained {runner.iter} steps'

    note('joining', join)
    for case in CASES:
        note(case, lambda: run(case))
    torch.save(said, folder / f'{rank}.pth')
    distributed.destroy_process_group()


def free_port():
    with socket.socket() as held:
        held.bind(('127.0.0.1', 0))
        return str(held.getsockname()[1])


@pytest.fixture(scope='module')
def said(tmp_path_factory):
    """By case what both processes said."""
    folder = tmp_path_factory.mktemp('two')
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv('CUDA_VISIBLE_DEVICES', '')
        spawn(run_rank, (folder, free_port()), nprocs=2)
    one, other = (torch.load(folder / f'{rank}.pth') for rank in (0, 1))
    assert one == other
    return one


@pytest.mark.slow
@pytest.mark.parametrize(
    ('case', 'difference'),
    [
        ('joining', 'config train_cfg.max_iters: 12 on process 0; 13 on process 1'),
        ('seed', 'seed: 0 on process 0; 1 on process 1'),
        (
            'model',
            'weight heads.scr.classifier.weight: (7, 16) torch.float32 on process 0; '
            '(8, 16) torch.float32 on process 1',
        ),
        ('setting', 'config batch_size: 4 on process 0; 5 on process 1'),
        ('size', 'data train xmr, items: 40 on process 0; 39 on process 1'),
        ('annotations', 'data train xmr, train_info.json: '),
    ],
)
def test_a_difference_is_named_by_every_process(said, case, difference):
    first, *named, last = said[case].splitlines()
    assert first == 'the processes of this run were not started alike:'
    assert difference in named[0]
    assert last.startswith('Start all of them with the same command')
    if case != 'model':
        assert len([line for line in named if 'work_dir' not in line]) == 1


@pytest.mark.slow
def test_equal_processes_train(said):
    assert said['alike'] == 'trained 2 steps'


@pytest.mark.slow
@pytest.mark.parametrize(
    ('how', 'reason'),
    [
        ('raises', 'OverflowError: the shop is full'),
        ('is_killed', 'Signal 9 (SIGKILL) received by PID'),
    ],
)
def test_a_process_that_ends_ends_all(tmp_path, how, reason):
    """Before the others' patience, 1800 s, ends; and the last lines say why."""
    command = f'-m torch.distributed.run --nproc_per_node 2 --master_port {free_port()}'
    ended = subprocess.run(
        [sys.executable, *command.split(), 'tests/unequal_run.py', str(tmp_path), how],
        cwd=ROOT,
        env=os.environ | dict(PYTHONPATH=str(ROOT), CUDA_VISIBLE_DEVICES=''),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=400,
    )
    assert ended.returncode
    cause = ended.stdout.rpartition('Root Cause (first observed failure):')[2]
    assert 'rank      : 1 ' in cause
    # what the other process says of it is no reason
    assert (
        'traceback : Traceback'
        not in ended.stdout.rpartition('Failures:')[2][: -len(cause)]
    )
    assert reason in '\n'.join(cause.splitlines()[-5:])


def test_code_of_others(tmp_path, monkeypatch):
    """Told apart by its files; the package's own counts as a whole."""
    monkeypatch.syspath_prepend(str(tmp_path))
    facts = []
    for content in ('class Head: ...', 'class Head: pass'):
        (tmp_path / 'foreign_head.py').write_text(content)
        module = importlib.import_module('foreign_head')
        parts = [module.Head(), EqualProcessesHook(), module.Head(), 1]
        facts.append(code_facts(parts))
        monkeypatch.delitem(sys.modules, 'foreign_head')
    assert list(facts[0]) == list(facts[1]) == ['code foreign_head']
    assert facts[0] != facts[1]


def test_digest_of_sources(tmp_path):
    (tmp_path / 'models' / '__pycache__').mkdir(parents=True)
    (tmp_path / 'models' / 'head.py').write_text('x = 1')
    before = digest_sources(tmp_path)
    (tmp_path / 'models' / '__pycache__' / 'head.py').write_text('cached')
    (tmp_path / 'words.txt').write_text('dress')
    assert digest_sources(tmp_path) == before
    (tmp_path / 'models' / 'head.py').write_text('x = 2')
    assert digest_sources(tmp_path) != before


def test_a_run_of_one_process_asks_nobody(tmp_path):
    join_processes(run_config(tmp_path))
    EqualProcessesHook().before_run(SimpleNamespace())
