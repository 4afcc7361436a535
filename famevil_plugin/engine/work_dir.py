"""What a training left in its work dir: its config and its checkpoints."""

import logging
from pathlib import Path

from mmengine.config import Config
from mmengine.logging import print_log

from .resumption import POINTER, find_newest_whole


def find_config(work_dir: Path) -> Config:
    """The config that lies in a work dir, of several the newest.

    Raises:
        FileNotFoundError: If there is none.
    """
    files = sorted(work_dir.glob('*.py'), key=lambda path: path.stat().st_mtime_ns)
    if not files:
        raise FileNotFoundError(
            f'no config in {work_dir}: expected a folder that tools/train.py '
            'wrote, with its config (*.py) and checkpoints in it'
        )
    if len(files) > 1:
        print_log(
            f'{work_dir} holds {len(files)} configs; the newest, '
            f'{files[-1].name}, is taken',
            logger='current',
            level=logging.WARNING,
        )
    return Config.fromfile(files[-1])


def find_checkpoint(work_dir: Path, config: Config) -> Path:
    """The newest whole checkpoint of a work dir; what is passed over is said.

    Raises:
        FileNotFoundError: If there is none.
    """
    hook = (config.get('default_hooks') or {}).get('checkpoint') or {}
    unit = 'epoch' if hook.get('by_epoch', True) else 'iter'
    template = hook.get('filename_tmpl') or f'{unit}_{{}}.pth'
    folder = work_dir
    if hook.get('out_dir') and Path(hook['out_dir']) != work_dir:
        folder = Path(hook['out_dir']) / work_dir.resolve().name
    found = find_newest_whole(folder, template, work_dir / POINTER)
    reasons = '; '.join(f'{name}: {why}' for name, why in found.passed_over.items())
    if found.path is None:
        raise FileNotFoundError(
            f'no whole checkpoint in {folder}: expected {template.format("N")}'
            f'{f" ({reasons})" if reasons else ""}. Train one (tools/train.py CONFIG '
            f'--work-dir {work_dir}), or name a checkpoint that lies elsewhere'
        )
    if reasons:
        print_log(
            f'passed over in {folder}: {reasons}',
            logger='current',
            level=logging.WARNING,
        )
    return found.path
