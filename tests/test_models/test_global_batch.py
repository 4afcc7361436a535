"""Several processes compute the loss and the gradient of one."""

import os
import random

import pytest
import torch
from torch import distributed

from famevil_plugin.models import TaskDataPreprocessor
from famevil_plugin.registry import MODELS
from famevil_plugin.structures import FashionSample
from famevil_plugin.tokenizer import build_tokenizer
from tests.conftest import TASKS, TOKENIZER
from tests.test_models.conftest import perturb_weights
from tests.tiny_run import model_config
from tests.warm import spawn

pytestmark = pytest.mark.slow
BATCH = 8


def global_batch(task):
    """Texts from one word to nineteen, so that shares differ in tokens."""
    generator = torch.Generator().manual_seed(1)
    words = random.Random(0).choices('red blue dress with a hood'.split(), k=99)
    texts = [' '.join(words[: 1 + i * (i + 1) // 3]) for i in range(BATCH)]
    photos = torch.randint(
        256, (2, BATCH, 3, 32, 32), dtype=torch.uint8, generator=generator
    )
    inputs = dict(
        image=photos[0],
        target_image=photos[1],
        tokens=build_tokenizer(**TOKENIZER)(texts),
    )
    samples = [
        FashionSample(metainfo=dict(task=task, inputs=tuple(inputs)), gt_label=i % 7)
        for i in range(BATCH)
    ]
    return inputs, samples


def loss_and_gradients(task, checkpoint, rows):
    """Of some rows of the global batch, with distillation."""
    torch.manual_seed(0)
    teacher = dict(model=model_config(task), checkpoint=checkpoint)
    model = MODELS.build(model_config(teachers={task: teacher})).double()
    perturb_weights(model)
    model.teachers.load()
    model.teachers.models[task].double()
    inputs, samples = global_batch(task)
    data = TaskDataPreprocessor()(
        dict(
            inputs={name: value[rows] for name, value in inputs.items()},
            data_samples=samples[rows],
        )
    )
    for name in ('image', 'target_image'):
        data['inputs'][name] = data['inputs'][name].double()
    losses = model(**data, mode='loss')
    loss = sum(losses.values())
    loss.backward()
    gradients = {
        name: parameter.grad
        for name, parameter in model.named_parameters()
        if parameter.grad is not None
    }
    return gradients | {name: value.detach().clone() for name, value in losses.items()}


def run_rank(rank, world_size, folder):
    """A share of the batch; averages as DDP makes them."""
    os.environ['LOCAL_RANK'] = str(rank)
    distributed.init_process_group(
        'gloo', f'file://{folder}/meeting', rank=rank, world_size=world_size
    )
    share = BATCH // world_size
    rows = slice(rank * share, (rank + 1) * share)
    for task in TASKS:
        found = loss_and_gradients(task, str(folder / f'{task}.pth'), rows)
        for value in found.values():
            distributed.all_reduce(value)
            value /= world_size
        if rank == 0:
            torch.save(found, folder / f'{task}_{world_size}.pt')
    distributed.destroy_process_group()


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    """A teacher for each task."""
    folder = tmp_path_factory.mktemp('global')
    torch.manual_seed(3)
    for task in TASKS:
        teacher = MODELS.build(model_config(task))
        perturb_weights(teacher)
        torch.save(teacher.state_dict(), folder / f'{task}.pth')
    return folder


@pytest.mark.parametrize('world_size', [2, 4])
def test_equals_one_process(folder, world_size):
    (folder / 'meeting').unlink(missing_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv('CUDA_VISIBLE_DEVICES', '')
        spawn(run_rank, (world_size, folder), nprocs=world_size)
    for task in TASKS:
        expected = loss_and_gradients(task, str(folder / f'{task}.pth'), slice(None))
        found = torch.load(folder / f'{task}_{world_size}.pt')
        assert set(found) == set(expected)
        for name, value in expected.items():
            torch.testing.assert_close(
                found[name], value, rtol=1e-6, atol=1e-9, msg=f'{task}: {name}'
            )
