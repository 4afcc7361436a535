"""The four losses and their gradients in the recorded variants of the model,
the captioning loss counting the padding as the authors' code does."""

from typing import Any, NamedTuple

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from famevil_plugin.models.weights.authors import AUTHORS_TASKS, to_authors
from tests.parity import Reference, corner

VARIANTS = ('full', 'none', 'tsa', 'xaa')


class Losses(NamedTuple):
    """Of one variant, by the authors' names.

    Attributes:
        variant (str): Its name.
        losses (dict[str, Tensor]): By task.
        gradients (dict[str, dict[str, Tensor]]): By task and weight, for the
            weights that the task reaches.
        weights (set[str]): The names of all that could be trained.
    """

    variant: str
    losses: dict[str, Tensor]
    gradients: dict[str, dict[str, Tensor]]
    weights: set[str]

    def total(self) -> dict[str, Tensor]:
        """The gradient of the tasks' sum."""
        total: dict[str, Tensor] = {}
        for gradients in self.gradients.values():
            for name, gradient in gradients.items():
                total[name] = total.get(name, 0) + gradient
        return total


def compute(reference: Reference, variant: str, dtype: torch.dtype) -> Losses:
    """Outputs of our model."""
    model = reference.model('student', variant).to(dtype)
    named = dict(model.named_parameters())
    losses, gradients = {}, {}
    for task in model.heads:
        loss = model(reference.inputs(task, dtype), reference.samples(task), 'loss')[
            f'{task}/loss'
        ]
        found = torch.autograd.grad(loss, named.values(), allow_unused=True)
        losses[AUTHORS_TASKS[task]] = loss
        gradients[AUTHORS_TASKS[task]] = in_their_names(
            {name: grad for name, grad in zip(named, found) if grad is not None}
        )
    return Losses(variant, losses, gradients, set(in_their_names(named)))


def in_their_names(ours: dict[str, Tensor]) -> dict[str, Tensor]:
    """Without the position ids, which are no parameters."""
    return {
        name: tensor
        for name, tensor in to_authors(ours, unnamed=False).items()
        if tensor.is_floating_point()
    }


@pytest.fixture(scope='module', params=VARIANTS)
def single(request, reference) -> Losses:
    """In fp32."""
    return compute(reference, request.param, torch.float32)


@pytest.fixture(scope='module', params=VARIANTS)
def double(request, reference) -> Losses:
    """In fp64, as the gradients were recorded."""
    return compute(reference, request.param, torch.float64)


def recorded(reference: Reference, ours: Losses) -> dict[str, Any]:
    """Outputs of the authors' code for the same variant."""
    return reference.numbers('forward')['variants'][ours.variant]


def test_losses_and_gradients(reference, deviations, single):
    theirs = recorded(reference, single)['losses_fp32']
    assert single.losses.keys() == theirs.keys()
    for task, loss in theirs.items():
        deviations.check(f'loss: {task}', single.losses[task], loss)
    total = single.total()
    for name, expected in corners(reference, single.variant).items():
        deviations.check(f'gradients: {single.variant}', corner(total[name]), expected)


def test_losses_and_gradients_in_double(reference, deviations, double):
    """Gradients in units of a tensor's largest element, so that small ones
    count; and nothing but rounding lies behind the deviations in fp32."""
    theirs = recorded(reference, double)['losses_fp64']
    for task, loss in theirs.items():
        deviations.check(f'loss in fp64: {task}', double.losses[task], loss)
    total = double.total()
    for name, expected in corners(reference, double.variant).items():
        unit = expected.abs().max().clamp_min(1e-9)
        deviations.check(
            f'gradients in fp64: {double.variant}',
            corner(total[name]) / unit,
            expected / unit,
        )


def test_every_weight_that_a_task_reaches(reference, deviations, double):
    """The gradient's length in each, and that no other has a gradient."""
    theirs = recorded(reference, double)
    total = double.total()
    assert double.weights - total.keys() == set(theirs['never_touched'])
    found = double.gradients | dict(all=total)
    expected = theirs['grad_norm_per_task'] | dict(all=theirs['grad_norm_total'])
    assert found.keys() == expected.keys()
    for task, lengths in expected.items():
        assert found[task].keys() == lengths.keys()
        deviations.check(
            f'gradient lengths: {double.variant}',
            [found[task][name].norm() for name in lengths],
            list(lengths.values()),
        )


def test_the_papers_captioning_loss(reference, deviations):
    """Ours by default, over the caption's tokens; from their logits."""
    model = reference.model('student')
    model.heads['fic'].count_padding = False
    ours = model(reference.inputs('fic'), reference.samples('fic'), 'loss')['fic/loss']
    inputs = reference.tensors('inputs')
    counted = inputs['attention_mask'][:, 1:].bool()
    logits = reference.tensors('forward')['cap_logits'][:, :-1][counted]
    deviations.check(
        "loss: cap, the paper's",
        ours,
        F.cross_entropy(logits, inputs['input_ids'][:, 1:][counted]),
    )


def corners(reference: Reference, variant: str) -> dict[str, Tensor]:
    """The recorded parts of gradients, by the authors' names."""
    return {
        key.removeprefix(f'{variant}/'): tensor
        for key, tensor in reference.tensors('grads').items()
        if key.startswith(f'{variant}/')
    }
