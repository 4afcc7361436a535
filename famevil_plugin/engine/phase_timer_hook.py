"""Times of training and of validation, apart."""

import time
from typing import Any, NamedTuple

from mmengine.hooks import IterTimerHook
from mmengine.runner import IterBasedTrainLoop, Runner

from famevil_plugin.registry import HOOKS

# in the message hub, and so in checkpoints: a resumed run counts on
_SPENT = 'seconds_spent'
_TO_COME = 'validations_to_come'


class Spent(NamedTuple):
    """Seconds of a run so far, of all parts of a resumed one.

    Attributes:
        training (float): In iterations, their data included.
        validation (float): In validations, with scores and pictures.
        number (int): How many validations these were.
    """

    training: float = 0.0
    validation: float = 0.0
    number: int = 0


class ToCome(NamedTuple):
    """The validations until the end of a training.

    Attributes:
        number (int): How many.
        seconds (float, optional): How long they take, by those so far; None
            if there were none.
    """

    number: int
    seconds: float | None


def time_spent(runner: Runner) -> Spent:
    """The seconds that :class:`PhaseTimerHook` has counted."""
    return Spent(*runner.message_hub.get_info(_SPENT, Spent()))


def validations_to_come(runner: Runner) -> ToCome:
    """The validations that :class:`PhaseTimerHook` expects."""
    return ToCome(*runner.message_hub.get_info(_TO_COME, (0, None)))


@HOOKS.register_module()
class PhaseTimerHook(IterTimerHook):
    """MMEngine's timer, to which a validation is no part of the training.

    MMEngine counts what follows a validation's last batch (scores, pictures)
    as the loading of the next training batch. Here the time of an iteration
    is that of an iteration, and the training's ``eta`` leaves validations
    out; :func:`validations_to_come` tells of these.
    """

    def __init__(self) -> None:
        super().__init__()
        self.counted_until = 0.0

    def before_val(self, runner: Runner) -> None:
        """Start counting."""
        self.counted_until = time.time()

    def after_val_epoch(
        self, runner: Runner, metrics: dict[str, float] | None = None
    ) -> None:
        """Count the validation up to its scores, for who reports them."""
        super().after_val_epoch(runner, metrics)
        spent = time_spent(runner)
        self._count_validation(runner, spent._replace(number=spent.number + 1))

    def after_val(self, runner: Runner) -> None:
        """Count the rest of the validation."""
        self._count_validation(runner, time_spent(runner))
        self.t = time.time()

    def after_train_iter(self, runner: Runner, *args: Any, **kwargs: Any) -> None:
        """Count an iteration."""
        super().after_train_iter(runner, *args, **kwargs)
        seconds = float(runner.message_hub.get_scalar('train/time').current())
        spent = time_spent(runner)
        spent = spent._replace(training=spent.training + seconds)
        count = _count_validations(runner)
        each = spent.validation / spent.number if spent.number else None
        rest = None if each is None else count * each
        runner.message_hub.update_info(_SPENT, list(spent))
        runner.message_hub.update_info(_TO_COME, [count, rest])

    def _count_validation(self, runner: Runner, spent: Spent) -> None:
        now = time.time()
        spent = spent._replace(validation=spent.validation + now - self.counted_until)
        self.counted_until = now
        runner.message_hub.update_info(_SPENT, list(spent))


def _count_validations(runner: Runner) -> int:
    """Validations behind the present iteration, the one after it included."""
    loop = runner.train_loop
    if runner.val_loop is None or not isinstance(loop, IterBasedTrainLoop):
        return 0
    first, last = max(loop.val_begin, runner.iter + 1), loop.max_iters
    if first > last:
        return 0
    regular = last // loop.val_interval - (first - 1) // loop.val_interval
    return regular + bool(last % loop.val_interval)
