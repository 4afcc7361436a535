"""IAS and IMTL-G in the optim wrapper: cases by hand, and on a model."""

import copy

import pytest
import torch
from mmengine.config import Config
from mmengine.logging import MessageHub
from mmengine.optim import AmpOptimWrapper, OptimWrapper
from torch import nn

from famevil_plugin.datasets import collate_batch
from famevil_plugin.engine import (
    AdaptiveOptimWrapper,
    AmpAdaptiveOptimWrapper,
    AmpIMTLGOptimWrapper,
    AutocastIMTLGOptimWrapper,
    IdleGradientsHook,
    IMTLGOptimWrapper,
    WholeCheckpointHook,
    use_mixed_precision,
)
from famevil_plugin.engine.idle_gradients_hook import fill_idle_gradients
from famevil_plugin.models import TaskDataPreprocessor
from famevil_plugin.registry import MODELS
from tests.tiny_run import (
    SIZES,
    RandomProducts,
    model_config,
    run_config,
    train,
    weights,
)


class Lines(nn.Module):
    """A loss whose gradients are what a task says."""

    def __init__(self):
        super().__init__()
        self.shared = nn.Parameter(torch.zeros(2))
        self.own = nn.ParameterDict(dict(xmr=torch.zeros(1), tgir=torch.zeros(1)))

    def loss(self, task, *gradient):
        MessageHub.get_current_instance().update_info('task', task)
        return self.shared @ torch.tensor(gradient) + 3 * self.own[task].sum()


@pytest.fixture
def lines():
    """With a hub of its own."""
    MessageHub.get_instance('test_multi_task_optim_wrapper')
    yield Lines()
    hub = MessageHub.get_current_instance()
    hub.update_info('gradient_scales', {})


def wrap(kind, lines, optimizer=torch.optim.SGD, **kwargs):
    groups = [
        dict(params=[lines.shared]),
        dict(params=list(lines.own.parameters()), shared=False),
    ]
    return kind(optimizer=optimizer(groups, lr=1.0), **kwargs)


def scale(**scales):
    MessageHub.get_current_instance().update_info('gradient_scales', scales)


def test_a_tasks_scale_is_for_what_is_shared(lines):
    wrapper = wrap(AdaptiveOptimWrapper, lines)
    wrapper.update_params(lines.loss('xmr', 1.0, 2.0))  # there is none yet
    assert lines.shared.tolist() == [-1.0, -2.0]
    scale(xmr=0.5, tgir=1.5)
    wrapper.update_params(lines.loss('xmr', 1.0, 2.0))
    assert lines.shared.tolist() == [-1.5, -3.0]
    wrapper.update_params(lines.loss('tgir', 1.0, 2.0))
    assert lines.shared.tolist() == [-3.0, -6.0]
    assert [p.item() for p in lines.own.values()] == [-3.0, -6.0]


def test_scales_come_before_clipping(lines):
    wrapper = wrap(AdaptiveOptimWrapper, lines, clip_grad=dict(max_norm=2.5))
    scale(xmr=4.0)
    wrapper.update_params(lines.loss('xmr', 1.0, 0.0))
    # (4, 0) and 3 make a norm of 5
    torch.testing.assert_close(lines.shared.data, torch.tensor([-2.0, 0.0]))
    assert lines.own['xmr'].item() == pytest.approx(-1.5)


def test_nothing_marked_and_several_batches(lines):
    with pytest.raises(ValueError, match=r'mark .*heads=dict\(shared=False'):
        AdaptiveOptimWrapper(optimizer=torch.optim.SGD(lines.parameters(), lr=1.0))
    with pytest.raises(ValueError, match='accumulative_counts=1, got 4'):
        wrap(AdaptiveOptimWrapper, lines, accumulative_counts=4)


@pytest.mark.parametrize(
    ('kind', 'settings'),
    [(AdaptiveOptimWrapper, {}), (IMTLGOptimWrapper, dict(accumulative_counts=2))],
)
def test_a_model_that_does_not_say_its_task(lines, kind, settings):
    """Also not the task of the batch before."""
    wrapper = wrap(kind, lines, **settings)
    wrapper.update_params(lines.loss('xmr', 1.0, 2.0))
    with pytest.raises(
        ValueError, match=r'nobody said .*BatchTaskHook.*say_task\(task'
    ):
        wrapper.update_params(lines.shared.sum())


def test_a_task_without_a_scale(lines):
    wrapper = wrap(AdaptiveOptimWrapper, lines)
    scale(xmr=0.5)
    with pytest.raises(ValueError, match="no scale for the task 'tgir', only for xmr"):
        wrapper.update_params(lines.loss('tgir', 1.0, 2.0))


def test_imtlg_is_told_the_number_of_tasks(lines):
    with pytest.raises(ValueError, match='accumulative_counts to the number of tasks'):
        wrap(IMTLGOptimWrapper, lines)


def test_imtlg_by_hand(lines):
    """2/3 (1, 0) + 1/3 (0, 2) goes 2/3 along both; the losses are halved."""
    wrapper = wrap(IMTLGOptimWrapper, lines, accumulative_counts=2)
    wrapper.update_params(lines.loss('xmr', 1.0, 0.0))
    assert lines.shared.tolist() == [0.0, 0.0]
    wrapper.update_params(lines.loss('tgir', 0.0, 2.0))
    torch.testing.assert_close(lines.shared.data, torch.tensor([-1.0, -1.0]) / 3)
    assert [p.item() for p in lines.own.values()] == [-1.5, -1.5]
    assert wrapper.gradients == {}


def test_a_task_twice_in_a_window(lines):
    wrapper = wrap(IMTLGOptimWrapper, lines, accumulative_counts=4)
    for task in ('xmr', 'tgir'):
        wrapper.update_params(lines.loss(task, 1.0, 1.0))
    with pytest.raises(
        ValueError, match="window of 4 .*got xmr, tgir, xmr: .*'round_robin'"
    ):
        wrapper.update_params(lines.loss('xmr', 1.0, 1.0))


def test_idle_gradients_see_the_combination(lines):
    """Zeros come for parameters that a whole window left alone."""
    wrapper = wrap(IMTLGOptimWrapper, lines, torch.optim.AdamW, accumulative_counts=1)
    wrapper.optimizer.register_step_pre_hook(fill_idle_gradients)
    wrapper.update_params(lines.loss('xmr', 1.0, 1.0))
    before = lines.own['xmr'].item()
    wrapper.update_params(lines.loss('tgir', 1.0, 1.0))
    assert lines.own['xmr'].item() < before < 0


def test_projections_are_equal_on_a_model():
    torch.manual_seed(0)
    model = MODELS.build(model_config())
    for name, parameter in model.named_parameters():
        if '.up.' in name:
            nn.init.normal_(parameter, std=0.5)
    model.double()
    wrapper = IMTLGOptimWrapper(
        accumulative_counts=4, optimizer=torch.optim.SGD(model.parameters(), lr=1.0)
    )
    start = copy.deepcopy(dict(model.named_parameters()))
    alone = {}
    for task, inputs, samples in batches_of_all_tasks():
        loss = model(inputs, samples, 'loss')[f'{task}/loss']
        gradients = torch.autograd.grad(
            loss, model.parameters(), retain_graph=True, allow_unused=True
        )
        alone[task] = dict(zip(start, gradients))
        wrapper.update_params(loss)
    compared = 0
    for name, parameter in model.named_parameters():
        moved = (start[name] - parameter).flatten()
        reached = [
            g[name].flatten()
            for g in alone.values()
            if g[name] is not None and g[name].any()
        ]
        if len(reached) == 1:
            torch.testing.assert_close(moved, reached[0] / 4)
        elif len(reached) > 1 and moved.numel() > 4:
            onto = torch.stack([moved @ g / g.norm() for g in reached])
            torch.testing.assert_close(
                onto, onto.mean().expand(len(onto)), rtol=1e-6, atol=1e-12
            )
            assert onto.abs().max() > 0
            compared += 1
    assert compared > 50


def batches_of_all_tasks():
    """In double precision."""
    for task, size in SIZES.items():
        products = RandomProducts(task, size)
        batch = TaskDataPreprocessor().double()(
            collate_batch([products[i] for i in range(4)])
        )
        yield task, batch['inputs'], batch['data_samples']


IMTLG = {
    'optim_wrapper.type': IMTLGOptimWrapper,
    'optim_wrapper.accumulative_counts': 4,
    'custom_hooks': [dict(type=IdleGradientsHook)],
    'val_cfg': None,
    'val_dataloader': None,
    'val_evaluator': None,
    'default_hooks.checkpoint.type': WholeCheckpointHook,
    'default_hooks.checkpoint.interval': 6,
}


def test_a_checkpoint_waits_for_the_end_of_a_window(tmp_path):
    end = weights(train(run_config(tmp_path / 'whole', **IMTLG)))
    resumed = train(
        run_config(
            tmp_path / 'resumed',
            load_from=str(tmp_path / 'whole' / 'iter_8.pth'),
            resume=True,
            **IMTLG,
        )
    )
    for name, value in weights(resumed).items():
        assert torch.equal(value, end[name]), name


def test_the_loss_scale_cancels_in_imtlg(lines, scaler_on_cpu):
    wrapper = wrap(AmpIMTLGOptimWrapper, lines, accumulative_counts=2)
    wrapper.update_params(lines.loss('xmr', 1.0, 0.0))
    wrapper.update_params(lines.loss('tgir', 0.0, 2.0))
    torch.testing.assert_close(lines.shared.data, torch.tensor([-1.0, -1.0]) / 3)
    before = wrapper.loss_scaler.get_scale()
    wrapper.update_params(lines.loss('xmr', float('inf'), 1.0))
    wrapper.update_params(lines.loss('tgir', 0.0, 2.0))
    torch.testing.assert_close(lines.shared.data, torch.tensor([-1.0, -1.0]) / 3)
    assert wrapper.loss_scaler.get_scale() == before / 2


def test_the_loss_scale_cancels_in_ias(lines, scaler_on_cpu):
    wrapper = wrap(AmpAdaptiveOptimWrapper, lines, clip_grad=dict(max_norm=2.5))
    scale(xmr=4.0)
    wrapper.update_params(lines.loss('xmr', 1.0, 0.0))
    torch.testing.assert_close(lines.shared.data, torch.tensor([-2.0, 0.0]))
    wrapper.update_params(lines.loss('xmr', float('nan'), 0.0))
    torch.testing.assert_close(lines.shared.data, torch.tensor([-2.0, 0.0]))


@pytest.mark.parametrize(
    ('kind', 'cuda', 'twin'),
    [
        ('OptimWrapper', True, AmpOptimWrapper),
        (IMTLGOptimWrapper, True, AmpIMTLGOptimWrapper),
        ('IMTLGOptimWrapper', False, AutocastIMTLGOptimWrapper),
        ('AdaptiveOptimWrapper', True, AmpAdaptiveOptimWrapper),
        (AmpOptimWrapper, False, AmpOptimWrapper),
        (AutocastIMTLGOptimWrapper, True, AutocastIMTLGOptimWrapper),
    ],
)
def test_twins(monkeypatch, kind, cuda, twin):
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: cuda)
    config = Config(dict(optim_wrapper=dict(type=kind)))
    use_mixed_precision(config)
    assert config.optim_wrapper.type in (twin, twin.__name__)
    if kind not in (twin, twin.__name__):
        assert issubclass(twin, OptimWrapper)


def test_no_twin():
    config = Config(dict(optim_wrapper=dict(type='OptimWrapperOfMine')))
    with pytest.raises(ValueError, match='IMTLGOptimWrapper, got .*OfMine: '):
        use_mixed_precision(config)


def test_imtlg_in_bfloat16(tmp_path):
    twin = IMTLG | {'optim_wrapper.type': AutocastIMTLGOptimWrapper}
    start = weights(
        train(run_config(tmp_path / 'none', **twin | {'train_cfg.max_iters': 3}))
    )
    end = weights(train(run_config(tmp_path / 'all', **twin)))
    moved = [n for n in end if not torch.equal(start[n], end[n])]
    assert any('clip.visual' in n for n in moved)
    assert all(value.isfinite().all() for value in end.values())
