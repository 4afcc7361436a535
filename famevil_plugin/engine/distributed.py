"""Several processes, with or without GPUs."""

import inspect
import os
import subprocess
from typing import Any

import torch
from mmengine.model import MMDistributedDataParallel
from torch import distributed, nn
from torch.nn.parallel import DistributedDataParallel

from famevil_plugin.registry import MODEL_WRAPPERS

# of DDP: the model's buffers are constants; torch 2.14 renamed the argument
_CONSTANT_BUFFERS = next(
    {name: False}
    for name in ('forward_sync_buffers', 'broadcast_buffers')
    if name in inspect.signature(DistributedDataParallel).parameters
)


@MODEL_WRAPPERS.register_module()
class TaskDistributedDataParallel(MMDistributedDataParallel):
    """DDP for a model of which each step uses one task's part.

    Args:
        module (nn.Module): The model.
        device_ids (list[int], optional): The rank's GPU; without GPUs it
            does not matter.
        **kwargs: Other arguments of DDP.
    """

    def __init__(
        self, module: nn.Module, device_ids: list[int] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(
            module,
            device_ids=device_ids if torch.cuda.is_available() else None,
            **_CONSTANT_BUFFERS,
            find_unused_parameters=True,
            **kwargs,
        )


def join_processes(launcher: str) -> None:
    """Join the other processes over gloo where there is no GPU.

    With GPUs MMEngine does it, over NCCL; its ``init_dist`` cannot do
    without.

    Args:
        launcher (str): ``none``, ``pytorch``, ``slurm`` or ``mpi``.

    Raises:
        ValueError: If the launcher needs a GPU and there is none.
    """
    if launcher == 'none' or torch.cuda.is_available():
        return
    if launcher == 'slurm':
        nodes = os.environ['SLURM_NODELIST']
        first = subprocess.check_output(
            ['scontrol', 'show', 'hostname', nodes], text=True
        ).split()[0]
        os.environ.setdefault('MASTER_ADDR', first)
        os.environ.setdefault('MASTER_PORT', '29500')
        for name, source in (
            ('RANK', 'PROCID'),
            ('WORLD_SIZE', 'NTASKS'),
            ('LOCAL_RANK', 'LOCALID'),
        ):
            os.environ[name] = os.environ[f'SLURM_{source}']
    elif launcher != 'pytorch':
        raise ValueError(
            f'launcher {launcher!r} needs GPUs here: use pytorch '
            'or slurm to run on CPUs'
        )
    distributed.init_process_group('gloo')
