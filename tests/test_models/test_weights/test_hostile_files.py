"""No road by which weights are read runs what a file asks for."""

import http.server
import os
import pickle
import runpy
import subprocess
import sys
import threading
from functools import partial

import pytest
import torch
from mmengine.optim import OptimWrapper
from mmengine.runner import Runner, load_checkpoint
from mmengine.runner.checkpoint import CheckpointLoader
from torch import nn

from famevil_plugin.engine import CheckpointGuardHook
from famevil_plugin.models import AdaptedCLIP
from famevil_plugin.models.weights import read_weights
from famevil_plugin.models.weights.blocked_names import blocked_names
from famevil_plugin.registry import MODELS
from tests.conftest import BACKBONE, ROOT
from tests.hostile_files import HOSTILE, Command
from tests.tiny_run import model_config, run_config, weights


@pytest.fixture
def marker(tmp_path):
    """Not there at the end."""
    path = tmp_path / 'it_ran'
    yield path
    assert not path.exists()


def runner(folder, **changes):
    return Runner(
        **run_config(
            folder,
            **{
                'optim_wrapper.type': OptimWrapper,
                'custom_hooks': [dict(type=CheckpointGuardHook)],
            }
            | changes,
        )
    )


def resume_latest(path):
    (path.parent / 'last_checkpoint').write_text(str(path))
    runner(path.parent, resume=True).train()


def distil(path):
    teachers = dict(xmr=dict(model=model_config('xmr'), checkpoint=str(path)))
    MODELS.build(model_config(teachers=teachers)).teachers.load()


def run_tool(name, *args):
    argv, sys.argv = sys.argv, [name, *map(str, args)]
    try:
        runpy.run_path(str(ROOT / 'tools' / name), run_name='__main__')
    finally:
        sys.argv = argv


ROADS = dict(
    read_weights=read_weights,
    load_checkpoint=lambda path: load_checkpoint(nn.Linear(1, 1), str(path)),
    load_from=lambda path: runner(path.parent, load_from=str(path)).train(),
    validation=lambda path: runner(path.parent, load_from=str(path)).val(),
    resume=lambda path: runner(path.parent, load_from=str(path), resume=True).train(),
    resume_latest=resume_latest,
    pretrained=lambda path: AdaptedCLIP(BACKBONE, ['xmr'], str(path)),
    teacher=distil,
    converter=lambda path: run_tool(
        'model_converters/mmf_to_famevil.py', path, path.parent / 'out.pth'
    ),
)


def assert_refused(road, path):
    with pytest.raises((ValueError, SystemExit)) as caught:
        road(path)
    said = str(caught.value)
    assert path.name in said and f'{os.system.__module__}.system' in said
    assert 'weights_only' not in said


@pytest.mark.parametrize('kind', HOSTILE)
@pytest.mark.parametrize('road', ROADS)
def test_nothing_is_run(tmp_path, marker, road, kind):
    path = HOSTILE[kind](tmp_path / 'iter_4.pth', Command(marker))
    if road == 'resume_latest' and path.suffix != '.pth':
        ROADS[road](path)  # no checkpoint by its name, so it is not looked at
    else:
        assert_refused(ROADS[road], path)


@pytest.mark.parametrize('kind', ['bare', 'in_weights'])
def test_the_files_would_run(tmp_path, kind):
    """Or the tests above would show nothing."""
    marker = tmp_path / 'it_ran'
    path = HOSTILE[kind](tmp_path / 'iter_4.pth', Command(marker))
    if kind == 'bare':
        pickle.loads(path.read_bytes())
    else:
        torch.load(path, weights_only=False)
    assert marker.exists()


def test_a_config_in_a_checkpoint_is_not_run(tmp_path, marker):
    """MMEngine runs the text ``meta.config`` where it resumes."""
    short = {'train_cfg.max_iters': 4, 'default_hooks.checkpoint.interval': 2}
    none = dict(val_cfg=None, val_dataloader=None, val_evaluator=None)
    whole = runner(tmp_path / 'whole', **short, **none)
    whole.train()
    path = tmp_path / 'whole' / 'iter_2.pth'
    checkpoint = torch.load(path, weights_only=False)
    checkpoint['meta']['config'] = f'open({str(marker)!r}, "w")'
    torch.save(checkpoint, path)
    resumed = runner(tmp_path / 'resumed', load_from=str(path), resume=True, **short)
    resumed.train()
    assert resumed.iter == 4


@pytest.fixture
def web(tmp_path, monkeypatch):
    """The address of a server of the folder's files."""
    monkeypatch.setattr(torch.hub, 'get_dir', lambda: str(tmp_path / 'hub'))
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=tmp_path)
    with http.server.ThreadingHTTPServer(('127.0.0.1', 0), handler) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f'http://127.0.0.1:{server.server_port}'
        server.shutdown()


def test_over_the_web(tmp_path, marker, web):
    HOSTILE['in_log'](tmp_path / 'bad.pth', Command(marker))
    assert_refused(
        lambda path: load_checkpoint(nn.Linear(1, 1), f'{web}/{path.name}'),
        tmp_path / 'bad.pth',
    )
    own = nn.Linear(1, 1)
    torch.save(own.state_dict(), tmp_path / 'good.pth')
    other = nn.Linear(1, 1)
    load_checkpoint(other, f'{web}/good.pth', strict=True)
    assert torch.equal(own.weight, other.weight)


def test_other_addresses():
    for address in ('s3://a.pth', 'torchvision://resnet50', 'openmmlab://a'):
        with pytest.raises(ValueError, match=f'got {address}: download it'):
            load_checkpoint(nn.Linear(1, 1), address)


@pytest.mark.parametrize('package', ['models', 'engine'])
def test_mmengine_has_no_other_loader(package):
    """Once one of the packages is imported."""
    code = (
        f'import famevil_plugin.{package}\n'
        'from mmengine.runner.checkpoint import CheckpointLoader\n'
        'print({f.__module__ for f in CheckpointLoader._schemes.values()})'
    )
    said = subprocess.run(
        [sys.executable, '-c', code], cwd=ROOT, text=True, capture_output=True
    )
    assert said.stdout.strip() == "{'famevil_plugin.models.weights.checkpoint_loader'}"
    assert CheckpointLoader._schemes


def test_a_script_that_would_run(tmp_path):
    """Of TorchScript, ``__setstate__`` runs where an archive is loaded."""

    class Restored(nn.Module):
        @torch.jit.export
        def __getstate__(self):
            return self.training

        @torch.jit.export
        def __setstate__(self, state: bool):
            self.training = state

        def forward(self, x):
            return x

    path = tmp_path / 'archive.pt'
    torch.jit.script(Restored()).save(path)
    with pytest.raises(ValueError, match=r'archive.pt cannot.*__setstate__, which is'):
        read_weights(path)


def test_names_that_belong_to_weights(tmp_path):
    torch.save(nn.Linear(1, 1).state_dict(), tmp_path / 'plain.pth')
    assert blocked_names(tmp_path / 'plain.pth') == []
    (tmp_path / 'garbage.pth').write_bytes(b'\x80no pickle')
    assert blocked_names(tmp_path / 'garbage.pth') == []


def test_mmengines_own_checkpoint_goes_on(tmp_path):
    """As written by its hook, with its log and the optimizer."""
    short = {'train_cfg.max_iters': 4, 'default_hooks.checkpoint.interval': 2}
    whole = runner(tmp_path / 'whole', **short)
    whole.train()
    path = tmp_path / 'whole' / 'iter_2.pth'
    assert b'HistoryBuffer' in path.read_bytes()
    resumed = runner(tmp_path / 'resumed', load_from=str(path), resume=True, **short)
    resumed.train()
    for name, value in weights(resumed).items():
        assert torch.equal(value, weights(whole)[name]), name
