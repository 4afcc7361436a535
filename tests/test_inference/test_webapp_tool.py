"""The page's command says what hinders it before it loads a model."""

import runpy
import socket
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT


def serve(*arguments: object) -> None:
    main = runpy.run_path(str(ROOT / 'tools/webapp.py'))['main']
    main([str(argument) for argument in arguments])


def test_a_port_that_is_taken(work_dir: Path) -> None:
    with socket.socket() as other:
        other.bind(('127.0.0.1', 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(
            (ValueError, OSError),
            match=f'port {port} .*cannot be used .*another by --port',
        ):
            serve(work_dir, '--port', port)
    with pytest.raises(
        (ValueError, SystemExit), match='--port must lie in 1 to 65535, got 0'
    ):
        serve(work_dir, '--port', 0)


def free_port() -> int:
    with socket.socket() as other:
        other.bind(('127.0.0.1', 0))
        return other.getsockname()[1]


def test_without_gradio_it_is_said_how_to_get_it(
    work_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, 'gradio', None)
    monkeypatch.delitem(sys.modules, 'famevil_plugin.inference.page', raising=False)
    with pytest.raises(ValueError, match='the page needs gradio .*set_up.sh page'):
        serve(work_dir, '--port', free_port())


def test_a_work_dir_without_a_model(tmp_path: Path) -> None:
    pytest.importorskip('gradio')
    with pytest.raises((ValueError, OSError), match='no config in'):
        serve(tmp_path, '--port', free_port())
