"""Teachers: what is learned from them, and that they are no part of it."""

import copy
import re

import pytest
import torch
from mmengine.config import Config
from mmengine.model import ExponentialMovingAverage
from safetensors.torch import save_file

from famevil_plugin.models.losses import soft_target_cross_entropy
from famevil_plugin.registry import MODELS
from tests.conftest import ROOT, TASKS
from tests.tiny_run import model_config

from .conftest import make_samples, perturb_weights


def teach(task, path, **changes):
    """A stirred teacher on disk; the model, and its settings."""
    config = model_config(task)
    model = MODELS.build(config)
    perturb_weights(model)
    torch.save(dict(state_dict=model.state_dict()), path)
    return model, dict(model=config, checkpoint=str(path)) | changes


def student_of(**teachers):
    return MODELS.build(model_config(teachers=teachers))


def test_a_model_of_several_tasks_teaches_one(inputs, tmp_path):
    four = MODELS.build(model_config())
    perturb_weights(four)
    torch.save(dict(state_dict=four.state_dict()), tmp_path / 'four.pth')
    student = student_of(
        xmr=dict(model=model_config('xmr'), checkpoint=str(tmp_path / 'four.pth'))
    )
    student.init_weights()
    taught = student.teachers.models['xmr']
    samples = make_samples('xmr')
    for name, logits in four.eval()(inputs, samples).logits.items():
        torch.testing.assert_close(taught(inputs, samples).logits[name], logits)


@pytest.mark.parametrize(
    ('task', 'names'),
    [
        ('xmr', ('image_to_text', 'text_to_image')),
        ('tgir', ('query_to_target',)),
        ('scr', ('subcategory',)),
        ('fic', ('next_token',)),
    ],
)
def test_the_loss(inputs, tmp_path, task, names):
    teacher, settings = teach(task, tmp_path / 'teacher.pth')
    student = student_of(**{task: settings})
    perturb_weights(student)
    samples = make_samples(task)
    losses = student(inputs, samples, 'loss')
    assert list(losses) == [f'{task}/loss', f'{task}/loss_distill']
    own, taught = (model(inputs, samples).logits for model in (student, teacher))
    expected = sum(soft_target_cross_entropy(own[name], taught[name]) for name in names)
    torch.testing.assert_close(losses[f'{task}/loss_distill'], expected / len(names))
    student.teachers.settings[task].update(weight=0.5, temperature=3.0)
    softer = sum(
        soft_target_cross_entropy(own[name], taught[name], 3.0) for name in names
    )
    torch.testing.assert_close(
        student(inputs, samples, 'loss')[f'{task}/loss_distill'],
        0.5 * softer / len(names),
    )
    # both are summed by MMEngine
    total, _ = student.parse_losses(losses)
    torch.testing.assert_close(total, sum(losses.values()))


def test_the_task_loss_is_what_it_is_without_a_teacher(inputs, tmp_path):
    _, settings = teach('xmr', tmp_path / 'teacher.pth')
    student = student_of(xmr=settings)
    alone = MODELS.build(model_config())
    alone.load_state_dict(student.state_dict())
    for task in TASKS:
        losses = student(inputs, make_samples(task), 'loss')
        expected = alone(inputs, make_samples(task), 'loss')
        assert torch.equal(losses[f'{task}/loss'], expected[f'{task}/loss'])
        assert (f'{task}/loss_distill' in losses) == (task == 'xmr')


def test_the_students_beginning_does_not_depend_on_teachers(tmp_path):
    _, settings = teach('scr', tmp_path / 'teacher.pth')
    states = []
    for teachers in ({}, dict(scr=settings)):
        torch.manual_seed(5)
        student = student_of(**teachers)
        student.init_weights()
        states.append(student.state_dict() | dict(rng=torch.get_rng_state()))
    assert states[0].keys() == states[1].keys()
    for name, value in states[0].items():
        assert torch.equal(value, states[1][name]), name


def test_a_guest_and_no_part(inputs, tmp_path):
    teacher, settings = teach('scr', tmp_path / 'teacher.pth')
    student = student_of(scr=settings)
    student.init_weights()
    guest = student.teachers.models['scr']
    plain = MODELS.build(model_config())
    assert student.state_dict().keys() == plain.state_dict().keys()
    assert guest not in set(student.modules())
    assert not set(guest.parameters()) & set(student.parameters())
    average = ExponentialMovingAverage(student)
    assert len(average.state_dict()) == len(student.state_dict()) + 1
    assert average.module.teachers is student.teachers
    assert copy.deepcopy(student).teachers is student.teachers
    # frozen and as in evaluation, whatever the student does
    student.train()
    losses = student(inputs, make_samples('scr'), 'loss')
    sum(losses.values()).backward()
    assert not any(module.training for module in guest.modules())
    for name, parameter in guest.named_parameters():
        assert parameter.grad is None and not parameter.requires_grad
        assert torch.equal(parameter, teacher.get_parameter(name))


def test_only_the_batchs_teacher_runs(inputs, tmp_path):
    student = student_of(
        **{task: teach(task, tmp_path / f'{task}.pth')[1] for task in ('xmr', 'scr')}
    )
    student.init_weights()
    ran = []
    for task, teacher in student.teachers.models.items():
        teacher.register_forward_pre_hook(
            lambda *_, task=task: ran.append((task, torch.is_grad_enabled()))
        )
    for task in ('scr', 'fic', 'xmr'):
        student(inputs, make_samples(task), 'loss')
    assert ran == [('scr', False), ('xmr', False)]


@pytest.mark.parametrize('kind', ['bare', 'mmengine', 'safetensors'])
def test_kinds_of_checkpoints(inputs, tmp_path, kind):
    path = tmp_path / f'teacher.{"safetensors" if kind[0] == "s" else "pth"}'
    teacher, settings = teach('tgir', path)
    if kind == 'bare':
        torch.save(teacher.state_dict(), path)
    elif kind == 'safetensors':
        save_file(teacher.state_dict(), path)
    student = student_of(tgir=settings)
    student.init_weights()
    taught = student.teachers.models['tgir']
    samples = make_samples('tgir')
    assert torch.equal(
        taught(inputs, samples).logits['query_to_target'],
        teacher(inputs, samples).logits['query_to_target'],
    )


def test_a_config_file_and_no_weights_to_start_from(tmp_path):
    """The weights that a teacher starts from are not needed."""
    config = Config.fromfile(ROOT / 'configs' / 'famevil_4task.py').model
    config.heads = dict(scr=config.heads.scr)
    teacher = MODELS.build(config)
    torch.save(teacher.state_dict(), tmp_path / 'teacher.pth')
    config.encoder.pretrained = 'nowhere.pt'
    student = student_of(scr=dict(model=config, checkpoint=tmp_path / 'teacher.pth'))
    student.teachers.load()
    for name, value in student.teachers.models['scr'].state_dict().items():
        assert torch.equal(value, teacher.state_dict()[name])


def test_tests_do_without_teachers(inputs):
    student = student_of(fic=dict(model=model_config('fic'), checkpoint='nowhere.pth'))
    assert student.eval()(inputs, make_samples('fic'), 'predict')
    assert student(inputs, make_samples('fic'), 'tensor').logits


def test_checkpoints_that_are_missing_or_of_another(tmp_path):
    """Said as a training begins."""
    _, settings = teach('scr', tmp_path / 'iter_9.pth')
    missing = settings | dict(checkpoint=str(tmp_path / 'xmr' / 'iter_9.pth'))
    with pytest.raises(
        FileNotFoundError,
        match=r'the scr teacher has no checkpoint at .*xmr/iter_9.pth: '
        'train it first, python tools/train.py CONFIG --tasks scr '
        '--work-dir .*xmr',
    ):
        student_of(scr=missing).init_weights()
    for other in (model_config('xmr'), model_config('scr')):
        if 'scr' in other['heads']:
            other['heads']['scr']['num_classes'] = 9
            said = (
                r'2 misshapen: heads.scr.classifier.weight \(expected '
                r'\(7, 16\), got \(9, 16\)\), heads.scr.classifier.bias'
            )
        else:
            said = r'missing: .*banks.scr.*unexpected: .*banks.xmr'
        torch.save(MODELS.build(other).state_dict(), settings['checkpoint'])
        with pytest.raises(
            ValueError,
            match=r'checkpoint .*iter_9.pth of the scr teacher'
            f' is of another model than teachers.scr.model.*{said}',
        ):
            student_of(scr=settings).init_weights()
    torch.save('weights', settings['checkpoint'])
    with pytest.raises(ValueError, match='iter_9.pth cannot be read as plain'):
        student_of(scr=settings).init_weights()


@pytest.mark.parametrize(
    ('teachers', 'message'),
    [
        (dict(vqa={}), 'teachers for vqa, .*no such head, only xmr, tgir, scr'),
        (dict(xmr=dict(model={})), 'teachers.xmr takes model, checkpoint.*, got model'),
        (
            dict(xmr=dict(model={}, checkpoint='', strength=1)),
            'teachers.xmr takes model, checkpoint.*, got model, checkpoint, strength',
        ),
        (
            dict(xmr=dict(model=model_config(), checkpoint='')),
            'head xmr, got the heads xmr, tgir, scr, fic',
        ),
        (dict(xmr=dict(model=model_config('scr'), checkpoint='')), 'heads scr'),
        (dict(xmr=dict(model={}, checkpoint='')), r'the heads \(none\)'),
        (
            dict(xmr=dict(model=model_config('xmr'), checkpoint='', temperature=0)),
            'teachers.xmr.temperature must be positive, got 0',
        ),
        (
            dict(xmr=dict(model=model_config('xmr'), checkpoint='', weight=-1.0)),
            'teachers.xmr.weight must be positive, got -1.0',
        ),
    ],
)
def test_settings_that_do_not_fit(teachers, message):
    with pytest.raises(ValueError, match=re.compile(message, re.DOTALL)):
        student_of(**teachers)


@pytest.mark.parametrize(
    ('task', 'change', 'shapes'),
    [
        ('scr', dict(num_classes=9), r'\(3, 7\)\}, got .*\(3, 9\)'),
        ('fic', dict(count_padding=True), r'\(\d+, 600\)\}, got .*\(69, 600\)'),
    ],
)
def test_teachers_that_score_something_else(inputs, tmp_path, task, change, shapes):
    config = model_config(task)
    config['heads'][task].update(change)
    torch.save(MODELS.build(config).state_dict(), tmp_path / 'teacher.pth')
    student = student_of(
        **{task: dict(model=config, checkpoint=tmp_path / 'teacher.pth')}
    )
    with pytest.raises(
        ValueError, match=f'the {task} teacher must score what.*{shapes}'
    ):
        student(inputs, make_samples(task), 'loss')


def test_padding_is_distilled_where_it_counts(inputs, tmp_path):
    """Of 3 x 23 next tokens, or of those up to the ends of the texts."""
    losses = {}
    for counts in (False, True):
        config = model_config('fic')
        config['heads']['fic'].update(count_padding=counts)
        torch.manual_seed(1)
        teacher = MODELS.build(config)
        perturb_weights(teacher)
        torch.save(teacher.state_dict(), tmp_path / 'teacher.pth')
        student = MODELS.build(
            config
            | dict(
                teachers=dict(
                    fic=dict(model=config, checkpoint=tmp_path / 'teacher.pth')
                )
            )
        )
        student.load_state_dict(teacher.state_dict())
        losses[counts] = student(inputs, make_samples('fic'), 'loss')[
            'fic/loss_distill'
        ].item()
        # a student that is its teacher loses the teacher's entropy
        rows = teacher(inputs, make_samples('fic')).logits['next_token']
        soft = rows.softmax(-1)
        entropy = -(soft * soft.log()).sum(-1).mean()
        assert losses[counts] == pytest.approx(entropy.item(), rel=1e-5)
    assert losses[True] != losses[False]
