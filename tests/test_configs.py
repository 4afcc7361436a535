"""Every config loads, agrees with itself and builds what it names."""

import pytest
import torch
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from torch import nn

from famevil_plugin.command_line import apply_options, keep_tasks
from famevil_plugin.engine import (
    IdleGradientsHook,
    MultiTaskTrainLoop,
    TaskFullyShardedDataParallel,
)
from famevil_plugin.registry import MODELS, PARAM_SCHEDULERS

from .conftest import ROOT

CONFIGS = sorted(
    path for path in (ROOT / 'configs').rglob('*.py') if '_base_' not in path.parts
)


def build(config):
    config.model.encoder.pretrained = None
    with torch.device('meta'):
        return MODELS.build(config.model)


def name(path):
    return path.relative_to(ROOT / 'configs').as_posix().removesuffix('.py')


# configs of other tasks than the paper's four
OTHERS = {
    'pretrain_small_clip': {'xmr', 'tgir', 'fic', 'facets'},
    'zero_shot': {'xmr', 'tgir'},
    'famevil_coco': {'xmr', 'fic'},
    **{
        f'ablation/{scale}/{row}': {'xmr', 'tgir', 'scr'}
        for scale in ('mini', 'paper')
        for row in ('row01_stl', 'row02_stl_tsa', 'row05_mtl', 'row06_mtl_tsa')
    },
}


@pytest.mark.parametrize('path', CONFIGS, ids=name)
def test_config(path, tmp_path):
    """As the file is, without the tools' selection of tasks."""
    config = Config.fromfile(path)
    tasks = set(config.model.heads)
    assert tasks == OTHERS.get(name(path), {'xmr', 'tgir', 'scr', 'fic'})
    assert set(config.get('single_task') or tasks) == tasks
    trains = path.stem != 'zero_shot'
    for mode in ('val', 'test'):
        assert set(config[f'{mode}_dataloader']) == tasks
        assert set(config[f'{mode}_evaluator']) == tasks
    model = build(config)
    assert set(model.heads) == tasks
    # the hooks that a config may set are named
    assert {'checkpoint_guard', 'summary'} <= set(config.default_hooks)
    # what a run dumps into its work folder can be read again
    config.dump(tmp_path / 'dumped.py')
    assert Config.fromfile(tmp_path / 'dumped.py').model.heads.keys() == tasks
    if not trains:
        assert config.train_dataloader is config.optim_wrapper is None
        return
    loader = config.train_dataloader
    assert set(loader.dataset.datasets) == tasks
    assert loader.sampler.get('batch_size', loader.batch_size) == loader.batch_size
    assert config.train_cfg.type is MultiTaskTrainLoop
    # its learning rates find their parameters
    config.optim_wrapper.optimizer.fused = False  # not on the meta device
    assert build_optim_wrapper(model, config.optim_wrapper)


def test_the_papers_recipe():
    config = Config.fromfile(ROOT / 'configs' / 'famevil_4task_vit_b16.py')
    loader = config.train_dataloader
    assert loader.batch_size == 64
    assert loader.sampler.schedule == 'size_proportional'
    assert config.train_cfg.max_iters == 90000
    assert config.train_cfg.val_interval == 2000
    assert dict(type=IdleGradientsHook) in config.custom_hooks
    for dataset in (
        *loader.dataset.datasets.values(),
        *(v.dataset for v in config.val_dataloader.values()),
        *(v.dataset for v in config.test_dataloader.values()),
    ):
        assert dataset.data_root == config.data_root
        photos, text = dataset.pipeline[1:3]
        assert photos.size == 224
        assert photos.get('resize') == (256 if dataset.get('test_mode') else None)
        assert (
            text.tokenizer
            == config.model.heads.fic.tokenizer
            == dict(vocab_size=49408, context_length=77)
        )


def test_the_sharded_recipe_is_the_papers():
    paper, sharded = (
        Config.fromfile(ROOT / 'configs' / f'famevil_4task_vit_b16{name}.py').to_dict()
        for name in ('', '_fsdp')
    )
    name = TaskFullyShardedDataParallel.__name__
    assert sharded['model_wrapper_cfg']['type'].endswith(f'.{name}')
    assert sharded['default_hooks']['checkpoint'].pop('in_shares')
    sharded['model_wrapper_cfg'] = paper['model_wrapper_cfg']
    assert sharded == paper


def test_the_papers_learning_rates():
    config = Config.fromfile(ROOT / 'configs' / 'famevil_4task_vit_b16.py')
    encoder = dict(
        clip=nn.LayerNorm(2),
        task_adapters=nn.Linear(2, 2),
        cross_adapters=nn.Linear(2, 2),
    )
    model = nn.ModuleDict(dict(encoder=nn.ModuleDict(encoder), heads=nn.Linear(2, 2)))
    optimizer = build_optim_wrapper(model, config.optim_wrapper).optimizer
    groups = [
        (group['lr'], group['weight_decay'], len(group['params']))
        for group in optimizer.param_groups
    ]
    for got, expected in zip(
        groups,
        [(1e-6, 1e-5, 1), (1e-6, 0, 1), (1e-4, 1e-5, 3), (1e-4, 0, 3)],
        strict=True,
    ):
        assert got == pytest.approx(expected)
    warm_up, drops = (
        PARAM_SCHEDULERS.build(dict(optimizer=optimizer, **schedule))
        for schedule in config.param_scheduler
    )
    rates = []
    for _ in range(10002):
        rates.append(1e6 * optimizer.param_groups[0]['lr'])
        optimizer.step()
        warm_up.step()
    assert [rates[n] for n in (0, 5000, 9999, 10000, 10001)] == pytest.approx(
        [0.25, 0.625, 0.999925, 1, 1]
    )
    assert drops.milestones == {50000: 1, 80000: 1} and drops.gamma == 0.1


@pytest.mark.parametrize('name', ['famevil_catalogue', 'famevil_catalogue_vit_b16'])
def test_a_shop_trains_adapters_and_heads_alone_or_all(name):
    config = Config.fromfile(ROOT / f'configs/{name}.py')
    config.optim_wrapper.optimizer.fused = False

    def trained():
        model = build(config)
        groups = build_optim_wrapper(model, config.optim_wrapper).optimizer.param_groups
        found = {id(p) for group in groups for p in group['params']}
        return {n for n, p in model.named_parameters() if id(p) in found}

    everything = trained()
    apply_options(config, dict(freeze_clip='True'))
    kept = trained()
    assert kept == {n for n in everything if not n.startswith('encoder.clip.')}
    assert any(name.startswith('encoder.clip.') for name in everything)


def test_one_option_says_where_the_weights_are():
    config = Config.fromfile(ROOT / 'configs' / 'famevil_4task_vit_b16.py')
    apply_options(config, dict(pretrained='ViT-B-16.pt', data_root='there'))
    assert config.model.encoder.pretrained == 'ViT-B-16.pt'
    assert config.val_dataloader.fic.dataset.data_root == 'there'


@pytest.mark.parametrize(
    ('task', 'iterations', 'drop', 'sides'),
    [
        ('xmr', 30000, 20000, set()),
        ('tgir', 6000, 4000, {'image', 'text'}),
        ('scr', 30000, 20000, {'image', 'text'}),
        ('fic', 30000, 20000, {'text'}),
    ],
)
def test_teachers(task, iterations, drop, sides):
    config = Config.fromfile(ROOT / 'configs' / 'famevil_4task_vit_b16.py')
    keep_tasks(config, [task])
    assert set(build(config).encoder.cross_adapters) == sides
    assert config.train_cfg.max_iters == iterations
    (schedule,) = config.param_scheduler
    assert schedule.milestones == [drop]
    decay = config.optim_wrapper.optimizer.weight_decay
    assert decay == (0 if task == 'xmr' else 1e-5)
