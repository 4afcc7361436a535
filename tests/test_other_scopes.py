"""The parts alone, in mmpretrain's scope and with models and data of others."""

from itertools import count
from typing import Any

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import METRICS, MODELS, VISUALIZERS, DefaultScope
from mmengine.runner import Runner
from torch import Tensor, nn
from torch.utils.data import Dataset

from famevil_plugin import AdaptedCLIP, TeacherBank, batch_task
from famevil_plugin.datasets import MultiTaskDataset, TaskSampler
from famevil_plugin.models.losses import soft_target_cross_entropy
from famevil_plugin.structures import ClassExample
from tests.conftest import BACKBONE

TASKS = ('colour', 'pattern')
NUMBERS = count()


@pytest.fixture(autouse=True)
def scope():
    """mmpretrain's, in a test alone."""
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        yield


@pytest.fixture
def images() -> Tensor:
    """Three normalised images."""
    return torch.randn(3, 3, 32, 32)


class Squares(Dataset):
    """Photos of one shade, which is the class; mmpretrain's samples."""

    def __init__(self, size: int) -> None:
        self.size = size

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, index: int) -> dict[str, Any]:
        from mmpretrain.structures import DataSample

        photo = torch.full((3, 32, 32), 100 * (index % 3), dtype=torch.uint8)
        return dict(inputs=photo, data_samples=DataSample().set_gt_label(index % 3))


def classifier() -> dict[str, Any]:
    """mmpretrain's, over our encoder."""
    return dict(
        type='ImageClassifier',
        backbone=dict(
            type='famevil_plugin.AdaptedCLIP',
            backbone=BACKBONE,
            tasks=TASKS,
            task_bottleneck=4,
            cross_adapter=None,
        ),
        head=dict(type='LinearClsHead', num_classes=3, in_channels=16),
        data_preprocessor=dict(mean=[127.5] * 3, std=[127.5] * 3),
    )


def test_the_encoder_is_a_backbone(images):
    model = MODELS.build(classifier())
    encoder = model.backbone
    nn.init.normal_(encoder.task_adapters['image'].banks['pattern'][0].up.weight)
    with batch_task('pattern'):
        (features,) = model.extract_feat(images)
    assert torch.equal(features, encoder.encode_image(images, 'pattern'))
    assert not torch.equal(features, encoder(images, 'colour')[0])
    with pytest.raises(ValueError, match='which of the tasks colour, pattern'):
        model.extract_feat(images)
    only = AdaptedCLIP(BACKBONE, tasks=['one'], task_bottleneck=4)
    assert torch.equal(only(images)[0], only.encode_image(images, 'one'))


def run(work_dir, **changes: Any) -> Runner:
    """Train mmpretrain's classifier on two tasks."""
    loader = dict(
        batch_size=3,
        num_workers=0,
        sampler=dict(type='DefaultSampler', shuffle=False),
        dataset=dict(type=Squares, size=5),
    )
    config = Config(
        dict(
            default_scope='mmpretrain',
            experiment_name=f'other_scopes_{next(NUMBERS)}',
            work_dir=str(work_dir),
            model=classifier(),
            train_dataloader=dict(
                batch_size=4,
                num_workers=0,
                sampler=dict(type='famevil_plugin.TaskSampler', schedule='uniform'),
                dataset=dict(
                    type='famevil_plugin.MultiTaskDataset',
                    datasets={task: dict(type=Squares, size=9) for task in TASKS},
                ),
            ),
            # pin_memory as mmpretrain's tools add it
            val_dataloader={task: loader for task in TASKS} | dict(pin_memory=False),
            val_evaluator={task: dict(type='Accuracy') for task in TASKS},
            train_cfg=dict(
                type='famevil_plugin.MultiTaskTrainLoop', max_iters=6, val_interval=3
            ),
            val_cfg=dict(type='famevil_plugin.MultiTaskValLoop'),
            optim_wrapper=dict(
                type='famevil_plugin.AdaptiveOptimWrapper',
                constructor='famevil_plugin.GroupedOptimWrapperConstructor',
                optimizer=dict(type='SGD', lr=0.1),
                paramwise_cfg=dict(custom_keys=dict(task_adapters=dict(shared=False))),
            ),
            custom_hooks=[
                dict(type='famevil_plugin.BatchTaskHook'),
                dict(type='famevil_plugin.MissedValidationHook'),
                dict(
                    type='famevil_plugin.AdaptiveSchedulingHook',
                    references=dict(
                        colour=('colour/accuracy/top1', 90.0),
                        pattern=('pattern/accuracy/top1', 45.0),
                    ),
                    alpha=0.0,
                ),
            ],
            visualizer=dict(
                type='famevil_plugin.FashionVisualizer',
                name=f'other_scopes_{next(NUMBERS)}',
                vis_backends=[dict(type='LocalVisBackend')],
            ),
            log_processor=dict(by_epoch=False),
            default_hooks=dict(checkpoint=None),
            log_level='ERROR',
            randomness=dict(seed=0),
        )
    )
    config.merge_from_dict(changes)
    runner = Runner.from_cfg(config)
    runner.train()
    # the runner's scope goes on after it
    DefaultScope.get_instance(f'after_{next(NUMBERS)}', scope_name='famevil_plugin')
    return runner


def test_sampler_loops_and_scheduling_with_foreign_tasks(tmp_path):
    runner = run(tmp_path)
    scales = runner.message_hub.get_info('gradient_scales')
    # equal scores, of which colour should reach twice as much
    assert scales['colour'] > 1 > scales['pattern']
    shown = runner.message_hub.log_scalars
    for task in TASKS:
        score = shown[f'val/{task}/accuracy/top1'].current()
        # each of the 5 photos counts once
        assert score / 20 == pytest.approx(round(score / 20))
    # a batch's task is not taken for the next one's
    assert runner.message_hub.get_info('task', None) is None


def test_imtlg_with_foreign_tasks(tmp_path):
    changes = {
        'optim_wrapper.type': 'famevil_plugin.IMTLGOptimWrapper',
        'optim_wrapper.accumulative_counts': 2,
        'train_dataloader.sampler.schedule': 'round_robin',
        'custom_hooks': [dict(type='famevil_plugin.BatchTaskHook')],
        'val_cfg': None,
        'val_dataloader': None,
        'val_evaluator': None,
    }
    runner = run(tmp_path, **changes)
    banks = runner.model.backbone.task_adapters['image'].banks
    assert all(banks[task][0].up.weight.any() for task in TASKS)


def last_task_first(sizes, seed, start, stop, scales=None, *, turns=1):
    """A schedule of somebody else's."""
    return (len(sizes) - 1 - torch.arange(start, stop) // turns % len(sizes)).numpy()


def test_schedules_of_ones_own():
    data = MultiTaskDataset({task: Squares(4) for task in TASKS})
    for kind in (last_task_first, f'{__name__}.last_task_first'):
        sampler = TaskSampler(data, batch_size=2, schedule=dict(type=kind, turns=2))
        tasks = [sampler.task(step) for step in range(4)]
        assert tasks == ['pattern', 'pattern', 'colour', 'colour']
    index = next(iter(TaskSampler(data, batch_size=2, schedule=last_task_first)))
    assert data[index]['data_samples'].task == 'pattern'
    with pytest.raises(ValueError, match="unknown task schedule 'no.such'"):
        TaskSampler(data, batch_size=2, schedule='no.such')


class Foreign(nn.Module):
    """A model that knows nothing of FAME-ViL and gives named logits."""

    def __init__(self, wide: bool = False) -> None:
        super().__init__()
        self.score = nn.Linear(4, 6 if wide else 3)

    def forward(
        self, inputs: Tensor, data_samples: Any, mode: str
    ) -> dict[str, Tensor]:
        assert mode == 'tensor'
        return dict(shade=self.score(inputs))


def test_distillation_from_and_to_foreign_models(tmp_path):
    teacher, student, inputs = Foreign(), Foreign(), torch.rand(5, 4)
    torch.save(dict(state_dict=teacher.state_dict()), tmp_path / 'teacher.pth')
    settings = dict(model=dict(type=Foreign), checkpoint=str(tmp_path / 'teacher.pth'))
    bank = TeacherBank(dict(colour=settings), tasks=TASKS)
    data = MultiTaskDataset({task: Squares(9) for task in TASKS})
    sampler = TaskSampler(data, batch_size=1, schedule='round_robin')
    samples = [data[next(iter(sampler))]['data_samples']]
    assert 'colour' in bank and 'pattern' not in bank
    logits = student(inputs, samples, 'tensor')
    loss = bank.loss(logits, inputs, samples)
    expected = soft_target_cross_entropy(logits['shade'], teacher.score(inputs))
    assert torch.equal(loss, expected)
    settings = dict(
        model=dict(type=Foreign, wide=True), checkpoint=settings['checkpoint']
    )
    with pytest.raises(ValueError, match='is of another model'):
        TeacherBank(dict(colour=settings), tasks=TASKS).load()


def test_cross_attention_between_foreign_towers(images):
    import timm
    from torchvision.models import VisionTransformer

    one = timm.create_model(
        'vit_tiny_patch16_224', img_size=32, embed_dim=24, depth=1, num_heads=2
    )
    other = VisionTransformer(32, 8, 1, 2, 16, 32)
    x = one.forward_features(images)
    y = other.encoder.layers(other._process_input(images))
    adapter = MODELS.build(
        dict(
            type='famevil_plugin.CrossAttentionAdapter',
            width=24,
            context_width=16,
            heads=2,
        )
    )
    added = adapter(x, adapter.project_context(y))
    assert added.shape == x.shape == (3, 5, 24) and not added.any()
    nn.init.normal_(adapter.adapter.up.weight)
    adapter(x, adapter.project_context(y)).square().sum().backward()
    for tower in (one.patch_embed.proj, other.conv_proj):
        assert tower.weight.grad.any()


def test_metrics_on_plain_tensors():
    vectors = torch.eye(4)
    metric = METRICS.build(dict(type='famevil_plugin.CrossModalRecall'))
    swapped = vectors[[1, 0, 2, 3]]
    for number, (image, text) in enumerate(zip(vectors, swapped)):
        metric.process(
            None,
            [
                dict(sample_idx=2 * number, product_id=number, image_embedding=image),
                dict(sample_idx=2 * number + 1, product_id=number, text_embedding=text),
            ],
        )
    scores = metric.evaluate(size=8)
    assert scores['i2t_R@1'] == scores['t2i_R@1'] == 50
    metric = METRICS.build(dict(type='famevil_plugin.SubcategoryScores'))
    truth = torch.tensor([0, 1, 2, 2])
    metric.process(
        None,
        [
            dict(sample_idx=i, pred_scores=row, gt_label=label)
            for i, (row, label) in enumerate(zip(torch.eye(4), truth))
        ],
    )
    assert metric.evaluate(size=4)['accuracy'] == 75


def test_the_visualizer(tmp_path):
    visualizer = VISUALIZERS.build(
        dict(
            type='famevil_plugin.FashionVisualizer',
            name=f'other_scopes_{next(NUMBERS)}',
            vis_backends=[dict(type='LocalVisBackend')],
            save_dir=str(tmp_path),
        )
    )
    example = ClassExample('gone.jpg', 'a red dress', 'DRESSES', 'SKIRTS', 61.5)
    visualizer.add_examples('colour', 'shades', [example], step=3)
    assert list(tmp_path.glob('**/colour_shades_3.png'))
