"""Mixed precision: the twins of the optim wrappers, and the choice of one."""

import torch
from mmengine.config import Config
from mmengine.optim import AmpOptimWrapper, OptimWrapper

from famevil_plugin.registry import OPTIM_WRAPPERS

from .autocast_optim_wrapper import AutocastOptimWrapper
from .multi_task_optim_wrapper import AdaptiveOptimWrapper, IMTLGOptimWrapper


@OPTIM_WRAPPERS.register_module()
class AmpAdaptiveOptimWrapper(AdaptiveOptimWrapper, AmpOptimWrapper):
    """IAS with MMEngine's mixed precision, on an accelerator."""


@OPTIM_WRAPPERS.register_module()
class AutocastAdaptiveOptimWrapper(AdaptiveOptimWrapper, AutocastOptimWrapper):
    """IAS in bfloat16."""


@OPTIM_WRAPPERS.register_module()
class AmpIMTLGOptimWrapper(IMTLGOptimWrapper, AmpOptimWrapper):
    """IMTL-G with MMEngine's mixed precision, on an accelerator.

    The loss scale cancels in the combination. Where a gradient is not finite
    the combination is not either, and the scaler skips the step.
    """


@OPTIM_WRAPPERS.register_module()
class AutocastIMTLGOptimWrapper(IMTLGOptimWrapper, AutocastOptimWrapper):
    """IMTL-G in bfloat16."""


# by the plain wrapper, its twins on an accelerator and on a CPU
_TWINS: dict[type, tuple[type, type]] = {
    OptimWrapper: (AmpOptimWrapper, AutocastOptimWrapper),
    AdaptiveOptimWrapper: (AmpAdaptiveOptimWrapper, AutocastAdaptiveOptimWrapper),
    IMTLGOptimWrapper: (AmpIMTLGOptimWrapper, AutocastIMTLGOptimWrapper),
}


def plain_wrapper(kind: type) -> type:
    """The wrapper whose mixed-precision twin a wrapper is, or itself."""
    return next((plain for plain, twins in _TWINS.items() if kind in twins), kind)


def use_mixed_precision(config: Config) -> None:
    """Give a config's optim wrapper its mixed-precision twin.

    On an accelerator that works with MMEngine's ``AmpOptimWrapper``, on a CPU
    with :class:`AutocastOptimWrapper`.

    Args:
        config (Config): Changed in place.

    Raises:
        ValueError: If the wrapper is one that has no twin.
    """
    wrapper = config.optim_wrapper
    kind = (
        OPTIM_WRAPPERS.get(wrapper.type)
        if isinstance(wrapper.type, str)
        else wrapper.type
    )
    if any(kind in twins for twins in _TWINS.values()):
        return
    if kind not in _TWINS:
        raise ValueError(
            '--amp knows the mixed-precision twins of '
            f'{", ".join(known.__name__ for known in _TWINS)}, got '
            f'optim_wrapper.type {wrapper.type}: name a twin in the config'
        )
    accelerated, plain = _TWINS[kind]
    wrapper.type = accelerated if torch.cuda.is_available() else plain
