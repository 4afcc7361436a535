"""Cross-entropies between logits and targets, and the gather behind them."""

from typing import Any

import torch
import torch.nn.functional as F
from mmengine.dist import all_gather, all_reduce, get_rank, get_world_size
from torch import Tensor
from torch.autograd.function import once_differentiable

# PyTorch's mark of targets that do not count
_IGNORED = -100
# as many as a cache holds of a vocabulary
_ROWS = 16


def gather_batch(x: Tensor) -> Tensor:
    """All ranks' rows, in rank order, with gradients through the gather.

    Args:
        x (Tensor): ``(B, E)``; every rank holds the same number of rows.

    Returns:
        Tensor: ``(world size * B, E)``.
    """
    if get_world_size() == 1:
        return x
    return _GatherRows.apply(x)


class _GatherRows(torch.autograd.Function):
    """All ranks' rows; a row's gradient is the sum of all ranks' of it."""

    @staticmethod
    def forward(context: Any, x: Tensor) -> Tensor:
        return torch.cat(all_gather(x.contiguous()))

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> Tensor:
        gradient = gradient.contiguous().clone()
        all_reduce(gradient)
        return gradient.chunk(get_world_size())[get_rank()]


def in_batch_targets(x: Tensor) -> Tensor:
    """Indices of this rank's rows among the gathered ones, ``(B, )``."""
    return get_rank() * len(x) + torch.arange(len(x), device=x.device)


def share_of_global_mean(mean: Tensor, rows: Tensor) -> Tensor:
    """This rank's share of a mean over the rows of all ranks.

    Data-parallel training averages the ranks' losses and gradients. Captions
    have unequal lengths, so a rank with more rows than the average must weigh
    more, or the loss would be a mean of means, which is another one.

    Args:
        mean (Tensor): The mean over this rank's rows, a scalar.
        rows (Tensor): How many these are, a scalar.

    Returns:
        Tensor: A scalar whose average over the ranks is the mean over all
        rows; on one process ``mean`` itself.
    """
    if get_world_size() == 1:
        return mean
    average = rows.to(mean.dtype)
    all_reduce(average, op='mean')
    return mean * (rows / average)


def mean_cross_entropy(logits: dict[str, Tensor], targets: dict[str, Tensor]) -> Tensor:
    """Mean over the names of the cross-entropy of equally named tensors.

    Args:
        logits (dict[str, Tensor]): Each ``(N, classes)``.
        targets (dict[str, Tensor]): Each ``(N, )``, class ids; -100 is
            ignored.

    Returns:
        Tensor: A scalar in nats, over the rows of all ranks
        (:func:`share_of_global_mean`).
    """
    return torch.stack(
        [
            share_of_global_mean(
                F.cross_entropy(logits[name], targets[name]),
                (targets[name] != _IGNORED).sum(),
            )
            for name in logits
        ]
    ).mean()


def overwriting_cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    """Mean cross-entropy over the rows of all ranks, for large vocabularies.

    There the logits are among a step's largest tensors, of whose size
    PyTorch's cross-entropy holds three at once on the way back. Here they
    become their own gradient, some rows at a time, so nothing may read them
    afterwards.

    Args:
        logits (Tensor): ``(N, classes)``, which are overwritten where a
            gradient is asked for.
        targets (Tensor): ``(N, )``, class ids, of which all count.

    Returns:
        Tensor: A scalar in nats (:func:`share_of_global_mean`).
    """
    plain = (
        not logits.requires_grad
        or logits.dtype == torch.float16  # too coarse for a share of a mean
        or torch.compiler.is_compiling()  # which fuses it
    )
    mean = F.cross_entropy if plain else _OverwritingCrossEntropy.apply
    return share_of_global_mean(mean(logits, targets), targets.new_tensor(len(targets)))


class _OverwritingCrossEntropy(torch.autograd.Function):
    """The mean over the rows, in single precision at least."""

    @staticmethod
    def forward(context: Any, logits: Tensor, targets: Tensor) -> Tensor:
        count, losses = len(logits), []
        for rows, ids in zip(logits.split(_ROWS), targets.unsqueeze(1).split(_ROWS)):
            log_shares = rows.to(torch.promote_types(rows.dtype, torch.float32))
            log_shares = log_shares.log_softmax(dim=1)
            losses.append(-log_shares.gather(1, ids))
            shares = log_shares.exp_().div_(count)
            ones = torch.full_like(losses[-1], -1 / count)
            rows.copy_(shares.scatter_add_(1, ids, ones))
        context.save_for_backward(logits)
        return torch.cat(losses).mean()

    @staticmethod
    @once_differentiable
    def backward(context: Any, gradient: Tensor) -> tuple[Tensor, None]:
        (own,) = context.saved_tensors
        # most often no factor lies between this loss and what is minimised;
        # another device would be waited for to know
        return (own if gradient.is_cpu and gradient == 1 else own * gradient), None


def soft_target_cross_entropy(
    logits: Tensor, teacher_logits: Tensor, temperature: float = 1.0
) -> Tensor:
    r"""A student's loss to its teacher, the same for every task.

    .. math:: -\frac{T^2}{N} \sum_n \sum_c
        \mathrm{softmax}(t_n / T)_c \log \mathrm{softmax}(s_n / T)_c

    It is the KL divergence of the paper, from teacher to student, plus the
    teacher's entropy, which has no gradient. The paper has no temperature;
    with one, ``T^2`` keeps gradients of one size (Hinton et al., arXiv
    1503.02531, section 2). The teacher's scores are its own throughout: the
    authors' code multiplies the teacher's XMR embeddings with the student's
    and lets a gradient into the soft targets (``mmf/modules/losses.py``,
    ``ContrastiveLossKD``).

    Args:
        logits (Tensor): The student's ``s``, ``(N, classes)``.
        teacher_logits (Tensor): The teacher's ``t``, same shape; no gradient
            reaches it.
        temperature (float): ``T``; above 1 softens both. Defaults to 1.

    Returns:
        Tensor: A scalar, in nats.
    """
    soft = (teacher_logits.detach() / temperature).softmax(dim=-1)
    return temperature**2 * F.cross_entropy(logits / temperature, soft)


def mean_distillation(
    logits: dict[str, Tensor],
    teacher_logits: dict[str, Tensor],
    temperature: float = 1.0,
) -> Tensor:
    """Mean over the names of :func:`soft_target_cross_entropy`.

    Args:
        logits (dict[str, Tensor]): The student's, each ``(N, classes)``.
        teacher_logits (dict[str, Tensor]): The teacher's, of equal names and
            shapes.
        temperature (float): Defaults to 1.

    Returns:
        Tensor: A scalar in nats, over the rows of all ranks
        (:func:`share_of_global_mean`).
    """
    return torch.stack(
        [
            share_of_global_mean(
                soft_target_cross_entropy(
                    logits[name], teacher_logits[name], temperature
                ),
                torch.tensor(logits[name].size(0), device=logits[name].device),
            )
            for name in logits
        ]
    ).mean()
