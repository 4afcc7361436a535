"""A training that goes on is the one that was stopped, or says how it differs."""

from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import Runner

from famevil_plugin.registry import HOOKS

from .resumed_schedule import follow_from_start, keep_settings, schedule_differences
from .runner_state import given_seed, resumes, trains
from .training_facts import compare_trainings, describe_training

_KEY = 'training'


@HOOKS.register_module()
class ResumedTrainingHook(Hook):
    """Compares a run that resumes with the checkpoint's; nothing changes silently.

    MMEngine takes learning rates, schedules and the seed from the checkpoint,
    whatever the config says, and the rest from the config, whatever the
    checkpoint says. Here what the config says takes effect with a line in the
    log, or is refused:

    ========================================== =================================
    another one on resume                      what happens
    ========================================== =================================
    ``train_cfg.max_iters``,                   takes effect: the new schedule at
    ``param_scheduler``                        the present step, as if it had
                                               been so all along
    ``optim_wrapper.optimizer``'s settings     take effect, and the schedule
    (rates, decay, betas),                     anew
    ``paramwise_cfg`` with the same groups
    ``train_dataloader.sampler.schedule``      takes effect from here on
    ``model.teachers``                         takes effect from here on
    mixed precision (``--amp``)                takes effect from here on
    data root, number of training items        takes effect from here on
    processes, with the same global batch      takes effect: the same batches,
                                               equal up to rounding
    global batch                               refused
    ``optim_wrapper.type``, the optimizer's,   refused
    ``accumulative_counts``, other groups
    tasks                                      refused
    ``randomness.seed``                        refused; where none is given, a
                                               word, as the batches are others
    ========================================== =================================

    What is refused can start a new training from the weights: ``load_from``
    without ``--resume``. Checkpoints that were written without this hook are
    compared as far as they say.
    """

    priority = 'VERY_HIGH'

    def __init__(self) -> None:
        self.new_schedule = False

    def before_save_checkpoint(
        self, runner: Runner, checkpoint: dict[str, Any]
    ) -> None:
        """Note the training's facts."""
        checkpoint['meta'][_KEY] = describe_training(runner)

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict[str, Any]) -> None:
        """Compare, before anything of the checkpoint is taken over.

        Raises:
            ValueError: If the training would be another one.
        """
        if not (trains(runner) and resumes(runner)):
            return
        if 'optimizer' not in checkpoint:
            raise ValueError(
                'the checkpoint holds weights alone, without the state of the '
                'optimizer (as best_*.pth do): resume from an iter_*.pth, or start '
                'a new training from it: --cfg-options load_from=FILE, without --resume'
            )
        now = describe_training(runner)
        before = checkpoint['meta'].get(_KEY)
        if not isinstance(before, dict):
            before = dict(seed=checkpoint['meta'].get('seed', now['seed']))
        if given_seed(runner) is None:
            del now['seed']
            runner.logger.warning(
                'resuming without randomness.seed: batches and augmentation are drawn '
                f'anew; randomness.seed={before.get("seed")} goes on with the same'
            )
        refused, told = compare_trainings(before, now)
        if refused:
            raise ValueError(
                f'this is another training than the checkpoint is of: '
                f'{"; ".join(refused)}. Give what it was, or start a new training '
                'from its weights: --cfg-options load_from=FILE, without --resume'
            )
        for difference in told:
            runner.logger.warning(f'resuming with another setting: {difference}')
        schedule = schedule_differences(runner, checkpoint)
        self.new_schedule = bool(schedule)
        if schedule:
            runner.logger.warning(
                f"the config's schedule is followed, not the checkpoint's: "
                f'{"; ".join(schedule)}'
            )
            keep_settings(runner, checkpoint)

    def before_train(self, runner: Runner) -> None:
        """Take a new schedule to the present step."""
        if self.new_schedule:
            follow_from_start(runner)
            self.new_schedule = False
