"""A run of several processes of which the last comes to an end at step 3.

    python -m torch.distributed.run --nproc_per_node 2 tests/unequal_run.py \
        FOLDER raises|is_killed
"""

import os
import signal
import sys
from pathlib import Path
from typing import Any

import torch
from mmengine.dist import get_dist_info
from mmengine.hooks import Hook
from mmengine.runner import Runner

from famevil_plugin.engine import join_processes, report_first_error
from tests.tiny_run import run_config


class EndAtStep3(Hook):
    """Ends the last process."""

    def __init__(self, how: str) -> None:
        self.how = how

    def before_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None
    ) -> None:
        rank, world_size = get_dist_info()
        if batch_idx + 1 != 3 or rank + 1 != world_size:
            return
        if self.how == 'is_killed':
            os.kill(os.getpid(), signal.SIGKILL)
        raise OverflowError('the shop is full')


@report_first_error
def main() -> None:
    """Train."""
    folder, how = sys.argv[1:]
    torch.set_num_threads(1)
    config = run_config(
        Path(folder), launcher='pytorch', custom_hooks=[dict(type=EndAtStep3, how=how)]
    )
    join_processes(config)
    Runner(**config).train()


if __name__ == '__main__':
    main()
