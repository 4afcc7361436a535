"""Options on the command line take effect or say why not."""

import pytest
from mmengine.config import Config

from famevil_plugin.command_line import apply_options, keep_tasks
from famevil_plugin.command_line.config_options import _matching
from tests.conftest import ROOT

CONFIGS = sorted(
    path for path in (ROOT / 'configs').rglob('*.py') if '_base_' not in path.parts
)


@pytest.fixture
def config():
    return Config.fromfile(ROOT / 'configs' / 'famevil_4task.py')


@pytest.mark.parametrize(
    ('key', 'value'),
    [
        ('data_root', '/photos/my data, [new]'),
        ('data_root', '2024'),
        ('missing', 'skip'),
    ],
)
def test_an_option_that_reaches_every_data_set(config, key, value):
    apply_options(config, {key: value})
    assert config[key] == value
    for loader in (config.val_dataloader, config.test_dataloader):
        assert {v.dataset[key] for v in loader.values()} == {value}
    datasets = config.train_dataloader.dataset.datasets
    assert {v[key] for v in datasets.values()} == {value}


def test_a_length_a_batch_and_a_photo(config):
    apply_options(config, dict(max_iters='900', batch_size='8', image_size='96'))
    assert config.train_cfg.max_iters == 900
    assert [schedule.end for schedule in config.param_scheduler] == [50, 900]
    assert config.train_dataloader.batch_size == 8
    # the batch that the learning rate was found with
    assert config.auto_scale_lr.base_batch_size == 32
    assert config.model.encoder.backbone.vision_cfg.image_size == 96
    for dataset in (
        *config.train_dataloader.dataset.datasets.values(),
        *(loader.dataset for loader in config.val_dataloader.values()),
    ):
        assert [step.size for step in dataset.pipeline if 'size' in step] == [96]


def test_an_equal_text_elsewhere_stays(config):
    config.work_dir = config.experiment_name = config.data_root
    apply_options(config, dict(data_root='elsewhere'))
    assert config.work_dir == config.experiment_name == 'data/mini_fashion'


def test_what_was_set_apart_stays_and_a_key_itself_counts_more(config):
    config.val_dataloader.fic.dataset.data_root = 'apart'
    apply_options(
        config,
        {'val_dataloader.xmr.dataset.data_root': 'own', 'data_root': 'elsewhere'},
    )
    roots = {
        task: loader.dataset.data_root for task, loader in config.val_dataloader.items()
    }
    assert roots == dict(xmr='own', tgir='elsewhere', scr='elsewhere', fic='apart')


@pytest.mark.parametrize('scale', ['mini', 'paper'])
def test_a_task_alone_has_its_own_length(scale):
    config = Config.fromfile(ROOT / f'configs/ablation/{scale}/row04_st.py')
    keep_tasks(config, ['tgir'])
    assert config.max_iters == config.train_cfg.max_iters
    apply_options(config, dict(max_iters='70', pretrained='own.pt'))
    assert config.train_cfg.max_iters == 70
    assert config.model.encoder.pretrained == 'own.pt'


def test_weights_reach_teachers_and_photos():
    config = Config.fromfile(ROOT / 'configs/ablation/paper/row09_famevil.py')
    apply_options(config, dict(pretrained='None'))
    teachers = [teacher.model.encoder for teacher in config.model.teachers.values()]
    assert [e.pretrained for e in (config.model.encoder, *teachers)] == 5 * [None]
    config = Config.fromfile(ROOT / 'configs/zero_shot.py')
    apply_options(config, dict(backbone='ViT-B-32', pretrained='laion2b_s34b_b79k'))
    photos = config.test_dataloader.tgir.dataset.pipeline[1]
    for found in (config.model.encoder, photos):
        assert found.backbone == 'ViT-B-32'
        assert found.pretrained == 'laion2b_s34b_b79k'


@pytest.mark.parametrize(
    'path', CONFIGS, ids=lambda path: f'{path.parent.name}-{path.stem}'
)
def test_the_variables_of_a_config_have_keys(path):
    """Whose values are theirs, so that an option cannot go by them."""
    config = Config.fromfile(path)
    names = set(config.derived) & set(config.keys())
    if path.stem == 'zero_shot':
        names -= {'batch_size', 'max_iters'}  # it does not train
    if isinstance(config.model.encoder.backbone, str):
        assert 'image_size' not in names  # the backbone's name says it
    assert names >= {'data_root', 'missing'}
    for name in names:
        found = [
            place.value
            for pattern in config.derived[name]
            for place in _matching(config, pattern.split('.'))
        ]
        assert config[name] in found, name


def test_nested_keys(config):
    apply_options(
        config,
        {
            'train_cfg.max_iters': 3,
            'val_dataloader.fic.batch_size': '5',
            'default_hooks.checkpoint_guard.strict': 'False',
            'param_scheduler.0.end': '7',
            'train_dataloader.prefetch_factor': '4',
            'optim_wrapper.optimizer.betas': '0.8,0.9',
            'model.encoder.backbone': 'ViT-B-32',
            'model.encoder.cross_bottleneck': 'None',
            'model.heads.fic.max_length': '12',
            'train_dataloader.sampler.schedule': "dict(type='temperature')",
            'test_evaluator.fic.0.scores': '["BLEU-4","CIDEr"]',
            'test_evaluator.xmr.protocol': 'random-100',
            'load_from': '2024',
            'work_dir': '2025',
        },
    )
    assert config.train_cfg.max_iters == 3
    assert config.val_dataloader.fic.batch_size == 5
    assert config.default_hooks.checkpoint_guard.strict is False
    assert config.param_scheduler[0].end == 7
    assert config.train_dataloader.prefetch_factor == 4
    assert config.optim_wrapper.optimizer.betas == (0.8, 0.9)
    assert config.model.encoder.backbone == 'ViT-B-32'
    assert config.model.encoder.cross_bottleneck is None
    assert config.model.heads.fic.max_length == 12
    assert config.train_dataloader.sampler.schedule == dict(type='temperature')
    assert config.test_evaluator.fic[0].scores == ['BLEU-4', 'CIDEr']
    assert config.test_evaluator.xmr.protocol == 'random-100'
    assert (config.load_from, config.work_dir) == ('2024', '2025')


def test_no_workers(config):
    config.train_dataloader.prefetch_factor = 4
    apply_options(config, {'train_dataloader.num_workers': '0'})
    loader = config.train_dataloader
    assert loader.num_workers == 0 and loader.persistent_workers is False
    assert loader.prefetch_factor is None


@pytest.mark.parametrize(
    ('key', 'message'),
    [
        ('train_cgf.max_iters', "the config has no key 'train_cgf'.*train_cfg"),
        ('train_cfg.max_itres', "train_cfg has no key 'max_itres'.*max_iters"),
        ('model.heads.vqa.scale', "model.heads has no key 'vqa'"),
        ('param_scheduler.9.end', "param_scheduler is a list of 2, .*place '9'"),
        ('train_cfg.max_iters.x', 'nothing can be set under train_cfg.max_iters'),
        (
            'optim_wrapper.optimizer.betas.0',
            r'under optim_wrapper\S*betas, which is \(',
        ),
        ('data_rot', "the config has no key 'data_rot'.*data_root"),
    ],
)
def test_keys_that_match_nothing(config, key, message):
    with pytest.raises(ValueError, match=message):
        apply_options(config, {key: '1'})


def test_a_change_of_type(config):
    with pytest.raises(
        ValueError,
        match='--cfg-options train_cfg.max_iters: the config has the int 1600, '
        "got the text 'many'",
    ):
        apply_options(config, {'train_cfg.max_iters': 'many'})


@pytest.mark.parametrize(
    ('key', 'example'),
    [
        ('tokenizer.vocab_size', 'model.heads.fic.tokenizer'),
        ('test_pipeline.1.size', 'val_dataloader.xmr.dataset.pipeline'),
        ('datasets.xmr.task', 'derived values'),
    ],
)
def test_variables_that_were_worked_in(config, key, example):
    """And would change nothing any more."""
    name = key.split('.')[0]
    with pytest.raises(
        ValueError,
        match=f'{key}: {name} is a variable of the config file, .*{example}.*: set '
        'these keys instead',
    ):
        apply_options(config, {key: '3'})


def test_a_variable_whose_keys_were_set_apart(config):
    config.train_dataloader.batch_size = 5
    with pytest.raises(
        ValueError, match='batch_size: .*train_dataloader.batch_size: set these keys'
    ):
        apply_options(config, dict(batch_size='8'))


def test_the_papers_photos_have_the_backbones_size():
    config = Config.fromfile(ROOT / 'configs' / 'famevil_4task_vit_b16.py')
    with pytest.raises(ValueError, match='image_size is a variable .*value 224'):
        apply_options(config, dict(image_size='112'))


def test_a_key_without_its_path_is_named_whole(config):
    with pytest.raises(ValueError, match='mean optim_wrapper.optimizer.lr[?]'):
        apply_options(config, {'lr': '1e-3'})
    with pytest.raises(ValueError, match="the float 0.0003, got the text 'abc'"):
        apply_options(config, {'optim_wrapper.optimizer.lr': 'abc'})


def test_a_training_shorter_than_its_warm_up(config):
    assert [schedule.get('begin', 0) for schedule in config.param_scheduler] == [0, 50]
    apply_options(config, {'max_iters': '20'})
    assert config.train_cfg.max_iters == 20
    assert [schedule.get('begin', 0) for schedule in config.param_scheduler] == [0]
