"""The baseline computes what the model computes, and turns are measured."""

import copy
import subprocess
import sys

import pytest
import torch

from famevil_plugin.benchmark import Result, Workload, alternate, make_batch
from famevil_plugin.benchmark.eager import (
    EagerEncoder,
    eager_captions,
    eager_loss,
    eager_optimizer,
    pad_texts,
    spelt_out,
)
from famevil_plugin.benchmark.measuring import Measured, count_flops
from tests.conftest import ROOT, TASKS, TOKENIZER
from tests.test_models.conftest import model, perturb_weights  # noqa: F401


@pytest.fixture
def trained(model):  # noqa: F811
    """A model whose adapters add something."""
    perturb_weights(model)
    return model


def read(model, batch):  # noqa: F811
    return model.data_preprocessor(copy.copy(batch))['inputs']


@pytest.mark.parametrize('distilled', [False, True])
@pytest.mark.parametrize('task', TASKS)
def test_the_baseline_has_our_losses_and_gradients(trained, task, distilled):
    batch = make_batch(trained, task, size=3, tokens=9)
    inputs, samples = read(trained, batch), batch['data_samples']
    teacher = None
    if distilled:
        teacher = copy.deepcopy(trained).eval().requires_grad_(False)
        perturb_weights(teacher)
        trained.teachers.hold(task, teacher)
    ours = torch.stack(list(trained(inputs, samples, 'loss').values())).sum()
    ours.backward()
    gradients = {
        name: parameter.grad.clone()
        for name, parameter in trained.named_parameters()
        if parameter.grad is not None
    }
    trained.zero_grad()
    with spelt_out():
        theirs = eager_loss(trained, inputs, samples, teacher)
        theirs.backward()
    torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-5)
    for name, parameter in trained.named_parameters():
        if parameter.grad is not None:
            torch.testing.assert_close(
                gradients[name], parameter.grad, rtol=1e-4, atol=1e-5
            )


def test_the_baseline_has_our_answers(trained):
    trained.eval()
    for task in ('xmr', 'tgir', 'scr'):
        inputs = read(trained, make_batch(trained, task, size=3, tokens=9))
        padded = pad_texts(trained, inputs)
        assert padded['tokens'].size(1) == TOKENIZER['context_length']
        for answer in trained.heads[task].answers().values():
            ours = answer.function(trained.encoder, *map(inputs.get, answer.inputs))
            theirs = answer.function(
                EagerEncoder(trained.encoder), *map(padded.get, answer.inputs)
            )
            torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-5)


@torch.inference_mode()
def test_the_baseline_writes_our_captions(trained):
    trained.eval()
    torch.nn.init.normal_(trained.heads['fic'].to_vocabulary.weight)
    image = read(trained, make_batch(trained, 'fic', size=3, tokens=9))['image']
    for beams in (1, 3):
        head = trained.heads['fic'].adjusted(beams=beams, max_length=8)
        assert torch.equal(
            head.generate(trained.encoder, image), eager_captions(trained, head, image)
        )


def test_a_group_a_parameter(trained):
    optimizer = eager_optimizer(trained, lr=1e-3)
    assert len(optimizer.param_groups) == len(list(trained.parameters()))


def test_texts_of_unequal_length_end(trained):
    batch = make_batch(trained, 'xmr', size=5, tokens=10)
    lengths = batch['inputs']['tokens'].argmax(1) + 1
    assert lengths.tolist() == [10, 8, 7, 6, 5]
    assert batch['inputs']['image'].dtype == torch.uint8


def test_works_take_turns():
    turns = []
    works = {name: lambda name=name: turns.append(name) for name in ('ours', 'eager')}
    measured = alternate(works, repeats=2, warm_up=1)
    assert turns == ['ours', 'eager'] * 3
    assert measured.keys() == works.keys()
    assert 0 <= measured['ours'].seconds < 1


def test_memory_beyond_what_was_held():
    """In a process of its own: this one may hold freed memory of other tests."""
    code = (
        'import torch; from famevil_plugin.benchmark.measuring import alternate; '
        "print(alternate(dict(ours=lambda: torch.ones(2**24).sum()), repeats=1)['ours']"
        '.memory)'
    )
    said = subprocess.check_output([sys.executable, '-c', code], text=True, cwd=ROOT)
    assert 32 < float(said) < 512


def test_flops_of_both_ways():
    x, w = torch.ones(4, 8, requires_grad=True), torch.ones(8, 16, requires_grad=True)
    assert count_flops(lambda: x @ w) == 2 * 4 * 8 * 16
    assert count_flops(lambda: (x @ w).sum().backward()) == 3 * 2 * 4 * 8 * 16
    q = torch.ones(1, 2, 5, 8)
    attend = torch.nn.functional.scaled_dot_product_attention
    assert count_flops(lambda: attend(q, q, q)) == 2 * 2 * 2 * 5 * 5 * 8


def test_numbers_of_a_result():
    result = Result(
        'xmr step',
        'items',
        8,
        dict(ours=Measured(2.0, 1.0, 5.0), eager=Measured(3.0, 4.0, 9.0)),
        flops=100,
        peak=200.0,
    )
    numbers = result.numbers()
    assert numbers['items_per_second'] == 4
    assert (numbers['ratio'], numbers['cpu_ratio']) == (1.5, 4)
    assert numbers['utilisation'] == 0.25
    assert numbers['eager'] == dict(seconds=3.0, cpu_seconds=4.0, memory=9.0)


def test_photos_and_texts_alone(trained):
    trained.heads['xmr'].inputs = dict(image='photo', sound='sound')
    with pytest.raises(ValueError, match='the xmr inputs sound is not known'):
        make_batch(trained, 'xmr', size=2, tokens=5)
    assert isinstance(Workload(trained, 'scr', {}), tuple)
