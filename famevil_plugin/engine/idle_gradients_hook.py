"""Treatment of parameters that a step's task did not use."""

from typing import Any

import torch
from mmengine.hooks import Hook
from mmengine.runner import Runner
from torch.optim import Optimizer

from famevil_plugin.registry import HOOKS


def fill_idle_gradients(optimizer: Optimizer, *_: Any) -> None:
    """Give parameters without a gradient a zero one, once they have had one.

    A pre-hook of ``Optimizer.step``. Who has had a gradient is read from the
    optimizer's state, which a checkpoint holds: a resumed run goes on as the
    whole one would have.
    """
    for group in optimizer.param_groups:
        for parameter in group['params']:
            if parameter.grad is None and parameter in optimizer.state:
                parameter.grad = torch.zeros_like(parameter)


@HOOKS.register_module()
class IdleGradientsHook(Hook):
    """Lets idle parameters move on, as in the authors' experiments.

    A step trains one task; the other tasks' adapters and heads get no
    gradient, and PyTorch leaves them alone. Up to PyTorch 1.9, which the
    authors used, they had a gradient of zero instead: Adam moves them on by
    their momentum and decays their weights. And since zeros thin out its
    second moment, a task that comes every n-th step moves its own parameters
    about sqrt(n) times as far. The paper's learning rates were chosen with
    that; without them leave this hook out.
    """

    def before_train(self, runner: Runner) -> None:
        """Hook into the optimizer."""
        runner.optim_wrapper.optimizer.register_step_pre_hook(fill_idle_gradients)
