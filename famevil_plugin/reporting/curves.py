"""Curves of a training: what its logs tell of losses, scores and rates."""

import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

Curve = dict[int, float]

#: No curve of a training: times, and what is there twice.
_LEFT_OUT = ('time', 'data_time', 'iter', 'step', 'base_lr', 'lr')


def read_curves(work_dir: Path) -> dict[str, Curve]:
    """Every scalar that a training wrote, by step.

    A training that was resumed has a log for each of its parts; where two
    tell of a step, the later one counts.

    Args:
        work_dir (Path): The training's folder.

    Returns:
        dict[str, dict[int, float]]: By name, as ``xmr/loss`` or
        ``fic/BLEU-4``, the values by step.

    Raises:
        FileNotFoundError: If there is no log.
    """
    files = sorted(work_dir.glob('*/vis_data/scalars.json'))
    if not files:
        raise FileNotFoundError(
            f'{work_dir} has no */vis_data/scalars.json: expected the work dir of a '
            'training'
        )
    curves: dict[str, Curve] = {}
    for file in files:
        for line in file.read_text('utf-8').splitlines():
            try:
                values = json.loads(line)
            except json.JSONDecodeError:  # the last one of a killed part
                continue
            for name, value in values.items():
                if name not in _LEFT_OUT:
                    curves.setdefault(name, {})[values['step']] = value
    return {name: dict(sorted(curve.items())) for name, curve in curves.items()}


def by_task(names: Sequence[str]) -> dict[str, list[str]]:
    """Names of curves by what stands before their first slash; others under
    ``all tasks``."""
    groups: dict[str, list[str]] = {}
    for name in names:
        task, slash, _ = name.partition('/')
        groups.setdefault(task if slash else 'all tasks', []).append(name)
    return groups


def draw_curves(runs: Mapping[str, Mapping[str, Curve]], names: Sequence[str]) -> bytes:
    """PNG: a row of panels a task, its losses and its scores.

    Args:
        runs (Mapping): Curves by the run's name.
        names (Sequence[str]): Those to draw.
    """
    from matplotlib.figure import Figure

    groups = {
        (task, kind): some
        for task, members in by_task(names).items()
        for kind, some in _by_kind(members).items()
        if some
    }
    drawing = Figure(figsize=(8, 3.2 * len(groups)))
    panels = drawing.subplots(len(groups), 1, squeeze=False)[:, 0]
    for panel, ((task, kind), members) in zip(panels, groups.items()):
        for run, curves in runs.items():
            for name in members:
                curve = curves.get(name, {})
                label = name.partition('/')[2] or name
                panel.plot(
                    list(curve),
                    list(curve.values()),
                    marker='.' if len(curve) < 20 else '',
                    label=f'{run}: {label}' if len(runs) > 1 else label,
                )
        panel.set_title(f'{task}: {kind}')
        panel.set_xlabel('step')
        panel.grid(alpha=0.3)
        panel.legend(fontsize=7, ncols=2)
    drawing.tight_layout()
    file = io.BytesIO()
    drawing.savefig(file, format='png', dpi=100)
    return file.getvalue()


def _by_kind(names: Sequence[str]) -> dict[str, list[str]]:
    losses = [name for name in names if 'loss' in name or 'norm' in name]
    return {'losses': losses, 'values': [name for name in names if name not in losses]}
