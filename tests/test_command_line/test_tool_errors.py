"""Mistakes end a tool with one line; the traceback is kept."""

import pytest
from mmengine.logging import MMLogger

from famevil_plugin.command_line import run_tool
from famevil_plugin.command_line.tool_errors import in_words


def fail(error):
    def main():
        raise error

    return main


@pytest.fixture(autouse=True)
def no_log_file(monkeypatch):
    """Loggers of other tests have files."""
    monkeypatch.setattr(MMLogger, '_instance_dict', type(MMLogger._instance_dict)())
    monkeypatch.delenv('FAMEVIL_DEBUG', raising=False)


def test_one_line(capsys):
    with pytest.raises(SystemExit) as end:
        run_tool(fail(ValueError('expected a shoe, got a hat')))
    said = str(end.value.code).splitlines()
    assert said[0] == 'error: expected a shoe, got a hat'
    assert said[1:] == ['(FAMEVIL_DEBUG=1 shows the traceback)']


def test_the_traceback_is_in_the_log_file(tmp_path):
    file = tmp_path / 'run.log'
    MMLogger.get_instance('a_run', log_file=str(file))
    with pytest.raises(SystemExit, match='error: no hat') as end:
        run_tool(fail(ValueError('no hat')))
    assert f'the traceback is in {file}' in str(end.value.code)
    assert 'Traceback' in file.read_text() and 'no hat' in file.read_text()


def test_debugging_shows_it(monkeypatch):
    monkeypatch.setenv('FAMEVIL_DEBUG', '1')
    with pytest.raises(ValueError, match='no hat'):
        run_tool(fail(ValueError('no hat')))


def test_other_errors_are_not_the_users():
    with pytest.raises(AttributeError):
        run_tool(fail(AttributeError('a mistake of ours')))


def test_the_status_is_the_tools():
    run_tool(lambda: None)
    run_tool(lambda: 0)
    with pytest.raises(SystemExit) as end:
        run_tool(lambda: 3)
    assert end.value.code == 3


def test_an_interruption_has_no_traceback():
    with pytest.raises(SystemExit) as end:
        run_tool(fail(KeyboardInterrupt()))
    assert end.value.code == 130


def test_words():
    assert in_words(FileNotFoundError(2, 'No such file', 'a.json')) == (
        'a.json: No such file'
    )
    worker = (
        'Caught ValueError in DataLoader worker process 0.\nOriginal Traceback '
        '(most recent call last):\n  File "x", line 1\nValueError: the photo is missing'
    )
    assert in_words(ValueError(worker)) == 'the photo is missing'
    assert in_words(ValueError()) == 'ValueError'
    with pytest.raises(SyntaxError) as caught:
        compile('a = = 1', 'config.py', 'exec')
    assert in_words(caught.value) == 'config.py, line 1: invalid syntax'
