"""A run goes on from its newest whole checkpoint."""

import os
import shutil

import pytest
import torch
from mmengine.hooks import EMAHook
from mmengine.optim import OptimWrapper

from famevil_plugin.engine import (
    CheckpointGuardHook,
    WholeCheckpointHook,
    find_newest_whole,
)
from famevil_plugin.models.weights.weight_files import read_data
from tests.tiny_run import run_config, train, weights

STEPS = 8
CHANGES = {
    'optim_wrapper.type': OptimWrapper,
    'custom_hooks': [dict(type=CheckpointGuardHook)],
    'default_hooks.checkpoint.type': WholeCheckpointHook,
    'default_hooks.checkpoint.interval': 2,
    'train_cfg.max_iters': STEPS,
    'val_cfg': None,
    'val_dataloader': None,
    'val_evaluator': None,
    # passed over means warned of
    'log_level': 'WARNING',
}


def run(work_dir, **changes):
    return train(run_config(work_dir, **CHANGES | changes))


@pytest.fixture(scope='module')
def whole(tmp_path_factory):
    """Checkpoints of steps 2, 4, 6 and 8, and the weights at the end."""
    folder = tmp_path_factory.mktemp('whole') / 'run'
    return folder, weights(run(folder))


@pytest.fixture
def folder(whole, tmp_path):
    """A copy at another place, without the last checkpoint."""
    path = shutil.copytree(whole[0], tmp_path / 'moved')
    (path / 'iter_8.pth').unlink()
    (path / 'last_checkpoint').write_text('iter_6.pth')
    return path


def assert_goes_on(folder, end, capfd, said):
    runner = run(folder, resume=True)
    for name, value in weights(runner).items():
        assert torch.equal(value, end[name]), name
    answer = capfd.readouterr().out
    for part in said:
        assert part in answer


def test_averaged_weights_go_on(tmp_path):
    """Both the model's and those that MMEngine's EMAHook averages."""
    ema = dict(custom_hooks=[*CHANGES['custom_hooks'], dict(type=EMAHook)])
    run(tmp_path / 'run', **ema)
    start = str(tmp_path / 'run' / 'iter_4.pth')
    run(tmp_path / 'again', load_from=start, resume=True, **ema)
    one, other = (
        read_data(tmp_path / name / 'iter_8.pth') for name in ('run', 'again')
    )
    for part in ('state_dict', 'ema_state_dict'):
        assert one[part].keys() == other[part].keys()
        for name, value in one[part].items():
            assert torch.equal(value, other[part][name]), name
    moved = [n for n, v in one['state_dict'].items() if 'text' in n and v.ndim > 1]
    assert any(
        not torch.equal(one['state_dict'][n], one['ema_state_dict'][f'module.{n}'])
        for n in moved
    )


def cut(path):
    path.write_bytes(path.read_bytes()[:-1000])


def flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


DAMAGES = dict(
    cut=(cut, 'passes over iter_6.pth: '),
    empty=(lambda path: path.write_bytes(b''), 'passes over iter_6.pth: '),
    garbage=(lambda path: path.write_bytes(b'x' * 999), 'passes over iter_6.pth: '),
    flipped=(flip, 'passes over iter_6.pth: a file that was changed since'),
    gone=(os.remove, 'passes over iter_6.pth: gone, though last_checkpoint names it'),
    weights_alone=(
        lambda path: torch.save(dict(state_dict={}), path),
        'passes over iter_6.pth: it has no meta, message_hub',
    ),
)


@pytest.mark.parametrize('kind', DAMAGES)
def test_a_damaged_newest_checkpoint(folder, whole, capfd, kind):
    damage, said = DAMAGES[kind]
    damage(folder / 'iter_6.pth')
    assert find_newest_whole(folder).path.name == 'iter_4.pth'
    assert_goes_on(folder, whole[1], capfd, [said])
    assert (folder / 'last_checkpoint').read_text() == 'iter_8.pth'


POINTERS = {
    'empty': '',
    'garbage': '\x00\xff',
    'of a place that is gone': '/nowhere/moved/iter_6.pth',
    'relative': 'iter_6.pth',
}


@pytest.mark.parametrize('kind', [*POINTERS, 'missing'])
def test_the_file_that_names_the_last_one(folder, kind):
    pointer = folder / 'last_checkpoint'
    pointer.unlink()
    if kind in POINTERS:
        pointer.write_text(POINTERS[kind])
    found = find_newest_whole(folder)
    assert found.path == folder / 'iter_6.pth'
    assert bool(found.passed_over) == (kind in ('empty', 'garbage', 'missing'))


def test_without_that_file_a_run_goes_on(folder, whole, capfd):
    (folder / 'last_checkpoint').unlink()
    assert_goes_on(folder, whole[1], capfd, ['passes over last_checkpoint: missing'])


def test_files_of_an_earlier_run(folder, whole):
    """A higher number counts only if it was written later."""
    shutil.copy(whole[0] / 'iter_8.pth', folder)
    os.utime(folder / 'iter_8.pth', (1, 1))
    found = find_newest_whole(folder)
    assert found.path.name == 'iter_6.pth'
    assert found.passed_over == {
        'iter_8.pth': 'older than last_checkpoint: of an earlier run'
    }
    later = (folder / 'last_checkpoint').stat().st_mtime + 10
    os.utime(folder / 'iter_8.pth', (later, later))
    assert find_newest_whole(folder).path.name == 'iter_8.pth'


def test_none_is_whole(folder):
    for path in folder.glob('*.pth'):
        cut(path)
    with pytest.raises(
        ValueError, match=r'no checkpoint in .*moved is whole: iter_6.pth \(.*; iter_4'
    ):
        run(folder, resume=True)


def test_nothing_to_go_on_from(tmp_path, whole, capfd):
    """A run begins; also where a file names what is not there."""
    (tmp_path / 'new').mkdir()
    (tmp_path / 'new' / 'last_checkpoint').write_text('/gone/iter_6.pth')
    said = ['passes over iter_6.pth: gone', 'starting from the beginning']
    assert_goes_on(tmp_path / 'new', whole[1], capfd, said)


def test_a_named_checkpoint_that_is_damaged(folder):
    flip(folder / 'iter_6.pth')
    with pytest.raises(ValueError, match='iter_6.pth cannot.*changed since it was'):
        run(folder, resume=True, load_from=str(folder / 'iter_6.pth'))
