"""The config's learning rates, where a training goes on with others.

A checkpoint holds the settings of the optimizer's groups and of the
schedulers, and MMEngine restores both: a longer schedule, or another learning
rate, would do nothing without a word.
"""

import warnings
from collections.abc import Iterator, Mapping
from typing import Any

from mmengine.optim import OptimWrapper, _ParamScheduler
from mmengine.runner import Runner

# of schedulers, what changes from step to step
_PROGRESS = frozenset(
    {
        '_global_step',
        '_last_value',
        'base_values',
        'best',
        'cooldown_counter',
        'last_step',
        'num_bad_epochs',
        'verbose',
    }
)


def schedulers_of(runner: Runner) -> list[_ParamScheduler]:
    """The schedulers of a training that is about to begin."""
    found = runner.param_schedulers
    return list(found) if isinstance(found, list) else []


def schedule_differences(runner: Runner, checkpoint: Mapping[str, Any]) -> list[str]:
    """Compare the config's optimizer settings and schedulers with a checkpoint's.

    Args:
        runner (Runner): The runner, before it takes the checkpoint's state.
        checkpoint (Mapping): Of MMEngine.

    Raises:
        ValueError: If the optimizer's groups are others.
    """
    return [
        *_group_differences(runner, checkpoint),
        *_scheduler_differences(runner, checkpoint),
    ]


def keep_settings(runner: Runner, checkpoint: dict[str, Any]) -> None:
    """Let a checkpoint bring the optimizer's moments, and no settings.

    Args:
        runner (Runner): The runner, before it takes the checkpoint's state.
        checkpoint (dict): Changed in place.

    Raises:
        ValueError: If a scheduler goes by scores, which are not known again.
    """
    if any(getattr(s, 'need_val_args', False) for s in schedulers_of(runner)):
        raise ValueError(
            'a schedule that goes by scores cannot be another one after a resume: '
            'give the param_scheduler and the optimizer settings of the checkpoint'
        )
    checkpoint.pop('param_schedulers', None)
    state = checkpoint['optimizer']
    wrapper = _wrapper(runner)
    for group, saved in zip(wrapper.optimizer.param_groups, state['param_groups']):
        saved.update({k: v for k, v in group.items() if k != 'params'})
    state.pop('base_param_settings', None)


def follow_from_start(runner: Runner) -> None:
    """Take fresh schedulers to the step at which a training goes on.

    The rates are those of a training that had this schedule all along.
    """
    schedulers = [s for s in schedulers_of(runner) if not s.by_epoch]
    with warnings.catch_warnings():
        # that the optimizer has made no step since the schedulers were built
        warnings.simplefilter('ignore', UserWarning)
        for _ in range(runner.iter):
            for scheduler in schedulers:
                scheduler.step()


def _wrapper(runner: Runner) -> OptimWrapper:
    assert isinstance(runner.optim_wrapper, OptimWrapper)
    return runner.optim_wrapper


def _group_differences(runner: Runner, checkpoint: Mapping[str, Any]) -> Iterator[str]:
    scheduled = {scheduler.param_name for scheduler in schedulers_of(runner)}
    groups = _wrapper(runner).optimizer.param_groups
    saved = checkpoint['optimizer']['param_groups']
    sizes, saved_sizes = ([len(g['params']) for g in part] for part in (groups, saved))
    if sizes != saved_sizes:
        raise ValueError(
            'the optimizer has other parameter groups than in the checkpoint: '
            f'{sizes} tensors, there {saved_sizes}: give the '
            'optim_wrapper.paramwise_cfg of the checkpoint, or start a new training '
            'from its weights (load_from=FILE without --resume)'
        )
    changed = {
        (key, repr(before[key]), repr(now[key]))
        for now, before in zip(groups, saved)
        for key in now.keys() & before.keys() - {'params'} - scheduled
        if now[key] != before[key]
    }
    for key, before, now in sorted(changed):
        yield f"the optimizer's {key.removeprefix('initial_')} was {before}, is {now}"


def _scheduler_differences(
    runner: Runner, checkpoint: Mapping[str, Any]
) -> Iterator[str]:
    now = [_settings(s.state_dict()) for s in schedulers_of(runner)]
    before = [_settings(s) for s in checkpoint.get('param_schedulers', ())]
    if len(now) != len(before):
        yield f'param_scheduler had {len(before)} entries, has {len(now)}'
        return
    for number, (one, other) in enumerate(zip(before, now)):
        if one.keys() != other.keys():
            yield f'param_scheduler.{number} is of another type'
            continue
        for key in one:
            if one[key] != other[key]:
                yield f'param_scheduler.{number}.{key} was {one[key]}, is {other[key]}'


def _settings(state: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in state.items() if key not in _PROGRESS}
