"""A model of which each process holds a share: PyTorch's FSDP2."""

import inspect
import warnings
from collections.abc import Iterator
from functools import partial
from typing import Any, cast

import torch
from mmengine.device import get_device
from mmengine.model import BaseModel
from mmengine.optim import OptimWrapper
from torch import Tensor, distributed, nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import FSDPModule, fully_shard, register_fsdp_forward_method

from famevil_plugin.models import AdaptedCLIP
from famevil_plugin.models.sharded_towers import (
    ShardedImageTower,
    ShardedTextTower,
    run_halves_in,
)
from famevil_plugin.registry import MODEL_WRAPPERS

from .equal_processes import require_equal, weight_facts
from .sharded_state import shard_loaded_weights

#: Whether this PyTorch can leave parameters out of FSDP2; from 2.7 on.
CAN_SHARD = 'ignored_params' in inspect.signature(fully_shard).parameters


@MODEL_WRAPPERS.register_module()
class TaskFullyShardedDataParallel(nn.Module):
    """Shards weights, gradients and the optimizer's state over the processes.

    A step computes what :class:`~famevil_plugin.engine
    .TaskDistributedDataParallel` computes, in less memory and with more
    exchange. The blocks of both towers and the adapters between them fetch
    their weights one by one; the rest of the model (embeddings, task adapters,
    heads) does so as a whole, for a whole step.

    To evaluate, each process has all weights from :meth:`eval` until
    :meth:`train`, as the processes' shares of the data may be of unequal
    length, and their captions, too.

    Args:
        module (BaseModel): The model.

    Raises:
        ValueError: If PyTorch is older than 2.7, whose FSDP2 can leave no
            parameter out.
    """

    def __init__(self, module: BaseModel) -> None:
        if not CAN_SHARD:
            raise ValueError(
                f'FSDP2 needs torch>=2.7 here, got {torch.__version__}: install it, '
                'or train with model_wrapper_cfg.type=TaskDistributedDataParallel'
            )
        require_equal(weight_facts(module))
        super().__init__()
        # keys and values of attention, which nothing changes in place
        warnings.filterwarnings('ignore', r'FSDP2-wrapped module .* returned a view')
        for weight in module.state_dict().values():
            distributed.broadcast(weight, src=0)
        self.module: BaseModel = module
        self.units = list(_shard(module))
        shard_loaded_weights(module)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """The model's."""
        return self.module(*args, **kwargs)

    def train_step(self, data: Any, optim_wrapper: OptimWrapper) -> dict[str, Tensor]:
        """The model's."""
        return self.module.train_step(data, optim_wrapper)

    def val_step(self, data: Any) -> Any:
        """The model's."""
        return self.module.val_step(data)

    def test_step(self, data: Any) -> Any:
        """The model's."""
        return self.module.test_step(data)

    def train(self, mode: bool = True) -> 'TaskFullyShardedDataParallel':
        """Hold shares to train, and all weights to evaluate.

        All processes of a run call it at the same place.
        """
        for unit in self.units:
            unit.set_reshard_after_forward(mode, recurse=False)
            if mode:
                unit.reshard()
            else:
                unit.unshard()
        return super().train(mode)


def _shard(model: nn.Module) -> Iterator[FSDPModule]:
    """Shard a model in place, and give all that is fetched as one."""
    device = torch.device(get_device()).type
    mesh = init_device_mesh(device, (distributed.get_world_size(),))
    for encoder in [part for part in model.modules() if isinstance(part, AdaptedCLIP)]:
        for tower in (encoder.image_tower, encoder.text_tower):
            for block in tower.blocks:
                yield fully_shard(block, mesh=mesh)
                run_halves_in(block)
        encoder.walkers = ShardedImageTower, ShardedTextTower
        for adapters in encoder.cross_adapters.values():
            for adapter in cast(nn.ModuleList, adapters):
                yield fully_shard(adapter, mesh=mesh)
                register_fsdp_forward_method(adapter, 'project_context')
    scalars = {name: p for name, p in model.named_parameters() if p.ndim == 0}
    for name, scalar in scalars.items():
        if scalar.requires_grad:
            scalar.register_post_accumulate_grad_hook(partial(_refuse, name))
    yield fully_shard(model, mesh=mesh, ignored_params=set(scalars.values()))


def _refuse(name: str, scalar: Tensor) -> None:
    raise ValueError(
        f'the scalar {name} has a gradient, and FSDP2 shards no scalars: give the '
        'parameter one dimension, torch.ones(1) in place of torch.tensor(1.0), or '
        'train with DDP'
    )
