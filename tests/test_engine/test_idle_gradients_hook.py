"""Parameters that a step's task did not use."""

import copy

import torch
from torch import nn

from famevil_plugin.engine import IdleGradientsHook


class Two(nn.Module):
    """A parameter for each of two tasks."""

    def __init__(self):
        super().__init__()
        self.a = nn.Parameter(torch.ones(3))
        self.b = nn.Parameter(torch.ones(3))


class OptimWrapper:
    """As much of a wrapper as the hook looks at."""

    def __init__(self, model):
        self.optimizer = torch.optim.AdamW(model.parameters(), lr=0.1, weight_decay=0.1)


class Runner:
    """As much of a runner as the hook looks at."""

    def __init__(self, model):
        self.optim_wrapper = OptimWrapper(model)
        IdleGradientsHook().before_train(self)


def steps(model, optimizer, tasks):
    for task in tasks:
        optimizer.zero_grad()
        (getattr(model, task) ** 2).sum().backward()
        optimizer.step()


def test_idle_parameters_move_as_with_gradients_of_zero():
    model, twin = Two(), Two()
    steps(model, Runner(model).optim_wrapper.optimizer, 'abba')
    plain = OptimWrapper(twin).optimizer
    for task in 'abba':
        plain.zero_grad(set_to_none=False)
        (getattr(twin, task) ** 2).sum().backward()
        plain.step()
    assert torch.equal(model.a, twin.a)
    assert torch.equal(model.b, twin.b)


def test_parameters_rest_until_their_first_gradient():
    model = Two()
    steps(model, Runner(model).optim_wrapper.optimizer, 'aa')
    assert torch.equal(model.b, torch.ones(3))


def test_a_resumed_run_goes_on_as_the_whole_one():
    whole = Two()
    optimizer = Runner(whole).optim_wrapper.optimizer
    steps(whole, optimizer, 'ab')
    resumed = copy.deepcopy(whole)  # without its gradients
    again = Runner(resumed).optim_wrapper.optimizer
    again.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    steps(whole, optimizer, 'bb')
    steps(resumed, again, 'bb')
    assert torch.equal(resumed.a, whole.a)
    assert torch.equal(resumed.b, whole.b)
