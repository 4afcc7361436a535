"""Mixed precision that a CPU knows too."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from mmengine.device import get_device
from mmengine.optim import OptimWrapper
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
        with super().optim_context(model), torch.autocast(device, dtype=torch.bfloat16):
            yield
