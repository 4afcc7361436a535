"""The paper's optimizer: groups, and eight steps through all four tasks."""

import pytest
import torch
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from torch.optim import AdamW, Optimizer

from famevil_plugin.engine.idle_gradients_hook import fill_idle_gradients
from famevil_plugin.models.weights.authors import (
    AUTHORS_TASKS,
    authors_names,
    to_authors,
)
from famevil_plugin.registry import PARAM_SCHEDULERS
from tests.conftest import ROOT
from tests.parity import corner

OUR_TASKS = {theirs: ours for ours, theirs in AUTHORS_TASKS.items()}


class AuthorsAdamW(Optimizer):
    """AdamW of transformers 4.20: epsilon joins the second moment before
    that is corrected for its start, and the weights decay after the step."""

    def __init__(self, params, lr, weight_decay, eps=1e-8, **_):
        super().__init__(params, dict(lr=lr, weight_decay=weight_decay, eps=eps))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group['params']:
                if p.grad is not None:
                    self.move(p, self.state[p], **group)

    def move(self, p, state, lr, weight_decay, eps, **_):
        if not state:
            state.update(t=0, m=torch.zeros_like(p), v=torch.zeros_like(p))
        state['t'] += 1
        m = state['m'].lerp_(p.grad, 0.1)
        v = state['v'].lerp_(p.grad**2, 0.001)
        rate = lr * (1 - 0.999 ** state['t']) ** 0.5 / (1 - 0.9 ** state['t'])
        p -= rate * m / (v.sqrt() + eps)
        p *= 1 - lr * weight_decay


@pytest.fixture
def config():
    return Config.fromfile(ROOT / 'configs' / 'famevil_4task_vit_b16.py')


def test_parameter_groups(reference, deviations, config):
    student = reference.model('student')
    recorded = reference.numbers('param_groups')
    optimizer = build_optim_wrapper(student, config.optim_wrapper).optimizer
    settings = {
        id(p): (group['lr'], group['weight_decay'])
        for group in optimizer.param_groups
        for p in group['params']
    }
    got = {
        theirs: settings[id(p)]
        for name, p in student.named_parameters()
        for theirs in authors_names(name)
    }
    assert got.keys() == {name for name, *_ in recorded['groups']}
    for name, *expected in recorded['groups']:
        # in units that let 1e-5 tell them apart
        deviations.check(
            'parameter groups',
            torch.tensor(got[name]).double() * 1e6,
            torch.tensor(expected).double() * 1e6,
        )


class Trajectory:
    """Steps of the paper's config with the recorded run's numbers."""

    def __init__(self, config, recorded, model, optimizer, zeros):
        self.model = model
        self.start = self.weights()
        settings = config.optim_wrapper
        settings.optimizer.update(
            type=optimizer, lr=recorded['lr'], weight_decay=recorded['weight_decay']
        )
        self.wrapper = build_optim_wrapper(model, settings)
        if zeros:
            self.wrapper.optimizer.register_step_pre_hook(fill_idle_gradients)
        warm_up, drops = config.param_scheduler
        warm_up.end = recorded['scheduler']['warmup_iterations'] + 1
        drops.milestones = recorded['scheduler']['lr_steps']
        self.schedulers = [
            PARAM_SCHEDULERS.build(dict(optimizer=self.wrapper.optimizer, **schedule))
            for schedule in (warm_up, drops)
        ]

    def step(self, loss):
        self.wrapper.update_params(loss)
        for scheduler in self.schedulers:
            scheduler.step()

    def weights(self):
        """By the authors' names."""
        return to_authors(
            {n: p.detach().clone() for n, p in self.model.named_parameters()}
        )


@pytest.mark.parametrize(
    ('run', 'optimizer', 'of_losses', 'of_weights'),
    [
        ('zero_fill_fp64', AuthorsAdamW, 1e-5, 1e-5),
        ('zero_fill_fp32', AuthorsAdamW, 1e-5, 1e-5),
        ('set_to_none_fp64', AuthorsAdamW, 1e-5, 1e-5),
        ('zero_fill_fp32', AdamW, 1e-4, 2e-3),
    ],
)
def test_trajectory(
    reference, deviations, config, run, optimizer, of_losses, of_weights
):
    recorded = reference.numbers('trajectory')
    expected = recorded['runs'][run]
    dtype = getattr(torch, run[-4:].replace('fp', 'float'))
    student = reference.model('student').to(dtype)
    trajectory = Trajectory(
        config, recorded, student, optimizer, zeros=run.startswith('zero_fill')
    )
    group = (
        f'8 steps, {run[-4:]}'
        if optimizer is AuthorsAdamW
        else ("8 steps, torch's AdamW")
    )
    for task, value in zip(recorded['seq'], expected['losses']):
        task = OUR_TASKS[task]
        inputs = reference.inputs(task)
        for photos in ('image', 'target_image'):
            inputs[photos] = inputs[photos].to(dtype)
        loss = student(inputs, reference.samples(task), 'loss')[f'{task}/loss']
        deviations.check(f'{group}: losses', loss, value, of_losses)
        trajectory.step(loss)
    weights = trajectory.weights()
    for name, tensor in reference.tensors('trajectory').items():
        if name.startswith(run):
            got = weights[name.removeprefix(f'{run}/')]
            deviations.check(f'{group}: weights', corner(got), tensor, of_weights)
    if dtype is torch.float64:
        for name, length in expected['delta_norm'].items():
            moved = (weights[name] - trajectory.start[name]).norm()
            # in learning rates, as CLIP moves by less than 1e-5 a step
            deviations.check(
                f'{group}: moved', moved / recorded['lr'], length / recorded['lr']
            )


def test_torchs_adamw_departs_by_epsilon():
    """In the first step theirs is 1 / sqrt(0.001) times larger, and the
    order of decay and step is a matter of the learning rate squared."""
    gradient = torch.tensor([1.0, 1e-3, 1e-6, 1e-8], dtype=torch.float64)
    moved = []
    for optimizer, eps in ((AuthorsAdamW, 1e-8), (AdamW, 1e-8 / 0.001**0.5)):
        p = torch.ones(4, dtype=torch.float64, requires_grad=True)
        p.grad = gradient.clone()
        optimizer([p], lr=1e-3, weight_decay=1e-2, eps=eps).step()
        moved.append(p.detach())
    torch.testing.assert_close(*moved, rtol=0, atol=1.1 * 1e-3**2 * 1e-2)
