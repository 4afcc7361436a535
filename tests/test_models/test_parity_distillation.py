"""Distillation by the paper's formula, on recorded students and teachers."""

import pytest
import torch

from famevil_plugin.models import TeacherBank
from famevil_plugin.models.losses import mean_distillation
from famevil_plugin.models.weights.authors import AUTHORS_TASKS, to_authors
from tests.conftest import TASKS
from tests.parity import corner


@pytest.fixture
def teachers(reference):
    """The recorded logits of each task's teacher, under our heads' names."""
    rows = reference.tensors('kd')
    image, text = rows['itc/teacher_scores'], rows['itc/teacher_targets']
    query, target = (rows[f'tgir/teacher_{side}_feats'] for side in ('comp', 'tar'))
    return dict(
        xmr=dict(image_to_text=image @ text.T, text_to_image=text @ image.T),
        tgir=dict(query_to_target=query @ target.T),
        scr=dict(subcategory=rows['scr/teacher_scores']),
        fic=dict(next_token=rows['cap/teacher_scores']),
    )


@pytest.mark.parametrize('task', TASKS)
def test_teachers(reference, deviations, task, tmp_path):
    """The teachers themselves, from config and checkpoint."""
    theirs = AUTHORS_TASKS[task]
    config, weights = reference.config(f'teacher_{theirs}')
    torch.save(dict(state_dict=weights), tmp_path / 'teacher.pth')
    student = reference.model('student')
    student.teachers = TeacherBank(
        {task: dict(model=config, checkpoint=tmp_path / 'teacher.pth')}, tasks=TASKS
    )
    losses = student(reference.inputs(task), reference.samples(task), 'loss')
    deviations.check(
        'distillation: by teachers',
        losses[f'{task}/loss_distill'],
        reference.numbers('kd')['paper_ce'][theirs],
    )


@pytest.mark.parametrize('task', TASKS)
def test_losses(reference, deviations, teachers, task):
    recorded, theirs = reference.numbers('kd'), AUTHORS_TASKS[task]
    student = reference.model('student')(
        reference.inputs(task), reference.samples(task)
    ).logits
    loss = mean_distillation(student, teachers[task])
    entropy = mean_distillation(teachers[task], teachers[task])
    deviations.check('distillation: losses', loss, recorded['paper_ce'][theirs])
    deviations.check(
        'distillation: losses', loss - entropy, recorded['paper_kl'][theirs]
    )


@pytest.mark.parametrize('task', TASKS)
def test_gradients(reference, deviations, teachers, task):
    """Theirs are the paper's but for XMR, where both were recorded."""
    recorded, theirs = reference.numbers('kd'), AUTHORS_TASKS[task]
    model = reference.model('student')
    student = model(reference.inputs(task), reference.samples(task)).logits
    mean_distillation(student, teachers[task]).backward()
    gradients = to_authors(
        {name: p.grad for name, p in model.named_parameters() if p.grad is not None},
        unnamed=False,
    )
    lengths = (
        recorded['grad_norm_itc_paper_ce']
        if task == 'xmr'
        else (recorded['grad_norm_as_coded'][theirs])
    )
    assert lengths.keys() == {
        name for name, gradient in gradients.items() if gradient.is_floating_point()
    }
    for name, length in lengths.items():
        # in double, as the norm of many elements rounds more than they do
        deviations.check(
            'distillation: gradients', gradients[name].double().norm(), length
        )
    prefix = f'{"paper" if task == "xmr" else "as_coded"}/{theirs}/'
    for name, tensor in reference.tensors('kd').items():
        if name.startswith(prefix):
            deviations.check(
                'distillation: gradients',
                corner(gradients[name.removeprefix(prefix)]),
                tensor,
            )


def test_the_authors_xmr(reference, deviations, teachers):
    """Theirs scores the teacher's rows against the student's."""
    student, teacher = reference.tensors('forward'), reference.tensors('kd')
    image, text = student['itc/scores'], student['itc/targets']
    logits = dict(image_to_text=image @ text.T, text_to_image=text @ image.T)
    loss = mean_distillation(
        logits,
        dict(
            image_to_text=teacher['itc/teacher_scores'] @ text.T,
            text_to_image=teacher['itc/teacher_targets'] @ image.T,
        ),
    )
    deviations.check(
        "distillation: authors' XMR", loss, reference.numbers('kd')['as_coded']['itc']
    )
    assert loss - mean_distillation(logits, teachers['xmr']) > 0.18
