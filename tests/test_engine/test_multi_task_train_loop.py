"""One batch size, and an exact resume, for whoever builds a runner."""

import pytest

from famevil_plugin.engine import MultiTaskTrainLoop
from tests.tiny_run import run_config, train, weights


def config(work_dir, **changes):
    found = run_config(work_dir, **{'train_cfg.type': MultiTaskTrainLoop}, **changes)
    if 'train_dataloader.sampler.batch_size' not in changes:
        del found.train_dataloader.sampler['batch_size']
    return found


def test_the_dataloaders_batch_size_is_enough(tmp_path):
    more = {'train_dataloader.batch_size': 3}
    told = train(config(tmp_path / 'told', **more))
    assert told.train_dataloader.sampler.batch_size == 3
    given = train(
        run_config(
            tmp_path / 'given', **more, **{'train_dataloader.sampler.batch_size': 3}
        )
    )
    for name, value in weights(given).items():
        assert value.equal(weights(told)[name]), name


@pytest.mark.parametrize('workers', [0, 1])
def test_resuming_skips_in_the_sampler(tmp_path, workers):
    more = {
        'train_dataloader.num_workers': workers,
        'default_hooks.checkpoint.interval': 6,
    }
    whole = train(config(tmp_path / 'whole', **more))
    again = config(tmp_path / 'again', **more)
    again.load_from = str(tmp_path / 'whole' / 'iter_6.pth')
    again.resume = True
    resumed = train(again)
    assert resumed.train_dataloader.sampler.start == 6
    for name, value in weights(whole).items():
        assert value.equal(weights(resumed)[name]), name


def test_two_batch_sizes(tmp_path):
    with pytest.raises(ValueError, match='batch_size is 4 and .*batch_size 5: leave'):
        train(config(tmp_path, **{'train_dataloader.sampler.batch_size': 5}))
