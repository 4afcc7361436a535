"""Mixed precision, with or without an accelerator."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from mmengine.config import Config
from mmengine.device import get_device
from mmengine.optim import AmpOptimWrapper, OptimWrapper
from torch import nn

from famevil_plugin.registry import OPTIM_WRAPPERS


@OPTIM_WRAPPERS.register_module()
class AutocastOptimWrapper(OptimWrapper):
    """Runs the forward pass in bfloat16 where that is safe.

    bfloat16 has fp32's range, so there is no loss scale to keep. MMEngine's
    ``AmpOptimWrapper`` refuses to work on a CPU, this one does.
    """

    @contextmanager
    def optim_context(self, model: nn.Module) -> Iterator[None]:
        """MMEngine's context, under autocast."""
        device = torch.device(get_device()).type
        with super().optim_context(model), torch.autocast(
                device, dtype=torch.bfloat16):
            yield


def use_mixed_precision(config: Config) -> None:
    """Give a config's optim wrapper its mixed-precision twin.

    On an accelerator that is MMEngine's ``AmpOptimWrapper``, on a CPU
    :class:`AutocastOptimWrapper`.

    Args:
        config (Config): Changed in place.

    Raises:
        ValueError: If the wrapper is one that has no twin.
    """
    wrapper = config.optim_wrapper
    if wrapper.type in (AmpOptimWrapper, AutocastOptimWrapper,
                        'AmpOptimWrapper', 'AutocastOptimWrapper'):
        return
    if wrapper.type not in (OptimWrapper, 'OptimWrapper'):
        raise ValueError(
            '--amp knows the mixed-precision twin of OptimWrapper, got '
            f'optim_wrapper.type {wrapper.type}: name a twin in the config')
    if torch.cuda.is_available():
        wrapper.type = AmpOptimWrapper
        wrapper.loss_scale = 'dynamic'
    else:
        wrapper.type = AutocastOptimWrapper
