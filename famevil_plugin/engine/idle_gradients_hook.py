"""What the optimizer does with parameters that a step's task did not use."""

from typing import Any

import torch
from mmengine.hooks import Hook
from mmengine.runner import Runner
from torch.optim import Optimizer

from famevil_plugin.registry import HOOKS


def fill_idle_gradients(optimizer: Optimizer, *_: Any) -> None:
    """Give parameters without a gradient a zero one, from their second step.

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
    """Lets idle parameters move on, as the paper's experiments did.

    A step trains one task; the other tasks' adapters and heads get no
    gradient. PyTorch leaves them alone. Up to PyTorch 1.9, with which the
    paper's numbers were made, they had a gradient of zero instead: Adam moves
    them on by their momentum, decays their weights, and, because zeros thin
    out its second moment, makes their next steps longer (by the square root
    of the number of steps between two of a task). The paper's learning rates
    were chosen with that; with another optimizer or schedule, leave this
    hook out.
    """

    def before_train(self, runner: Runner) -> None:
        """Hook into the optimizer."""
        runner.optim_wrapper.optimizer.register_step_pre_hook(
            fill_idle_gradients)
