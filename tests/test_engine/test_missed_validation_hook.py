"""A resumed run makes up for the validation that it was stopped in."""

import pytest
from mmengine.hooks import Hook
from mmengine.optim import OptimWrapper

from famevil_plugin.engine import MissedValidationHook
from famevil_plugin.engine.runner_state import iteration
from tests.tiny_run import run_config, train


class Validations(Hook):
    """Keeps the iterations at which a run validated."""

    def __init__(self, at):
        self.at = at

    def after_val_epoch(self, runner, metrics=None):
        self.at.append(iteration(runner))


def validations(work_dir, **changes):
    """Validates after 4, 8 and 10 steps, if run from the start."""
    at = []
    train(
        run_config(
            work_dir,
            **{
                'optim_wrapper.type': OptimWrapper,
                'train_cfg.max_iters': 10,
                'default_hooks.checkpoint.interval': 2,
            },
            custom_hooks=[dict(type=MissedValidationHook), Validations(at)],
            **changes,
        )
    )
    return at


@pytest.mark.parametrize(
    ('step', 'expected'), [(4, [4, 8, 10]), (6, [8, 10]), (8, [8, 10]), (10, [10])]
)
def test_each_validation_is_made_once(tmp_path, step, expected):
    assert validations(tmp_path / 'whole') == [4, 8, 10]
    checkpoint = str(tmp_path / 'whole' / f'iter_{step}.pth')
    resumed = validations(tmp_path / 'resumed', load_from=checkpoint, resume=True)
    assert resumed == expected


def test_a_checkpoint_saved_again_after_a_validation(tmp_path):
    """It holds the validation: nothing was missed."""
    best = {
        'default_hooks.checkpoint.save_best': 'mean',
        'default_hooks.checkpoint.rule': 'greater',
    }
    assert validations(tmp_path / 'whole', **best) == [4, 8, 10]
    assert (tmp_path / 'whole' / 'best_mean_iter_10.pth').is_file()
    checkpoint = str(tmp_path / 'whole' / 'iter_8.pth')
    resumed = validations(tmp_path / 'resumed', load_from=checkpoint, resume=True)
    assert resumed == [10]


def test_no_validation(tmp_path):
    none = dict(val_cfg=None, val_dataloader=None, val_evaluator=None)
    assert validations(tmp_path, **none) == []
