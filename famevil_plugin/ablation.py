"""The 18 rows of the paper's ablation (table 4): what each row's models are.

How a row is trained (distillation, sampling, gradients) does not change its
models; that is said by the configs.
"""

from typing import Any, NamedTuple

from .tasks import TASKS


class Row(NamedTuple):
    """One row.

    Attributes:
        name (str): Its parts, in the paper's abbreviations.
        multi_task (bool): One model for all tasks, or one for each.
        task_bottleneck (int | None): Inner width of TSA, or no TSA.
        crossing (bool): Whether XAA are there for more than captioning,
            which cannot do without.
        paper (float): The paper's ``#params``, percent relative to row 1.
    """

    name: str
    multi_task: bool
    task_bottleneck: int | None
    crossing: bool
    paper: float

    def encoders(self) -> dict[tuple[str, ...], dict[str, Any]]:
        """By the tasks of each model of the row, its encoder's adapters.

        Returns:
            dict: Arguments of :class:`~famevil_plugin.models.AdaptedCLIP`
            that differ from its model's defaults.
        """
        together, apart = [tuple(TASKS)], [(task, ) for task in TASKS]
        captioning = {} if self.crossing else dict(cross_sides=('text', ))
        return {
            tasks: dict(task_bottleneck=self.task_bottleneck) |
            (captioning if 'fic' in tasks else dict(cross_sides=())
             if not self.crossing else {})
            for tasks in (together if self.multi_task else apart)
        }


ROWS: dict[int, Row] = dict(
    enumerate((
        Row('STL', False, None, False, 0.),
        Row('STL + TSA', False, 64, False, 1.35),
        Row('STL + XAA', False, None, True, 14.70),
        Row('STL + TSA + XAA (ST)', False, 64, True, 15.96),
        Row('MTL', True, None, False, -70.43),
        Row('MTL + TSA', True, 64, False, -70.11),
        Row('MTL + XAA', True, None, True, -67.65),
        Row('MTL + TSA + XAA (base)', True, 64, True, -67.33),
        Row('base + MTD (FAME-ViL)', True, 64, True, -67.33),
        Row('base + MTD + Uniform', True, 64, True, -67.33),
        Row('base + MTD + Round-robin', True, 64, True, -67.33),
        Row('base + IAS', True, 64, True, -67.33),
        Row('base + MTD + IAS', True, 64, True, -67.33),
        Row('base + IMTL-G', True, 64, True, -67.33),
        Row('base + MTD + IMTL-G', True, 64, True, -67.33),
        Row('FAME-ViL, bottleneck 128', True, 128, True, -65.14),
        Row('FAME-ViL, bottleneck 256', True, 256, True, -62.67),
        Row('FAME-ViL, bottleneck 512', True, 512, True, -57.73),
    ), 1))
