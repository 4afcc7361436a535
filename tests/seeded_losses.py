"""Losses of seeded steps, to the bit: what a refactoring must not change.

    python -m tests.seeded_losses > before.txt
    (change the code)
    python -m tests.seeded_losses | diff before.txt -

Trains ``configs/famevil_4task.py`` for 50 steps on a few drawn products, the
tasks in turn, and prints each step's task and losses and at the end a digest
of all weights. Compare on one machine, with one version of PyTorch.
"""

import hashlib
import tempfile
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.runner import Runner

from famevil_plugin.datasets.mini_fashion import draw_mini_fashion
from famevil_plugin.datasets.mini_fashion.catalogue import MiniFashionSizes

CONFIG = Path(__file__).parents[1] / 'configs' / 'famevil_4task.py'
SIZES = MiniFashionSizes(48, 8, 24, 24, 16, 4)
STEPS = 50


class LossPrinter(Hook):
    """Prints the losses of every step."""

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: Any = None,
        outputs: dict[str, torch.Tensor] | None = None,
    ) -> None:
        """Print names and values, the latter exactly."""
        losses = ' '.join(
            f'{name} {value.item().hex()}' for name, value in (outputs or {}).items()
        )
        print(f'{batch_idx + 1:3d} {losses}')


def seeded_config(folder: Path) -> Config:
    """The default config, short, on a small data set below ``folder``."""
    config = Config.fromfile(CONFIG)
    root = draw_mini_fashion(folder / 'products', workers=1, sizes=SIZES)
    loader = config.train_dataloader
    loader.update(batch_size=8, num_workers=0, persistent_workers=False)
    loader.sampler.schedule = 'round_robin'
    for dataset in loader.dataset.datasets.values():
        dataset.data_root = str(root)
    no_evaluation = [
        f'{mode}_{part}'
        for mode in ('val', 'test')
        for part in ('cfg', 'dataloader', 'evaluator')
    ]
    config.merge_from_dict(
        dict(
            work_dir=str(folder / 'run'),
            **dict.fromkeys(no_evaluation),
            train_cfg=dict(max_iters=STEPS),
            default_hooks=dict(checkpoint=dict(interval=10 * STEPS, save_last=False)),
            custom_hooks=[dict(type=LossPrinter)],
            visualizer=dict(vis_backends=[]),
            log_level='ERROR',
        )
    )
    return config


def main() -> None:
    """Train and print."""
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        runner = Runner.from_cfg(seeded_config(Path(folder)))
        runner.train()
    digest = hashlib.sha256()
    for name, value in sorted(runner.model.state_dict().items()):
        digest.update(name.encode() + value.numpy().tobytes())
    print('weights', digest.hexdigest())


if __name__ == '__main__':
    main()
