"""The 18 rows of the paper's ablation (table 4) and what it printed of them.

How a row is trained (distillation, sampling, gradients) its config says,
``configs/ablation/<scale>/<config>.py``.
"""

from typing import Any, NamedTuple

#: The tasks of the paper, whatever others there are.
PAPER_TASKS = ('xmr', 'tgir', 'scr', 'fic')


class Printed(NamedTuple):
    """A row's figures in the paper, percentages.

    Attributes:
        params (float): ``#params``, relative to row 1.
        xmr (float | None): Mean of the task's metrics; so are ``tgir``,
            ``scr`` and ``fic``, of which a row may have no captions.
        mean (float): Over the four tasks.
        delta (float): Relative to row 1.
    """

    params: float
    xmr: float | None
    tgir: float | None
    scr: float | None
    fic: float | None
    mean: float
    delta: float

    @property
    def scores(self) -> dict[str, float]:
        """By task, of the tasks there are."""
        scores = {task: getattr(self, task) for task in PAPER_TASKS}
        return {task: x for task, x in scores.items() if x is not None}


class Row(NamedTuple):
    """One row.

    Attributes:
        name (str): Its parts, in the paper's abbreviations.
        config (str): Name of its config.
        multi_task (bool): One model for all tasks, or one for each.
        task_bottleneck (int | None): Inner width of TSA at the paper's
            scale, or no TSA.
        crossing (bool): Whether XAA are there for more than captioning,
            which cannot do without.
        printed (Printed): The paper's figures.
    """

    name: str
    config: str
    multi_task: bool
    task_bottleneck: int | None
    crossing: bool
    printed: Printed

    @property
    def tasks(self) -> tuple[str, ...]:
        """The row's tasks: no captioning without XAA."""
        return tuple(self.printed.scores)

    @property
    def models(self) -> tuple[bool, int | None, bool]:
        """The row's models: equal for rows trained differently."""
        return self.multi_task, self.task_bottleneck, self.crossing

    def encoders(self) -> dict[tuple[str, ...], dict[str, Any]]:
        """By the tasks of each model of the row, its encoder's adapters.

        As in the paper's parameter counts, rows that are not trained for
        captioning have a model for it all the same, whose text looks at the
        photo.

        Returns:
            dict: Arguments of :class:`~famevil_plugin.models.AdaptedCLIP`
            that differ from the defaults.
        """
        together, apart = [PAPER_TASKS], [(task,) for task in PAPER_TASKS]
        return {
            tasks: dict(task_bottleneck=self.task_bottleneck) | self._crossing(tasks)
            for tasks in (together if self.multi_task else apart)
        }

    def _crossing(self, tasks: tuple[str, ...]) -> dict[str, Any]:
        if self.crossing:
            return {}
        return dict(cross_sides=('text',) if 'fic' in tasks else ())


ROWS: dict[int, Row] = dict(
    enumerate(
        (
            Row(
                'STL',
                'row01_stl',
                False,
                None,
                False,
                Printed(0.0, 66.30, 51.87, 90.34, None, 52.13, 0.0),
            ),
            Row(
                'STL + TSA',
                'row02_stl_tsa',
                False,
                64,
                False,
                Printed(1.35, 69.99, 52.59, 90.10, None, 53.25, 1.67),
            ),
            Row(
                'STL + XAA',
                'row03_stl_xaa',
                False,
                None,
                True,
                Printed(14.70, 66.30, 53.83, 89.89, 63.70, 68.43, 0.82),
            ),
            Row(
                'STL + TSA + XAA (ST)',
                'row04_st',
                False,
                64,
                True,
                Printed(15.96, 69.99, 55.47, 90.27, 63.67, 69.85, 3.10),
            ),
            Row(
                'MTL',
                'row05_mtl',
                True,
                None,
                False,
                Printed(-70.43, 57.65, 49.57, 85.95, None, 48.29, -5.59),
            ),
            Row(
                'MTL + TSA',
                'row06_mtl_tsa',
                True,
                64,
                False,
                Printed(-70.11, 67.97, 52.04, 90.32, None, 52.58, 0.71),
            ),
            Row(
                'MTL + XAA',
                'row07_mtl_xaa',
                True,
                None,
                True,
                Printed(-67.65, 65.87, 52.59, 90.93, 60.99, 67.60, -0.72),
            ),
            Row(
                'MTL + TSA + XAA (base)',
                'row08_mtl_tsa_xaa',
                True,
                64,
                True,
                Printed(-67.33, 69.31, 55.41, 90.84, 65.17, 70.18, 3.56),
            ),
            Row(
                'base + MTD (FAME-ViL)',
                'row09_famevil',
                True,
                64,
                True,
                Printed(-67.33, 70.00, 58.29, 91.44, 65.50, 71.31, 5.50),
            ),
            Row(
                'base + MTD + Uniform',
                'row10_uniform',
                True,
                64,
                True,
                Printed(-67.33, 67.70, 57.31, 91.36, 65.12, 70.37, 3.99),
            ),
            Row(
                'base + MTD + Round-robin',
                'row11_round_robin',
                True,
                64,
                True,
                Printed(-67.33, 67.79, 57.47, 91.35, 64.87, 70.37, 4.00),
            ),
            Row(
                'base + IAS',
                'row12_ias',
                True,
                64,
                True,
                Printed(-67.33, 69.13, 55.26, 90.51, 63.67, 69.64, 2.74),
            ),
            Row(
                'base + MTD + IAS',
                'row13_mtd_ias',
                True,
                64,
                True,
                Printed(-67.33, 70.11, 57.97, 90.88, 65.66, 71.16, 5.30),
            ),
            Row(
                'base + IMTL-G',
                'row14_imtlg',
                True,
                64,
                True,
                Printed(-67.33, 64.11, 47.12, 90.21, 55.61, 64.26, -6.33),
            ),
            Row(
                'base + MTD + IMTL-G',
                'row15_mtd_imtlg',
                True,
                64,
                True,
                Printed(-67.33, 67.14, 57.22, 90.09, 58.14, 68.15, 0.44),
            ),
            Row(
                'FAME-ViL, bottleneck 128',
                'row16_bottleneck_128',
                True,
                128,
                True,
                Printed(-65.14, 70.73, 58.03, 91.54, 66.20, 71.63, 5.95),
            ),
            Row(
                'FAME-ViL, bottleneck 256',
                'row17_bottleneck_256',
                True,
                256,
                True,
                Printed(-62.67, 71.77, 58.45, 91.10, 66.81, 72.03, 6.67),
            ),
            Row(
                'FAME-ViL, bottleneck 512',
                'row18_bottleneck_512',
                True,
                512,
                True,
                Printed(-57.73, 72.32, 58.51, 90.96, 66.92, 72.18, 6.91),
            ),
        ),
        1,
    )
)

# by row the one whose XMR model it has: that model has no XAA anyway
XMR_MODEL_OF: dict[int, int] = {3: 1, 4: 2}


def parse_rows(text: str) -> list[int]:
    """Read row numbers: ``'5,8,9'``, ``'1-4,9'``.

    Raises:
        ValueError: If there are no such rows.
    """
    rows: set[int] = set()
    for part in text.split(','):
        first, _, last = part.partition('-')
        if not (first.isdigit() and (last or first).isdigit()):
            raise ValueError(f'rows are numbers and ranges such as 1-4,9, got {text!r}')
        rows |= set(range(int(first), int(last or first) + 1))
    unknown = sorted(rows - set(ROWS))
    if unknown or not rows:
        raise ValueError(
            f'the table has the rows {min(ROWS)} to {max(ROWS)}, got {text!r}'
        )
    return sorted(rows)
