"""Distillation by the paper's formula, on recorded students and teachers."""

import pytest

from famevil_plugin.models.losses import soft_target_cross_entropy


@pytest.fixture
def logits(reference):
    """Student's and teacher's logits of each of the authors' tasks."""
    student = reference.tensors('forward')
    teacher = reference.tensors('kd')

    def both(task, row, column):
        return [(student[f'{task}/{row}'] @ student[f'{task}/{column}'].T,
                 teacher[f'{task}/teacher_{row}']
                 @ teacher[f'{task}/teacher_{column}'].T)]

    return dict(
        itc=both('itc', 'scores', 'targets') + both('itc', 'targets', 'scores'),
        tgir=both('tgir', 'comp_feats', 'tar_feats'),
        scr=[(student['scr/scores'], teacher['scr/teacher_scores'])],
        cap=[(student['cap/scores'], teacher['cap/teacher_scores'])])


@pytest.mark.parametrize('task', ['itc', 'tgir', 'scr', 'cap'])
def test_distillation_losses(reference, deviations, logits, task):
    recorded = reference.numbers('kd')
    pairs = logits[task]
    loss = sum(soft_target_cross_entropy(*p) for p in pairs) / len(pairs)
    entropy = sum(
        soft_target_cross_entropy(t, t) for _, t in pairs) / len(pairs)
    deviations.check('distillation', loss, recorded['paper_ce'][task])
    deviations.check('distillation', loss - entropy,
                     recorded['paper_kl'][task])
