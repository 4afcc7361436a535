"""Distillation by the paper's formula, on recorded students and teachers."""

import pytest
import torch

from famevil_plugin.models.authors_layout import to_authors
from famevil_plugin.models.losses import soft_target_cross_entropy
from tests.authors_student import build_student, corner, student_output


@pytest.fixture
def teacher(reference):
    """The recorded teachers' logits by the names of ours, by their tasks."""
    rows = reference.tensors('kd')
    image, text = rows['itc/teacher_scores'], rows['itc/teacher_targets']
    query, target = (
        rows[f'tgir/teacher_{side}_feats'] for side in ('comp', 'tar'))
    return dict(
        itc=dict(image_to_text=image @ text.T, text_to_image=text @ image.T),
        tgir=dict(query_to_target=query @ target.T),
        scr=dict(subcategory=rows['scr/teacher_scores']),
        cap=dict(next_token=rows['cap/teacher_scores']))


def distil(student, teacher):
    """The mean over the names."""
    return torch.stack([
        soft_target_cross_entropy(student[name], teacher[name])
        for name in teacher
    ]).mean()


@pytest.mark.parametrize('task', ['itc', 'tgir', 'scr', 'cap'])
def test_losses_and_gradients(reference, deviations, teacher, task):
    """Theirs are the paper's but for XMR, where that was recorded too."""
    model, recorded = build_student(reference), reference.numbers('kd')
    student = student_output(model, reference, task).logits
    loss = distil(student, teacher[task])
    entropy = distil(teacher[task], teacher[task])
    deviations.check('distillation', loss, recorded['paper_ce'][task])
    deviations.check('distillation', loss - entropy,
                     recorded['paper_kl'][task])
    loss.backward()
    gradients = to_authors({
        name: p.grad
        for name, p in model.named_parameters() if p.grad is not None
    }, unnamed=False)
    lengths = recorded['grad_norm_itc_paper_ce'] if task == 'itc' else (
        recorded['grad_norm_as_coded'][task])
    assert {n for n, g in gradients.items()
            if g.is_floating_point()} == set(lengths)
    for name, length in lengths.items():
        # in double, as the norm of many elements rounds more than they do
        deviations.check('distillation, gradients',
                         gradients[name].double().norm(), length)
    prefix = f'{"paper" if task == "itc" else "as_coded"}/{task}/'
    for name, tensor in reference.tensors('kd').items():
        if name.startswith(prefix):
            deviations.check(
                'distillation, gradients',
                corner(gradients[name.removeprefix(prefix)]), tensor)


def test_the_authors_xmr(reference, deviations):
    """Theirs scores the teacher's rows against the student's."""
    student, teacher = reference.tensors('forward'), reference.tensors('kd')
    image, text = student['itc/scores'], student['itc/targets']
    loss = distil(
        dict(image_to_text=image @ text.T, text_to_image=text @ image.T),
        dict(
            image_to_text=teacher['itc/teacher_scores'] @ text.T,
            text_to_image=teacher['itc/teacher_targets'] @ image.T))
    recorded = reference.numbers('kd')
    deviations.check('distillation', loss, recorded['as_coded']['itc'])
    assert loss - recorded['paper_ce']['itc'] > 0.18
