"""The mix of tasks, as a function of (seed, step, position)."""

from collections import Counter
from itertools import islice
from types import SimpleNamespace

import numpy as np
import pytest

from famevil_plugin.datasets import TaskSampler
from famevil_plugin.datasets.task_schedules import SCHEDULES, find_schedule

SIZES = dict(xmr=30, tgir=21, scr=30, fic=30)
DATASET = SimpleNamespace(sizes=SIZES)


def take(sampler, count):
    return list(islice(iter(sampler), count))


def as_rank(monkeypatch, rank, world):
    monkeypatch.setattr(
        'famevil_plugin.datasets.task_sampler.get_dist_info', lambda: (rank, world)
    )


@pytest.mark.parametrize('schedule', SCHEDULES)
def test_a_batch_holds_one_task(schedule):
    items = take(TaskSampler(DATASET, 4, schedule, seed=1), 4 * 60)
    for start in range(0, len(items), 4):
        batch = items[start : start + 4]
        assert len({item.task for item in batch}) == 1
        assert all(0 <= i.index < SIZES[i.task] for i in batch)


def test_skip_continues_the_same_stream():
    whole = take(TaskSampler(DATASET, 4, seed=1), 4 * 40)
    resumed = TaskSampler(DATASET, 4, seed=1)
    resumed.skip(4 * 17)
    assert take(resumed, 4 * 23) == whole[4 * 17 :]


def test_each_epoch_of_a_task_is_a_permutation():
    items = take(TaskSampler(DATASET, 5, seed=0), 5 * 200)
    indices = [i.index for i in items if i.task == 'scr']
    for epoch in range(2):
        assert sorted(indices[epoch * 30 : epoch * 30 + 30]) == list(range(30))
    assert indices[:30] != indices[30:60]


def test_every_visit_has_its_own_seed():
    items = take(TaskSampler(DATASET, 4, seed=0), 4000)
    assert len({item.seed for item in items}) == len(items)


def test_ranks_share_the_task_and_split_the_batch(monkeypatch):
    alone = take(TaskSampler(DATASET, 6, seed=3), 6 * 30)
    ranks = []
    for rank in (0, 1):
        as_rank(monkeypatch, rank, 2)
        ranks.append(take(TaskSampler(DATASET, 3, seed=3), 3 * 30))
    for step in range(30):
        one, two = (rank[3 * step : 3 * step + 3] for rank in ranks)
        # the same global batch as one process, down to the augmentation
        assert one + two == alone[6 * step : 6 * step + 6]


def test_a_task_smaller_than_a_batch_still_fills_it():
    small = SimpleNamespace(sizes=dict(xmr=3))
    batch = take(TaskSampler(small, 8, seed=0), 8)
    assert {item.index for item in batch} == {0, 1, 2}


def test_proportions():
    sizes, steps = list(SIZES.values()), 20000
    drawn = SCHEDULES['size_proportional'](sizes, 0, 0, steps)
    np.testing.assert_allclose(
        np.bincount(drawn) / steps, np.array(sizes) / sum(sizes), atol=0.01
    )
    drawn = SCHEDULES['uniform'](sizes, 0, 0, steps)
    np.testing.assert_allclose(np.bincount(drawn) / steps, 0.25, atol=0.01)
    drawn = SCHEDULES['round_robin'](sizes, 0, 2, 10)
    assert drawn.tolist() == [2, 3, 0, 1, 2, 3, 0, 1]


def shares(schedule, sizes, scales=None, steps=20000):
    drawn = find_schedule(schedule)(sizes, 0, 0, steps, scales)
    return np.bincount(drawn) / steps


@pytest.mark.parametrize(
    ('temperature', 'expected'),
    [(1.0, (0.8, 0.2)), (2.0, (2 / 3, 1 / 3)), (1e6, (0.5, 0.5))],
)
def test_temperature(temperature, expected):
    """Sizes 4 to 1 become 2 to 1 by their square roots."""
    schedule = dict(type='temperature', temperature=temperature)
    np.testing.assert_allclose(shares(schedule, [400, 100]), expected, atol=0.01)
    if temperature == 2:
        assert (shares('temperature', [400, 100]) == shares(schedule, [400, 100])).all()


@pytest.mark.parametrize(
    ('schedule', 'expected'),
    [
        ('size_proportional', (120, 5, 25)),
        ('uniform', (1.5, 0.5, 1.0)),
        ('temperature', (1.5 * 4, 0.5 * 2, 1.0)),
    ],
)
def test_scales_multiply_probabilities(schedule, expected):
    sizes = [80, 20, 5] if schedule == 'temperature' else [80, 10, 25]
    np.testing.assert_allclose(
        shares(schedule, sizes, [1.5, 0.5, 1.0]),
        np.array(expected) / sum(expected),
        atol=0.01,
    )


def test_scales_from_a_step_on():
    """Whenever they are set, and for a resumed stream as for the whole."""
    plain = [i.task for i in take(TaskSampler(DATASET, 1, seed=2), 400)]
    sampler = TaskSampler(DATASET, 1, seed=2)
    items = iter(sampler)
    begun = [next(items) for _ in range(150)]
    sampler.rescale(200, dict(xmr=0.0, fic=0.0))
    sampler.rescale(300, dict(xmr=1.0))
    whole = begun + list(islice(items, 250))
    tasks = [item.task for item in whole]
    assert tasks[:200] == plain[:200] and tasks[300:] == plain[300:]
    assert set(tasks[200:300]) == {'tgir', 'scr'}
    resumed = TaskSampler(DATASET, 1, seed=2)
    resumed.rescale(200, dict(xmr=0.0, fic=0.0))
    resumed.rescale(300, dict(xmr=1.0))
    resumed.skip(250)
    assert take(resumed, 150) == whole[250:]


def test_nothing_to_scale():
    with pytest.raises(ValueError, match='round_robin has no probabilities'):
        TaskSampler(DATASET, 1, 'round_robin', seed=0).rescale(9, {})


@pytest.mark.parametrize('schedule', SCHEDULES)
def test_any_range_of_steps_can_be_asked_for(schedule):
    sizes = list(SIZES.values())
    whole = find_schedule(schedule)(sizes, 5, 0, 3000)
    for start, stop in ((0, 1), (1000, 1100), (1024, 2048), (2999, 3000)):
        part = find_schedule(schedule)(sizes, 5, start, stop)
        assert (part == whole[start:stop]).all()


def test_seeds_differ():
    first, second = (Counter(take(TaskSampler(DATASET, 4, seed=s), 40)) for s in (0, 1))
    assert first != second


def test_unknown_schedule():
    message = "unknown task schedule 'sometimes'.*round_robin"
    with pytest.raises(ValueError, match=message):
        TaskSampler(DATASET, 4, 'sometimes', seed=0)


@pytest.mark.parametrize(
    ('schedule', 'message'),
    [
        (dict(temperature=2.0), 'unknown task schedule None'),
        (
            dict(type='uniform', temperature=2.0),
            'uniform has no setting temperature: expected none',
        ),
        (
            dict(type='temperature', t=2.0),
            'temperature has no setting t: expected temperature',
        ),
        (dict(type='temperature', temperature=0.0), 'must be positive, got 0.0'),
    ],
)
def test_settings_of_schedules(schedule, message):
    with pytest.raises(ValueError, match=message):
        take(TaskSampler(DATASET, 4, schedule, seed=0), 1)
