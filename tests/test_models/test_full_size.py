"""The paper's model at its full size, on a CPU."""

import math
import multiprocessing
import resource

import pytest
import torch
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper

from famevil_plugin.engine.idle_gradients_hook import fill_idle_gradients
from famevil_plugin.registry import MODELS
from famevil_plugin.structures import FashionSample
from tests.conftest import ROOT, TASKS

BATCH = 4
GIB = 2**20  # of the kilobytes that the system counts in


def make_batch(task):
    """Photos and texts of full length."""
    tokens = torch.randint(49405, (BATCH, 77))
    tokens[:, 0], tokens[:, -1] = 49406, 49407
    photos = torch.randint(256, (2, BATCH, 3, 224, 224), dtype=torch.uint8)
    names = ('image', 'tokens', 'target_image')
    return dict(
        inputs=dict(zip(names, (photos[0], tokens, photos[1]))),
        data_samples=[
            FashionSample(
                metainfo=dict(task=task, sample_idx=i, inputs=names), gt_label=i
            )
            for i in range(BATCH)
        ],
    )


def train_a_step_of_each_task(results):
    """Put each task's loss and the memory used so far, in kilobytes."""
    torch.set_num_threads(1)
    config = Config.fromfile(ROOT / 'configs' / 'famevil_4task_vit_b16.py')
    config.model.encoder.pretrained = None
    model = MODELS.build(config.model)
    optim_wrapper = build_optim_wrapper(model, config.optim_wrapper)
    optim_wrapper.optimizer.register_step_pre_hook(fill_idle_gradients)
    for task in TASKS:
        losses = model.train_step(make_batch(task), optim_wrapper)
        results.put(
            (
                task,
                losses[f'{task}/loss'].item(),
                resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
            )
        )


@pytest.mark.slow
def test_a_training_step_of_each_task_within_12_gib():
    context = multiprocessing.get_context('spawn')
    results = context.Queue()
    child = context.Process(target=train_a_step_of_each_task, args=(results,))
    child.start()
    child.join(timeout=600)
    assert child.exitcode == 0
    for _ in TASKS:
        task, loss, peak = results.get(timeout=10)
        print(f'{task}: loss {loss:.3f}, {peak / GIB:.2f} GiB at most so far')
        assert math.isfinite(loss) and loss > 0
        assert peak < 12 * GIB
