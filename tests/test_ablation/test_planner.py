"""Trainings that a table needs."""

import json
from collections import Counter
from copy import deepcopy

import pytest
import torch

from famevil_plugin.ablation import ROWS
from famevil_plugin.ablation.planner import Planner, Smoke, read_config
from famevil_plugin.command_line import apply_options
from famevil_plugin.registry import MODELS
from tests.conftest import ROOT

CONFIGS = ROOT / 'configs'


@pytest.fixture(scope='module')
def planner() -> Planner:
    """The mini scale's."""
    return Planner(CONFIGS, 'mini')


@pytest.fixture(scope='module')
def whole(planner):
    """The runs of the whole table."""
    return planner.plan(ROWS, [0])


def build(config):
    encoder = dict(config.model.encoder, pretrained=None)
    with torch.device('meta'):
        return MODELS.build(dict(config.model, encoder=encoder))


def shapes(module):
    return {name: tuple(x.shape) for name, x in module.state_dict().items()}


def test_the_table_takes_each_training_once(whole):
    names = [run.name for run in whole]
    assert len(set(names)) == len(names) == 26
    assert Counter(name.split('_')[0] for name in names) == Counter(
        dict(row01=3, row02=3, row03=3, row04=3)
        | {f'row{row:02}': 1 for row in range(5, 19)}
    )
    # each behind what it needs
    for place, run in enumerate(whole):
        assert {r.name for r in run.needs} <= set(names[:place])


def test_seeds_share_nothing(planner, whole):
    assert len(planner.plan(ROWS, [0, 1])) == 2 * len(whole)


def test_shared_models_are_equal(planner):
    """Row 3's XMR model is row 1's, and row 4's is row 2's."""
    for row, other in ((3, 1), (4, 2)):
        run = planner.run(row, 'xmr', 0)
        assert run is planner.run(other, 'xmr', 0)
        for scale in ('mini', 'paper'):
            own, its = (
                read_config(
                    CONFIGS / 'ablation' / scale / f'{ROWS[r].config}.py', ('xmr',)
                )
                for r in (row, other)
            )
            assert shapes(build(own)) == shapes(build(its))
            for key in ('optim_wrapper', 'param_scheduler', 'train_cfg'):
                assert own[key] == its[key]


def test_distilled_rows_need_the_teachers_they_build(planner):
    rows = {
        row
        for row in ROWS
        if 'teachers' in read_config(planner.run(row, 'xmr', 0).config, ()).model
    }
    assert rows == {9, 10, 11, 13, 15, 16, 17, 18}
    for row in rows:
        run = planner.run(row, 'tgir', 3)
        config = read_config(run.config, ())
        for task, teacher in config.model.teachers.items():
            taught = run.checkpoints[f'model.teachers.{task}.checkpoint']
            assert taught.name.endswith(f'_{task}_seed3')
            assert shapes(build(read_config(taught.config, taught.tasks))) == shapes(
                build(teacher)
            )
            # what a user trains by hand goes by the config's own path
            assert teacher.checkpoint == (
                f'work_dirs/row04_st_{task}/iter_{taught.iterations}.pth'
            )


def test_scheduled_rows_go_by_the_single_task_models(planner, tmp_path):
    for row in (12, 13):
        run = planner.run(row, 'fic', 1)
        config = read_config(run.config, ())
        places = {
            f'custom_hooks.{place}.references.{task}.1'
            for place, hook in enumerate(config.custom_hooks)
            for task in hook.get('references', {})
        }
        assert set(run.summaries) == places and len(places) == 4
        assert planner.run(4, 'tgir', 1) in run.needs
        place = next(place for place in places if place.endswith('tgir.1'))
        assert f'{place}={tmp_path}/runs/row04_st_tgir_seed1/summary.json' in (
            run.arguments(tmp_path)
        )


def test_a_row_takes_its_base_along(planner):
    assert [run.name for run in planner.plan([5], [0])] == [
        'row01_stl_xmr_seed0',
        'row05_mtl_seed0',
        'row01_stl_tgir_seed0',
        'row01_stl_scr_seed0',
    ]
    assert 'row03_stl_xaa_fic_seed0' in {run.name for run in planner.plan([8], [0])}


def test_command_line(planner, tmp_path):
    run = planner.run(9, 'fic', 2)
    arguments = run.arguments(tmp_path)
    assert arguments[0] == str(CONFIGS / 'ablation/mini/row09_famevil.py')
    assert '--tasks' not in arguments and '--resume' in arguments
    for expected in (
        'randomness.seed=2',
        f'model.teachers.xmr.checkpoint={tmp_path}/runs/row02_stl_tsa_xmr'
        f'_seed2/iter_{planner.run(2, "xmr", 2).iterations}.pth',
    ):
        assert expected in arguments
    alone = planner.run(4, 'fic', 2).arguments(tmp_path)
    assert alone[1:3] == ['--tasks', 'fic']


def test_finished_is_what_has_its_last_summary(planner, tmp_path):
    run = planner.run(5, 'xmr', 0)
    assert not run.is_finished(tmp_path)
    run.folder(tmp_path).mkdir(parents=True)
    for iterations, finished in ((run.iterations - 1, False), (run.iterations, True)):
        run.summary(tmp_path).write_text(json.dumps(dict(iterations=iterations)))
        assert run.is_finished(tmp_path) == finished


def test_smoke_shrinks_every_run(tmp_path):
    smoke = Smoke(tmp_path / 'products')
    planner = Planner(CONFIGS, 'paper', dict(pretrained='there.pt'), smoke)
    for run in planner.plan([8, 9], [0]):
        assert run.iterations == run.options['train_cfg.max_iters'] == 100
        assert run.options['data_root'] == tmp_path / 'products'
        config = deepcopy(read_config(run.config, run.tasks))
        apply_options(
            config,
            {
                key: value
                for key, value in run.options.items()
                if key not in ('data_root', 'pretrained')
            },
        )
        # the teacher is as its own run leaves it
        teachers = config.model.get('teachers', {})
        if 'scr' in teachers:
            assert teachers.scr.model.heads.scr == config.model.heads.scr
        # what is asked for counts more
        assert run.options['pretrained'] == 'there.pt'
    assert (
        Planner(CONFIGS, 'paper', smoke=smoke).run(8, 'xmr', 0).options['pretrained']
        is None
    )


def test_unknown_scale():
    with pytest.raises(ValueError, match="unknown scale 'huge': expected one"):
        Planner(CONFIGS, 'huge')
