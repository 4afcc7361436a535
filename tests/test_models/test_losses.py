"""Distillation's one loss."""

import pytest
import torch
import torch.nn.functional as F

from famevil_plugin.models.losses import (mean_cross_entropy,
                                          soft_target_cross_entropy)


def test_is_kl_divergence_plus_the_teachers_entropy():
    student, teacher = torch.randn(2, 5, 7)
    expected = F.kl_div(
        student.log_softmax(-1), teacher.log_softmax(-1), log_target=True,
        reduction='batchmean')
    soft = teacher.softmax(-1)
    entropy = -(soft * soft.log()).sum(-1).mean()
    torch.testing.assert_close(
        soft_target_cross_entropy(student, teacher), expected + entropy)


def test_a_certain_teacher_is_a_label():
    student, labels = torch.randn(5, 7), torch.arange(5)
    teacher = 1e4 * F.one_hot(labels, 7).float()
    assert soft_target_cross_entropy(student, teacher).item() == pytest.approx(
        mean_cross_entropy(dict(a=student), dict(a=labels)).item())


def test_gradient_reaches_the_student_alone():
    student, teacher = torch.randn(2, 4, 3, requires_grad=True).unbind()
    student.retain_grad()
    teacher.retain_grad()
    soft_target_cross_entropy(student, teacher).backward()
    assert teacher.grad is None
    torch.testing.assert_close(
        student.grad, (student.softmax(-1) - teacher.softmax(-1)) / 4)
