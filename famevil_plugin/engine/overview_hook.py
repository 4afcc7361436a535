"""What a run is about to do, before its first step."""

from collections.abc import Mapping
from typing import Any

import torch
from mmengine.hooks import Hook
from mmengine.runner import Runner

from famevil_plugin.registry import HOOKS

from .runner_state import bare_model, checkpoint_to_load, resumes


@HOOKS.register_module()
class OverviewHook(Hook):
    """Logs device, data, weights, length and work dir.

    The environment, the config and the hooks stand in the log file.
    """

    # before a validation that a resumed run makes up for
    priority = 'LOW'

    def before_train(self, runner: Runner) -> None:
        """Log what is trained."""
        loader = runner.train_dataloader
        rows = dict(training=_sizes(loader.dataset))
        if runner.val_loop is not None:
            rows['validation'] = _evaluated(runner.val_loop)
        length = f'{runner.max_iters:,} iterations of {loader.batch_size}'
        if runner.world_size > 1:
            length += f' on each of {runner.world_size} processes'
        if runner.iter:
            length += f', from {runner.iter:,} on'
        if runner.val_loop is not None:
            interval = min(runner.val_interval, runner.max_iters)
            length += f'; a validation every {interval:,}'
        self._log(runner, rows, length=length)

    def before_test(self, runner: Runner) -> None:
        """Log what is tested."""
        self._log(runner, dict(test=_evaluated(runner.test_loop)))

    def _log(
        self, runner: Runner, rows: Mapping[str, Mapping[str, int]], **more: str
    ) -> None:
        facts = dict(device=_device(runner), weights=_weights(runner))
        if 'data_root' in runner.cfg:
            facts['data'] = str(runner.cfg.data_root)
        facts |= more
        facts['work dir'] = f'{runner.work_dir} (log: {runner.timestamp}/)'
        lines = [f'  {name:<12}{fact}' for name, fact in facts.items()]
        tasks = list(dict.fromkeys(task for row in rows.values() for task in row))
        lines += ['', f'  {"items":<12}' + ''.join(f'{task:>12}' for task in tasks)]
        for name, row in rows.items():
            cells = (f'{row[task]:,}' if task in row else '-' for task in tasks)
            lines.append(f'  {name:<12}' + ''.join(f'{cell:>12}' for cell in cells))
        runner.logger.info('\n' + '\n'.join(lines) + '\n')


def _sizes(data: Any) -> dict[str, int]:
    return dict(data.sizes) if hasattr(data, 'sizes') else {'all': len(data)}


def _evaluated(loop: Any) -> dict[str, int]:
    loops = getattr(loop, 'loops', {'all': loop})
    return {task: len(own.dataloader.dataset) for task, own in loops.items()}


def _device(runner: Runner) -> str:
    device = next(bare_model(runner).parameters()).device
    if device.type == 'cuda':
        return f'{device} ({torch.cuda.get_device_name(device)})'
    threads = torch.get_num_threads()
    return f'{device}, {threads} thread{"s" if threads > 1 else ""}'


def _weights(runner: Runner) -> str:
    """Where the weights come from."""
    path = checkpoint_to_load(runner)
    if path is not None:
        return f'{path}, going on' if resumes(runner) else path
    encoder = runner.cfg.get('model', {}).get('encoder', {})
    return str(encoder.get('pretrained') or 'random')
