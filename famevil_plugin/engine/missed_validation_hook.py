"""The validation that a run was stopped in."""

from mmengine.hooks import Hook
from mmengine.runner import IterBasedTrainLoop, Runner

from famevil_plugin.registry import HOOKS

from .runner_state import iteration


@HOOKS.register_module()
class MissedValidationHook(Hook):
    """Makes up for a validation that a resumed run has missed.

    A checkpoint of an iteration that ends in a validation is written before
    the validation. A run that is killed between them and resumed would train
    on, or end, without its scores.
    """

    # after all other hooks are ready to train and to validate
    priority = 'LOWEST'

    def before_val_epoch(self, runner: Runner) -> None:
        """Note the iteration; a checkpoint that follows holds it."""
        runner.message_hub.update_info('validated_at', iteration(runner))

    def before_train(self, runner: Runner) -> None:
        """Validate, if that was due at the iteration resumed from."""
        if runner.val_loop is not None and _is_due(runner):
            runner.logger.info(
                f'Validating first: the run was stopped at iteration {runner.iter} '
                'before its validation had ended'
            )
            runner.val_loop.run()


def _is_due(runner: Runner) -> bool:
    """Whether MMEngine's loop would have validated after its last step."""
    loop = runner.train_loop
    return (
        isinstance(loop, IterBasedTrainLoop)
        and loop.iter >= max(loop.val_begin, 1)
        and (loop.iter % loop.val_interval == 0 or loop.iter == loop.max_iters)
        and loop.iter != runner.message_hub.get_info('validated_at')
    )
