"""Distillation's one loss, and the cross-entropy of a large vocabulary."""

import math

import pytest
import torch
import torch.nn.functional as F

from famevil_plugin.models.losses import (
    mean_cross_entropy,
    mean_distillation,
    overwriting_cross_entropy,
    soft_target_cross_entropy,
)


def test_is_kl_divergence_plus_the_teachers_entropy():
    student, teacher = torch.randn(2, 5, 7)
    expected = F.kl_div(
        student.log_softmax(-1),
        teacher.log_softmax(-1),
        log_target=True,
        reduction='batchmean',
    )
    soft = teacher.softmax(-1)
    entropy = -(soft * soft.log()).sum(-1).mean()
    torch.testing.assert_close(
        soft_target_cross_entropy(student, teacher), expected + entropy
    )


def test_a_certain_teacher_is_a_label():
    student, labels = torch.randn(5, 7), torch.arange(5)
    teacher = 1e4 * F.one_hot(labels, 7).float()
    assert soft_target_cross_entropy(student, teacher).item() == pytest.approx(
        mean_cross_entropy(dict(a=student), dict(a=labels)).item()
    )


def test_a_temperature_softens_both_and_keeps_the_size():
    student = torch.tensor([[2.0, 0.0]], requires_grad=True)
    teacher = torch.tensor([[0.0, 4.0]])
    loss = soft_target_cross_entropy(student, teacher, temperature=2.0)
    soft = torch.tensor([1.0, math.e**2]) / (1 + math.e**2)
    log = torch.tensor([1.0, 0.0]) - math.log(1 + math.e)
    assert loss.item() == pytest.approx(-4 * (soft @ log).item())
    (gradient,) = torch.autograd.grad(loss, student)
    torch.testing.assert_close(
        gradient, 2 * (log.exp() - soft)[None], rtol=1e-5, atol=1e-6
    )


def test_the_mean_over_the_names():
    student, teacher = torch.randn(2, 2, 5, 7)
    both = mean_distillation(
        dict(a=student[0], b=student[1]), dict(b=teacher[1], a=teacher[0]), 3.0
    )
    torch.testing.assert_close(
        2 * both,
        soft_target_cross_entropy(student[0], teacher[0], 3.0)
        + soft_target_cross_entropy(student[1], teacher[1], 3.0),
    )


def test_gradient_reaches_the_student_alone():
    student, teacher = torch.randn(2, 4, 3, requires_grad=True).unbind()
    student.retain_grad()
    teacher.retain_grad()
    soft_target_cross_entropy(student, teacher).backward()
    assert teacher.grad is None
    torch.testing.assert_close(
        student.grad, (student.softmax(-1) - teacher.softmax(-1)) / 4
    )


@pytest.mark.parametrize('rows', [1, 37])
def test_overwriting_gives_the_plain_loss_and_gradient(rows):
    states = torch.randn(rows, 4, dtype=torch.double, requires_grad=True)
    words = torch.randn(9, 4, dtype=torch.double, requires_grad=True)
    targets = torch.randint(9, (rows,))
    plain = F.cross_entropy(states @ words.T, targets)
    loss = overwriting_cross_entropy(states @ words.T, targets)
    torch.testing.assert_close(loss, plain)
    # alone, and scaled as under automatic mixed precision
    for factor in (1, 8):
        torch.testing.assert_close(
            torch.autograd.grad(factor * loss, (states, words), retain_graph=True),
            torch.autograd.grad(factor * plain, (states, words), retain_graph=True),
        )


def test_overwriting_sums_in_single_precision():
    logits = torch.randn(20, 30_000).bfloat16().requires_grad_()
    targets = torch.randint(30_000, (20,))
    loss = overwriting_cross_entropy(logits.clone(), targets)
    torch.testing.assert_close(loss, F.cross_entropy(logits.float(), targets))


def test_overwritten_logits_that_something_keeps_are_refused():
    logits = torch.randn(3, 5, requires_grad=True)
    scores = logits.exp()  # which is its own derivative
    loss = overwriting_cross_entropy(scores, torch.arange(3))
    with pytest.raises(RuntimeError, match='modified by an inplace operation'):
        loss.backward()


def test_logits_without_a_gradient_stay():
    logits = torch.randn(3, 5)
    before = logits.clone()
    overwriting_cross_entropy(logits, torch.arange(3))
    torch.testing.assert_close(logits, before)
