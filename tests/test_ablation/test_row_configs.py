"""Each row's config is what the table of rows says, at both scales."""

import pytest
from mmengine.config import Config

from famevil_plugin.ablation import ROWS
from famevil_plugin.ablation.planner import SCALES
from famevil_plugin.engine import (
    AdaptiveOptimWrapper,
    AdaptiveSchedulingHook,
    IMTLGOptimWrapper,
)
from famevil_plugin.registry import HOOKS
from tests.conftest import ROOT

FOLDER = ROOT / 'configs' / 'ablation'
SCHEDULES = {10: 'uniform', 11: 'round_robin', 14: 'round_robin', 15: 'round_robin'}


@pytest.fixture(scope='module', params=SCALES)
def configs(request) -> dict[int, Config]:
    """The rows of a scale."""
    folder = FOLDER / request.param
    return {
        number: Config.fromfile(folder / f'{row.config}.py')
        for number, row in ROWS.items()
    }


def test_tasks_and_adapters(configs):
    base = configs[8].model.encoder
    for number, row in ROWS.items():
        model = configs[number].model
        assert tuple(model.heads) == row.tasks
        wide = row.task_bottleneck and row.task_bottleneck // 64
        assert model.encoder.task_bottleneck == (wide and wide * base.task_bottleneck)
        assert model.encoder.cross_bottleneck == (
            base.cross_bottleneck if row.crossing else None
        )
        # a teacher is as wide as row 4, whatever its student
        for teacher in model.get('teachers', {}).values():
            assert teacher.model.encoder == configs[4].model.encoder


def test_strategies(configs):
    for number, row in ROWS.items():
        config = configs[number]
        assert ('MTD' in row.name or 'FAME-ViL' in row.name) == (
            'teachers' in config.model
        )
        assert config.train_dataloader.sampler.schedule == SCHEDULES.get(
            number, 'size_proportional'
        )
        assert ('IMTL-G' in row.name) == (
            config.optim_wrapper.type is IMTLGOptimWrapper
        )
        if 'IMTL-G' in row.name:
            assert config.optim_wrapper.accumulative_counts == len(row.tasks)
        assert ('IAS' in row.name) == (
            config.optim_wrapper.type is AdaptiveOptimWrapper
        )
        hooks = [
            hook for hook in config.custom_hooks if hook.type is AdaptiveSchedulingHook
        ]
        assert len(hooks) == ('IAS' in row.name)
        for hook in hooks:
            assert HOOKS.build(hook).references.keys() == set(row.tasks)
            assert config.train_cfg.val_interval < config.train_cfg.max_iters


def test_rows_differ_in_nothing_else(configs):
    same = (
        'train_dataloader.dataset.datasets.xmr',
        'param_scheduler',
        'optim_wrapper.optimizer',
        'train_cfg.max_iters',
    )
    for number, config in configs.items():
        for key in same:
            ours, base = config, configs[8]
            for part in key.split('.'):
                ours, base = ours[part], base[part]
            assert ours == base, (number, key)


def test_rows_are_the_same_steps_at_both_scales():
    for number, row in ROWS.items():
        mini, paper = (FOLDER / scale / f'{row.config}.py' for scale in SCALES)
        assert mini.read_text() == paper.read_text()
        assert row.config.startswith(f'row{number:02}_')


def test_no_config_is_a_link():
    """Archives and Windows checkouts turn links into files with a path."""
    assert not [path for path in (ROOT / 'configs').rglob('*') if path.is_symlink()]


def test_the_mini_scale_begins_with_the_shipped_clip():
    config = Config.fromfile(FOLDER / 'mini' / 'scale.py')
    assert config.pretrained == config.model.encoder.pretrained == 'small_clip'
    assert not config.model.pretrained_parts
