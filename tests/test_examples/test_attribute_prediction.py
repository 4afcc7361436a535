"""A fifth task from another package: no file of this one knows of it.

It trains with the four, validates, is summarised and pictured, asked by its
verb, distilled, scheduled by IAS and IMTL-G, chosen by ``--tasks`` and counted
by ``get_flops``.
"""

import json
import runpy
from pathlib import Path

import pytest
import torch
from attribute_prediction import AttributeFashionGen
from attribute_prediction.vocabulary import NAMES, numbers_of
from mmengine.config import Config
from mmengine.runner import Runner

from famevil_plugin.command_line import keep_tasks
from famevil_plugin.datasets.mini_fashion import MiniFashionSizes, draw_mini_fashion
from famevil_plugin.datasets.mini_fashion.catalogue import ATTRIBUTE_IDS
from famevil_plugin.engine import (
    AdaptiveOptimWrapper,
    AdaptiveSchedulingHook,
    IMTLGOptimWrapper,
)
from famevil_plugin.inference import FashionInferencer
from famevil_plugin.registry import MODELS
from famevil_plugin.tasks import find_tasks
from tests.conftest import ROOT

pytestmark = pytest.mark.slow
EXAMPLE = ROOT / 'examples' / 'attribute_prediction'
FIVE = ['xmr', 'tgir', 'scr', 'fic', 'attributes']


@pytest.fixture(scope='module')
def data_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few drawn products."""
    root = tmp_path_factory.mktemp('foreign') / 'products'
    return draw_mini_fashion(
        root, workers=1, sizes=MiniFashionSizes(40, 40, 16, 16, 12, 4)
    )


def five_tasks(
    data_root: Path, work_dir: Path, steps: int = 10, name: str = 'config'
) -> Config:
    """The example's config, small."""
    config = Config.fromfile(EXAMPLE / f'{name}.py')
    datasets = config.train_dataloader.dataset.datasets
    config.val_evaluator.fic[0].scores = ['BLEU-4']
    config.model.heads.fic.max_length = 6
    for loader in config.val_dataloader.values():
        loader.num_workers = 0
        loader.dataset.data_root = str(data_root)
    for dataset in datasets.values():
        dataset.data_root = str(data_root)
    config.train_dataloader.update(
        batch_size=4, num_workers=0, persistent_workers=False
    )
    config.train_dataloader.sampler.schedule = 'round_robin'
    config.train_cfg.update(max_iters=steps, val_interval=steps)
    config.log_level = 'ERROR'
    config.work_dir = str(work_dir)
    config.experiment_name = f'foreign_{work_dir.name}'
    return config


def test_trains_and_is_reported(data_root, tmp_path):
    runner = Runner.from_cfg(five_tasks(data_root, tmp_path))
    runner.train()
    assert runner.message_hub.get_scalar('train/attributes/loss').current() > 0
    summary = json.loads((tmp_path / 'summary.json').read_text())
    found = summary['attributes']
    assert found['title'] == 'attribute prediction'
    assert found['score'] == 'mAP'
    assert 0 < found['chance']['mAP'] < 100 and 0 < found['mAP'] <= 100
    scores = [summary[task][summary[task]['score']] for task in FIVE]
    assert summary['mean'] == pytest.approx(sum(scores) / 5)
    assert list(tmp_path.glob('*/vis_data/vis_image/attributes_tags*'))

    # the work dir answers its verb
    photo = next((data_root / 'FashionGen' / 'images').iterdir())
    model = FashionInferencer(tmp_path)
    (answer,) = model(dict(image=photo), 'tag', threshold=0.0)['predictions']
    assert len(answer['pred_attributes']) == len(NAMES)
    assert sorted(answer['tags'].split(', ')) == NAMES
    (answer,) = model(dict(image=photo), 'tag', threshold=1.1)['predictions']
    assert answer['tags'] == ''


def test_is_distilled(data_root, tmp_path):
    config = five_tasks(data_root, tmp_path / 'five', steps=5, name='distilled')
    config.val_cfg = config.val_dataloader = config.val_evaluator = None
    teacher = config.model.teachers.attributes
    assert list(teacher.model.heads) == ['attributes']
    model = MODELS.build(teacher.model)
    torch.save(model.state_dict(), tmp_path / 'teacher.pth')
    teacher.checkpoint = str(tmp_path / 'teacher.pth')
    runner = Runner.from_cfg(config)
    runner.train()
    loss = runner.message_hub.get_scalar('train/attributes/loss_distill').current()
    # two classes an attribute: at first the entropy of a coin
    assert 0.3 < loss < 1.5


def test_begins_from_nothing_at_the_rates_of_such_a_task():
    rates = Config.fromfile(EXAMPLE / 'config.py').optim_wrapper.paramwise_cfg
    for part in ('banks', 'heads'):
        own, scr = (
            rates.custom_keys[f'{part}.{task}'] for task in ('attributes', 'scr')
        )
        assert own == scr and own.lr_mult > 1


def test_other_data_do_not_serve_it(tmp_path):
    (tmp_path / 'FashionGen').mkdir()
    survey = AttributeFashionGen.survey(
        data_root=str(tmp_path), split='train', task='attributes'
    )
    assert not survey.items and 'only of MiniFashion' in survey.lack
    assert numbers_of([ATTRIBUTE_IDS['second', 'red'], 10**6]) == [
        NAMES.index('colour red')
    ]


def test_is_scheduled_by_ias(data_root, tmp_path):
    config = five_tasks(data_root, tmp_path, steps=10)
    config.train_cfg.val_interval = 5
    config.optim_wrapper.type = AdaptiveOptimWrapper
    names = dict.fromkeys(FIVE, 'mean') | dict(attributes='mAP', fic='BLEU-4')
    config.custom_hooks = [
        dict(
            type=AdaptiveSchedulingHook,
            references={task: (f'{task}/{name}', 50.0) for task, name in names.items()},
            alpha=0.0,
        )
    ]
    runner = Runner.from_cfg(config)
    runner.train()
    scales = runner.message_hub.get_info('gradient_scales')
    assert set(scales) == set(FIVE)
    assert scales['attributes'] != 1


def test_is_combined_by_imtlg(data_root, tmp_path):
    config = five_tasks(data_root, tmp_path, steps=5)
    config.val_cfg = config.val_dataloader = config.val_evaluator = None
    config.optim_wrapper.update(type=IMTLGOptimWrapper, accumulative_counts=5)
    runner = Runner.from_cfg(config)
    before = runner.model.encoder.clip.visual.conv1.weight.clone()
    head = runner.model.heads.attributes.classifier.weight.clone()
    runner.train()
    assert not before.equal(runner.model.encoder.clip.visual.conv1.weight)
    assert not head.equal(runner.model.heads.attributes.classifier.weight)


def test_is_chosen_and_counted(data_root, tmp_path):
    config = five_tasks(data_root, tmp_path)
    keep_tasks(config, ['attributes'])
    assert list(config.val_dataloader) == ['attributes']
    model = MODELS.build(config.model)
    assert find_tasks(model.heads)['attributes'].verb == 'tag'
    # its only input is a photo, so it needs no exchange between the towers
    assert not model.encoder.cross_adapters
    tool = runpy.run_path(str(ROOT / 'tools/analysis_tools/get_flops.py'))
    passes = tool['count_all'](model, 8)
    assert [(row['task'], row['pass']) for row in passes] == [
        ('attributes', 'training step'),
        ('attributes', 'attributes'),
    ]
