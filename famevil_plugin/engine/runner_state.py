"""The state of MMEngine's runner that has no public access.

All private attributes of MMEngine that the package touches from outside are
touched here. ``tests/test_engine/test_runner_state.py`` says what each must
be, and fails where another version of MMEngine is different.
"""

from typing import Any, NamedTuple, cast

from mmengine.evaluator import Evaluator
from mmengine.model import is_model_wrapper
from mmengine.optim import OptimWrapper
from mmengine.runner import BaseLoop, Runner
from torch import nn
from torch.optim import Optimizer


def trains(runner: Runner) -> bool:
    """Whether the runner trains, and does not only validate or test.

    ``runner.train_loop`` and ``runner.iter`` would build the training loop,
    and with it the training data, where there is none yet.
    """
    return isinstance(runner._train_loop, BaseLoop)


def bare_model(runner: Runner) -> nn.Module:
    """The runner's model without what data-parallel training wraps around it."""
    model = runner.model
    return cast(nn.Module, model.module) if is_model_wrapper(model) else model


def optimizer_of(runner: Runner) -> Optimizer:
    """The optimizer of a training that is about to begin."""
    return cast(OptimWrapper, runner.optim_wrapper).optimizer


def accumulative_counts(runner: Runner) -> int:
    """How many batches make a step of the optimizer."""
    return cast(OptimWrapper, runner.optim_wrapper)._accumulative_counts


def makes_step(runner: Runner) -> bool:
    """Whether the last batch made a step of the optimizer.

    If not, it is one of several whose gradients are gathered.
    """
    return cast(OptimWrapper, runner.optim_wrapper).should_update()


def given_seed(runner: Runner) -> int | None:
    """The seed that the config gives, if it does."""
    return runner._randomness_cfg.get('seed')


def iteration(runner: Runner) -> int:
    """The iteration of a training, 0 where there is none."""
    return runner.iter if trains(runner) else 0


def resumes(runner: Runner) -> bool:
    """Whether the runner goes on with a training that was stopped."""
    return runner._resume


def checkpoint_to_load(runner: Runner) -> str | None:
    """The checkpoint that the runner starts or resumes from.

    None where it starts from nothing, or resumes from the latest one.
    """
    return runner._load_from


def set_checkpoint_to_load(runner: Runner, path: str | None, resume: bool) -> None:
    """Choose the checkpoint before the runner reads it.

    Args:
        runner (Runner): The runner, in ``before_run``.
        path (str, optional): The checkpoint; None to start from nothing.
        resume (bool): Whether to go on with its training.
    """
    runner._load_from = path
    runner._resume = resume


def seed_of(runner: Runner) -> str:
    """The seed, without the rank that ``diff_rank_seed`` adds to it."""
    apart = runner._randomness_cfg.get('diff_rank_seed', False)
    return str(cast(int, runner.seed) - (runner.rank if apart else 0))


class Use(NamedTuple):
    """What a data set or an evaluator is there for.

    Attributes:
        mode (str): ``train``, ``val`` or ``test``.
        task (str): Its name; empty where the mode has no tasks.
    """

    mode: str
    task: str

    def __str__(self) -> str:
        return f'{self.mode} {self.task}'.strip()


def data_sets(runner: Runner) -> dict[Use, Any]:
    """The data sets of the loops that the runner has built."""
    found: dict[Use, Any] = {}
    for mode, loop in _built_loops(runner):
        parts = getattr(loop, 'loops', None)
        whole = None if parts else loop.dataloader.dataset
        own: Any = getattr(whole, 'datasets', None)
        if parts:
            own = {task: part.dataloader.dataset for task, part in parts.items()}
        elif not isinstance(own, dict):
            own = {'': whole}
        found |= {Use(mode, task): dataset for task, dataset in own.items()}
    return found


def evaluators(runner: Runner) -> dict[Use, Evaluator]:
    """The evaluators of the loops that the runner has built."""
    found: dict[Use, Evaluator] = {}
    for mode, loop in _built_loops(runner):
        own = getattr(loop, 'evaluator', {})
        own = own if isinstance(own, dict) else {'': own}
        found |= {Use(mode, task): evaluator for task, evaluator in own.items()}
    return found


def _built_loops(runner: Runner) -> list[tuple[str, Any]]:
    loops = dict(train=runner._train_loop, val=runner._val_loop, test=runner._test_loop)
    return [(mode, loop) for mode, loop in loops.items() if isinstance(loop, BaseLoop)]
