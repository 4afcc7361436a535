"""A multi-task config for some of its tasks."""

import pytest
from mmengine.config import Config

from famevil_plugin.command_line import keep_tasks
from tests.conftest import TASKS


def config(**more):
    by_task = {task: dict(of=task) for task in TASKS}
    return Config(
        dict(
            model=dict(heads=by_task, teachers=by_task),
            train_dataloader=dict(dataset=dict(datasets=by_task)),
            val_dataloader=by_task,
            val_evaluator=by_task,
            test_dataloader=by_task,
            test_evaluator=by_task,
            custom_hooks=[dict(references=by_task), dict()],
            optim_wrapper=dict(
                optimizer=dict(lr=1.0, weight_decay=0.1),
                paramwise_cfg=dict(
                    custom_keys={
                        'heads': dict(lr_mult=2),
                        'heads.fic': dict(lr_mult=5),
                        'heads.xmr': dict(lr_mult=3),
                    }
                ),
            ),
            param_scheduler=[dict(end=9), dict(end=3)],
        )
        | more
    )


def test_nothing_of_another_task_stays():
    kept = config()
    keep_tasks(kept, ['scr', 'xmr'])
    for by_task in (
        kept.model.heads,
        kept.model.teachers,
        kept.train_dataloader.dataset.datasets,
        kept.val_dataloader,
        kept.val_evaluator,
        kept.test_dataloader,
        kept.test_evaluator,
        kept.custom_hooks[0].references,
    ):
        assert list(by_task) == ['xmr', 'scr']
    assert list(kept.optim_wrapper.paramwise_cfg.custom_keys) == ['heads', 'heads.xmr']


RECIPE = dict(
    tgir=dict(
        optim_wrapper=dict(optimizer=dict(weight_decay=0.0)),
        param_scheduler=[dict(end=4)],
    )
)


def test_a_task_alone_is_trained_by_its_recipe():
    alone, both = config(single_task=RECIPE), config(single_task=RECIPE)
    keep_tasks(alone, ['tgir'])
    assert alone.optim_wrapper.optimizer == dict(lr=1.0, weight_decay=0.0)
    assert alone.param_scheduler == [dict(end=4)]
    keep_tasks(both, ['tgir', 'fic'])
    assert both.optim_wrapper.optimizer.weight_decay == 0.1
    for done in (alone, both):
        assert 'single_task' not in done and 'tasks' not in done


def test_a_config_may_name_its_own_tasks():
    kept = config(tasks=['tgir', 'fic'])
    keep_tasks(kept)
    assert list(kept.model.heads) == ['tgir', 'fic']
    kept = config(tasks=['tgir', 'fic'])
    keep_tasks(kept, ['fic'])
    assert list(kept.model.heads) == ['fic']


def test_all_tasks_unless_some_are_given():
    kept, whole = config(), config()
    keep_tasks(kept)
    assert kept.to_dict() == whole.to_dict()


def test_tasks_that_are_not_there():
    with pytest.raises(ValueError, match='is for the tasks .*, got search: name'):
        keep_tasks(config(), ['search'])
    with pytest.raises(ValueError, match='is for the tasks tgir, scr, got fic: name'):
        keep_tasks(config(tasks=['tgir', 'scr']), ['scr', 'fic'])
