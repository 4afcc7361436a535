"""A sharded training's checkpoints go on anywhere."""

import re
import shutil

import pytest
import torch
from mmengine.runner import load_checkpoint

from famevil_plugin.engine import find_newest_whole
from famevil_plugin.models.weights.checkpoint_loader import load_from_local
from famevil_plugin.registry import MODELS
from tests.sharded_runs import (
    DDP,
    FSDP,
    NEEDS_FSDP2,
    in_processes,
    sharded_config,
    train_recorded,
)
from tests.tiny_run import model_config

pytestmark = [pytest.mark.slow, NEEDS_FSDP2]
STEPS, SAVED = 8, 4
FILE = f'iter_{SAVED}.pth'
IN_SHARES = {'default_hooks.checkpoint.in_shares': True}
WRITERS = dict(whole=(FSDP, {}), shares=(FSDP, IN_SHARES), ddp=(DDP, {}))


def train_steps(folder, wrapper, **changes):
    """Eight steps, saved after four; the losses."""
    steps = {
        'train_cfg.max_iters': STEPS,
        'default_hooks.checkpoint.interval': SAVED,
        'default_hooks.checkpoint.max_keep_ckpts': 2,
    }
    config = sharded_config(folder, wrapper, **(steps | changes))
    _, recorded = train_recorded(config)
    return recorded.losses


def write_in_two(rank, folder):
    """Every kind of checkpoint."""
    for name, (wrapper, changes) in WRITERS.items():
        # one folder for both processes
        losses = train_steps(folder / name, wrapper, **changes)
        if rank == 0:
            torch.save(losses, folder / f'{name}.pt')


def resumed(folder, name, place, wrapper, **changes):
    """What a training loses that goes on from a checkpoint, in a folder of its own."""
    checkpoint = folder / name / FILE
    go_on = dict(load_from=str(checkpoint), resume=True)
    return train_steps(folder / place / name, wrapper, **go_on, **changes)


def go_on_in_three(rank, folder):
    """From both kinds, and from DDP's."""
    for name in WRITERS:
        losses = resumed(folder, name, 'three', FSDP)
        if rank == 0:
            torch.save(losses, folder / f'three_{name}.pt')


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    """With checkpoints that two processes wrote."""
    folder = tmp_path_factory.mktemp('saved')
    in_processes(write_in_two, folder, 2)
    return folder


@pytest.fixture(scope='module')
def whole(folder):
    """The losses of a training in one process that nothing interrupted."""
    return train_steps(folder / 'uninterrupted', None)


def test_a_whole_checkpoint_is_ddps(folder):
    """Names, shapes, types and, but for rounding, numbers."""
    found, expected = (
        torch.load(folder / name / FILE, weights_only=False)
        for name in ('whole', 'ddp')
    )
    assert set(found) == set(expected)
    assert list(found['state_dict']) == list(expected['state_dict'])
    torch.testing.assert_close(
        dict(found['state_dict']), dict(expected['state_dict']), rtol=0, atol=1e-6
    )
    own, ddps = found['optimizer'], expected['optimizer']
    assert own['param_groups'] == ddps['param_groups']
    torch.testing.assert_close(own['state'], ddps['state'], rtol=0, atol=1e-6)


def test_a_checkpoint_in_shares_reads_like_a_whole_one(folder):
    one, other = (
        load_from_local(str(folder / name / FILE), 'cpu')
        for name in ('shares', 'whole')
    )
    assert (folder / 'shares' / FILE).stat().st_size < 1e5
    for part in ('state_dict', 'optimizer'):
        assert set(one[part]) == set(other[part])
    for name, value in other['state_dict'].items():
        assert torch.equal(one['state_dict'][name], value), name
    for number, moments in other['optimizer']['state'].items():
        for name, value in moments.items():
            assert torch.equal(one['optimizer']['state'][number][name], value)


def test_no_process_writes_more_than_its_share(folder):
    sizes = {
        path.name: path.stat().st_size for path in (folder / 'shares').glob('*.safet*')
    }
    assert set(sizes) == {
        f'iter_{step}.{number}-of-2.safetensors'
        for step in (SAVED, STEPS)
        for number in (0, 1)
    }
    whole = (folder / 'whole' / FILE).stat().st_size
    assert max(sizes.values()) < 0.7 * whole


@pytest.mark.parametrize('name', WRITERS)
def test_one_process_goes_on(folder, whole, name):
    losses = resumed(folder, name, 'alone', None)
    assert losses == pytest.approx(whole[SAVED:], rel=1e-6)


def test_three_processes_go_on(folder, whole):
    in_processes(go_on_in_three, folder, 3)
    for name in WRITERS:
        losses = torch.load(folder / f'three_{name}.pt')
        assert losses == pytest.approx(whole[SAVED:], rel=1e-6), name


@pytest.mark.parametrize('name', WRITERS)
def test_a_model_alone_reads_it(folder, name):
    model = MODELS.build(model_config()).double()
    load_checkpoint(model, str(folder / name / FILE), strict=True)
    weights = load_from_local(str(folder / 'whole' / FILE), 'cpu')['state_dict']
    torch.testing.assert_close(
        dict(model.state_dict()), dict(weights), rtol=0, atol=1e-6
    )


@pytest.mark.parametrize('fault', ['changed', 'missing'])
def test_a_damaged_share_is_passed_over(folder, tmp_path, fault):
    shutil.copytree(folder / 'shares', tmp_path / 'copy')
    share = tmp_path / 'copy' / f'iter_{STEPS}.1-of-2.safetensors'
    if fault == 'missing':
        share.unlink()
    else:
        content = bytearray(share.read_bytes())
        content[-1] ^= 1
        share.write_bytes(content)
    found = find_newest_whole(tmp_path / 'copy')
    assert found.path == tmp_path / 'copy' / FILE
    assert re.search(
        'another content' if fault == 'changed' else 'no file',
        found.passed_over[f'iter_{STEPS}.pth'],
    )


def test_shares_go_with_their_checkpoint(folder, tmp_path):
    """Those of a file that is one too many, and of one that never was."""
    shutil.copytree(folder / 'shares', tmp_path / 'kept')
    (tmp_path / 'kept' / f'iter_{STEPS}.pth').unlink()  # a kill, before the file
    assert len(list((tmp_path / 'kept').glob('*.safetensors'))) == 4
    go_on = dict(load_from=str(tmp_path / 'kept' / FILE), resume=True)
    keep_one = {'default_hooks.checkpoint.max_keep_ckpts': 1}
    train_steps(tmp_path / 'kept', None, **go_on, **keep_one)
    kept = [path.name for path in (tmp_path / 'kept').glob('iter_*')]
    assert kept == [f'iter_{STEPS}.pth']
