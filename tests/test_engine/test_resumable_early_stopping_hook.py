"""Early stopping in whole runs, whole and resumed."""

import pytest

from famevil_plugin.engine import MissedValidationHook, ResumableEarlyStoppingHook
from tests.tiny_run import SCORES, ScriptedMetric, run_config, train


class RisingThenFlat(ScriptedMetric):
    """Rises in the first validations alone."""

    def compute_metrics(self, results):
        score = super().compute_metrics(results)['mean']
        return dict(mean=min(score, self.top))

    def __init__(self, score, rises):
        super().__init__(score)
        self.top = score + 0.25 * rises


def config(work_dir, rises=2, **changes):
    return run_config(
        work_dir,
        val_evaluator={
            task: dict(type=RisingThenFlat, score=score, rises=rises)
            for task, score in SCORES.items()
        },
        custom_hooks=[
            dict(type=ResumableEarlyStoppingHook, patience=2),
            dict(type=MissedValidationHook),
        ],
        **{
            'train_cfg.max_iters': 20,
            'train_cfg.val_interval': 2,
            'default_hooks.checkpoint.interval': 2,
        }
        | changes,
    )


@pytest.mark.parametrize('rises', [1, 3])
def test_ends_when_the_score_has_ceased_to_rise(tmp_path, rises, capsys):
    runner = train(config(tmp_path, rises, log_level='INFO'))
    # the last rise, and two validations without one
    assert runner.iter == 2 * rises + 4
    best = sum(SCORES.values()) / 4 + 0.25 * rises
    said = capsys.readouterr().out
    line = f'mean {best:.2f}, best {best:.2f} at iteration {2 * rises}: stops'
    assert f'{line} after 2 more validations without a rise' in said
    assert f'{line} after 1 more validations without a rise' in said
    assert f'{line}, after 2 validations without a rise' in said


def test_a_resumed_run_stops_where_the_whole_one_does(tmp_path):
    whole = train(config(tmp_path / 'whole', rises=1))
    train(config(tmp_path / 'part', rises=1, **{'train_cfg.max_iters': 4}))
    # its metric has told its script anew, and is flat at once
    part = train(config(tmp_path / 'part', rises=1, resume=True))
    assert part.iter == whole.iter == 6
    again = train(config(tmp_path / 'part', rises=1, resume=True))
    assert again.iter == 6


def test_an_evaluation_needs_no_training(tmp_path):
    own = config(tmp_path)
    own.update(
        test_cfg=own.val_cfg,
        test_dataloader=own.val_dataloader,
        test_evaluator=own.val_evaluator,
    )
    own.train_dataloader.dataset = 'nothing'
    from mmengine.runner import Runner

    from famevil_plugin.engine import MultiTaskTestLoop

    own.test_cfg = dict(type=MultiTaskTestLoop)
    assert Runner(**own).test()['mean'] > 0
