"""Several processes, with or without GPUs."""

import inspect
import os
import re
import subprocess
import time
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

import torch
from mmengine.config import Config
from mmengine.dist import init_dist
from mmengine.model import MMDistributedDataParallel
from mmengine.utils.dl_utils import set_multi_processing
from torch import distributed, nn
from torch.distributed.elastic.multiprocessing.errors import record
from torch.nn.parallel import DistributedDataParallel

from famevil_plugin.registry import MODEL_WRAPPERS

from .equal_processes import config_facts, require_equal, version_facts, weight_facts

# as gloo and NCCL say it
_PEER_ENDED = re.compile('by peer|remote process exited')
# torchrun looks ten times a second
_SECONDS_TO_BE_ENDED = 5
#: Seconds that a process waits for another, PyTorch's own over gloo.
DEFAULT_TIMEOUT = 1800
# of DDP: the model's buffers are constants; torch 2.14 renamed the argument
_CONSTANT_BUFFERS = next(
    {name: False}
    for name in ('forward_sync_buffers', 'broadcast_buffers')
    if name in inspect.signature(DistributedDataParallel).parameters
)


@MODEL_WRAPPERS.register_module()
class TaskDistributedDataParallel(MMDistributedDataParallel):
    """DDP for a model of which each step uses one task's part.

    Processes with other models are refused by name before DDP exchanges
    weights.

    Args:
        module (nn.Module): The model.
        device_ids (list[int], optional): The rank's GPU; without GPUs it
            does not matter.
        **kwargs: Other arguments of DDP.
    """

    def __init__(
        self, module: nn.Module, device_ids: list[int] | None = None, **kwargs: Any
    ) -> None:
        require_equal(weight_facts(module))
        super().__init__(
            module,
            device_ids=device_ids if torch.cuda.is_available() else None,
            **_CONSTANT_BUFFERS,
            find_unused_parameters=True,
            **kwargs,
        )


def report_first_error(main: Callable[[], None]) -> Callable[[], None]:
    """Let torchrun's last lines say which process ended a run, and why.

    A process whose peer has ended fails within moments, too. It waits for
    torchrun to end it, so that its error is not taken for the first one.

    Args:
        main (Callable): The main function of a program.
    """

    @wraps(main)
    def run() -> None:
        try:
            main()
        except RuntimeError as error:
            if _PEER_ENDED.search(str(error)):
                time.sleep(_SECONDS_TO_BE_ENDED)
            raise

    return record(run)


def join_processes(config: Config) -> None:
    """Join the processes of a run, if they were started alike.

    Nothing has been built yet, so processes with other settings, code or
    libraries cannot have come apart. Without a GPU they join over gloo, which
    MMEngine's ``init_dist`` cannot do. ``env_cfg.dist_cfg.timeout``, in
    seconds, bounds how long one waits for another.

    Args:
        config (Config): What the run will be built from, with ``launcher``:
            ``none``, ``pytorch``, ``slurm`` or ``mpi``.

    Raises:
        ValueError: If the launcher needs a GPU and there is none, or the
            processes were not started alike.
    """
    launcher = config.get('launcher', 'none')
    if launcher == 'none':
        return
    environment = config.get('env_cfg', {})
    settings = dict(environment.get('dist_cfg', {}))
    if torch.cuda.is_available():
        # else the runner would change it, with a warning
        set_multi_processing(**environment.get('mp_cfg', {}), distributed=True)
        init_dist(launcher, **settings)
    else:
        _join_over_gloo(launcher, settings.get('timeout', DEFAULT_TIMEOUT))
    require_equal(config_facts(config) | version_facts())


def _join_over_gloo(launcher: str, timeout: float) -> None:
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
    distributed.init_process_group('gloo', timeout=timedelta(seconds=timeout))
