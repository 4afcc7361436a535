"""Trainings as processes: order, failures, kills. A few lines stand in for
tools/train.py."""

import json
import os
import re
import signal
import sys
import time
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from famevil_plugin.ablation.run import Run
from famevil_plugin.ablation.training import Trainer
from tests.warm import start

# writes down that it began; what its config says decides how it ends
TOOL = """
import json, pathlib, sys, time
config, _, folder = sys.argv[1:4]
folder = pathlib.Path(folder)
with (folder.parents[1] / 'begun.txt').open('a') as file:
    file.write(f'{folder.name}\\n')
if config == 'fails':
    sys.exit('the reason')
if config == 'waits':
    (folder / 'waiting').touch()
    while not (folder.parents[1] / 'go_on').exists():
        time.sleep(0.01)
iterations = 3 if config == 'stops' else 5
(folder / 'summary.json').write_text(json.dumps(dict(iterations=iterations)))
"""


@pytest.fixture
def tool(tmp_path: Path) -> Path:
    """Stands in for tools/train.py."""
    file = tmp_path / 'tool.py'
    file.write_text(TOOL)
    return file


def make(name, config='trains', needs=()):
    return Run(name, Path(config), (), 5, 0, {run.name: run for run in needs})


def train(tool, runs, jobs=1):
    """Lines said, runs lost and runs begun."""
    said: list[str] = []
    lost = Trainer(tool, tool.parent, jobs, said.append).train(runs)
    begun = tool.parent / 'begun.txt'
    return (
        '\n'.join(said),
        [run.name for run in lost],
        (begun.read_text().split() if begun.exists() else []),
    )


@pytest.mark.parametrize('jobs', [1, 3])
def test_runs_follow_what_they_need(tool, jobs):
    first = make('first')
    teachers = [make('left', needs=[first]), make('right', needs=[first])]
    runs = [first, *teachers, make('student', needs=teachers)]
    said, lost, begun = train(tool, runs, jobs)
    assert not lost
    assert begun[0] == 'first' and begun[-1] == 'student'
    assert len(begun) == 4
    assert '4 runs, of which 0 are finished' in said
    assert re.search(r'\[4/4\] student: finished in \d+ s; all done', said)


def test_what_is_finished_is_not_repeated(tool):
    runs = [make('first'), make('second')]
    train(tool, runs[:1])
    said, lost, begun = train(tool, runs)
    assert begun == ['first', 'second'] and not lost
    assert '2 runs, of which 1 are finished' in said


def test_what_is_finished_and_gone_is_repeated_for_those_that_need_it(tool):
    first = make('first')
    teacher = make('teacher', needs=[first])
    train(tool, [first, teacher])
    student = make('student', needs=[teacher])
    said, lost, begun = train(tool, [first, teacher, student])
    assert begun[2:] == ['first', 'teacher', 'student'] and not lost
    teacher.checkpoint(tool.parent).touch()
    student = make('other', needs=[teacher])
    assert train(tool, [first, teacher, student])[2][5:] == ['other']


def test_a_failure_stops_only_what_needs_it(tool):
    broken = make('broken', 'fails')
    early = make('early', 'stops')
    runs = [broken, early, make('student', needs=[broken, early]), make('other')]
    said, lost, begun = train(tool, runs)
    assert lost == ['broken', 'early', 'student']
    assert begun == ['broken', 'early', 'other']
    assert re.search(r'broken: FAILED in \d+ s \(exit status 1\)', said)
    assert 'train.log ends:\n    the reason' in said
    assert re.search(r'early: FAILED in \d+ s \(exit status 0\)', said)
    assert 'student: left out, as it needs broken, early' in said


def train_slowly(tool: Path) -> None:
    """A run that waits."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    Trainer(tool, tool.parent).train([make('slow', 'waits')])


def start_training(tool: Path) -> BaseProcess:
    """A trainer in another process, in the middle of a run."""
    process = start(train_slowly, tool)
    while not (tool.parent / 'runs' / 'slow' / 'waiting').exists():
        assert process.is_alive()
        time.sleep(0.01)
    return process


def test_a_run_that_outlives_a_kill_is_waited_for(tool):
    process = start_training(tool)
    process.kill()
    process.join()
    said: list[str] = []

    def say(line: str) -> None:
        said.append(line)
        (tool.parent / 'go_on').touch()

    run = make('slow', 'waits')
    assert Trainer(tool, tool.parent, say=say).train([run]) == []
    assert 'is in use by another such command' in said[0]
    assert said[1] == '1 runs, of which 1 are finished'
    assert (tool.parent / 'begun.txt').read_text() == 'slow\n'


def test_an_interrupted_command_stops_its_runs(tool):
    process = start_training(tool)
    process.terminate()
    process.join(60)
    assert process.exitcode == 1
    (tool.parent / 'go_on').touch()
    said, lost, begun = train(tool, [make('slow', 'waits')])
    # at once: nothing holds the folder
    assert said.startswith('1 runs') and not lost
    assert begun == ['slow', 'slow']


def test_cores_are_shared(tool, monkeypatch):
    tool.write_text("""
import json, os, pathlib, sys
summary = dict(iterations=5, threads=os.environ['OMP_NUM_THREADS'])
(pathlib.Path(sys.argv[3]) / 'summary.json').write_text(json.dumps(summary))
""")
    monkeypatch.setattr(os, 'sched_getaffinity', lambda process: range(8))
    for jobs, threads in ((2, 4), (16, 1)):
        run = make(f'with_{jobs}')
        train(tool, [run], jobs)
        summary = json.loads(run.summary(tool.parent).read_text())
        assert summary['threads'] == str(threads)
