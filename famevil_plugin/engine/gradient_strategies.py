"""Weighing the gradients of several tasks: pure functions.

IAS scales a task's gradient by how far the task has come; IMTL-G combines the
gradients of all tasks into one.
"""

import math
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor


def adaptive_scales(
    scores: Mapping[str, float],
    references: Mapping[str, float],
    gamma: float = 0.5,
    alpha: float = 64.0,
    beta: float = 1.0,
) -> dict[str, float]:
    r"""IAS: the gradient scale of each task from its last score.

    With :math:`S_i` a task's score over its reference,

    .. math:: 1 + \mathrm{sign}(\bar S - S_i)
        \min(\gamma, (\max S)^\alpha |\bar S - S_i|^\beta)

    so tasks behind the mean are pulled. A large ``alpha`` keeps all scales at
    1 until some task comes near its reference (Jean, Firat and Johnson, arXiv
    1909.06434).

    Args:
        scores (Mapping[str, float]): By task.
        references (Mapping[str, float]): What a single-task model scores, by
            the same tasks and in the same units.
        gamma (float): The most that a scale differs from 1. Defaults to 0.5.
        alpha (float): Defaults to 64.
        beta (float): Defaults to 1.

    Returns:
        dict[str, float]: A scale within ``1 - gamma`` and ``1 + gamma`` for
        each task.

    Raises:
        ValueError: If scores and references are of other tasks, or a
            reference is not positive.
    """
    if set(scores) != set(references):
        raise ValueError(
            'scores and references must be of the same tasks, got '
            f'{", ".join(scores)} and {", ".join(references)}'
        )
    low = [task for task, value in references.items() if value <= 0]
    if low:
        raise ValueError(
            f'the references of {", ".join(low)} must be '
            f'positive, got {[references[t] for t in low]}'
        )
    ratios = {task: scores[task] / references[task] for task in scores}
    mean = sum(ratios.values()) / len(ratios)
    pull = max(ratios.values()) ** alpha
    return {
        task: 1
        + math.copysign(min(gamma, pull * abs(mean - ratio) ** beta), mean - ratio)
        for task, ratio in ratios.items()
    }


def combine_impartially(gradients: Sequence[Tensor | None]) -> Tensor | None:
    r"""IMTL-G: one gradient that favours none of the tasks.

    The combination :math:`g = \sum_i \alpha_i g_i` with
    :math:`\sum_i \alpha_i = 1` whose projections on all unit gradients
    :math:`u_i = g_i / |g_i|` are equal (Liu et al., ICLR 2021):

    .. math:: (\alpha_2, \dots) = g_1 U^T (D U^T)^{-1}, \quad
        D_i = g_1 - g_i, \quad U_i = u_1 - u_i

    As in the authors' code it is solved for each parameter tensor by itself,
    among the tasks that have a gradient there; a tensor of one element gets
    their mean. The pseudo-inverse takes the place of an inverse that may not
    exist: equal gradients stay what they are, and of fewer elements than
    tasks the only impartial step is none. Of gradients that are not finite no
    combination is: their sum, not finite either, tells a loss scaler.

    Args:
        gradients (Sequence[Tensor | None]): One parameter's gradient of each
            task, of equal shapes; None where a task does not reach it.

    Returns:
        Tensor | None: The combination, in the gradients' shape; None if no
        task reaches the parameter.
    """
    reached = [g for g in gradients if g is not None]
    pulling = [g for g in reached if g.any()]
    if len(pulling) < 2:
        return (pulling or reached or [None])[0]
    stacked = torch.stack(pulling).flatten(1)
    if stacked.size(1) == 1:
        return stacked.mean(0).view_as(pulling[0])
    if not stacked.isfinite().all():
        return stacked.sum(0).view_as(pulling[0])
    unit = stacked / stacked.norm(dim=1, keepdim=True)
    apart, turned = stacked[0] - stacked[1:], unit[0] - unit[1:]
    rounding = 10 * len(apart) * torch.finfo(stacked.dtype).eps
    rest = (stacked[0] @ turned.T).double() @ torch.linalg.pinv(
        (apart @ turned.T).double(), rtol=rounding
    )
    alpha = torch.cat([1 - rest.sum(0, keepdim=True), rest])
    return (alpha.to(stacked) @ stacked).view_as(pulling[0])
