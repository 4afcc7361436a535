"""The four tasks of FAME-ViL in one table.

Everything else in the package refers to a task by its short name.
"""

from typing import NamedTuple


class Task(NamedTuple):
    """What the reports need to know of a task.

    Attributes:
        title (str): The task's name in the paper.
        section (str): Where the paper (arXiv 2303.02483) describes it.
        score (str): The metric that stands for the task in the scheduling
            and in the summary's mean, a percentage.
    """

    title: str
    section: str
    score: str


TASKS: dict[str, Task] = dict(
    xmr=Task('cross-modal retrieval', '3.1', 'mean'),
    tgir=Task('text-guided image retrieval', '3.1', 'mean'),
    scr=Task('sub-category recognition', '3.1', 'mean'),
    fic=Task('fashion image captioning', '3.1', 'mean'),
)


def check_task(task: str) -> str:
    """Return ``task`` if it is one of the four, else say what is."""
    if task not in TASKS:
        raise ValueError(f'unknown task {task!r}: expected one of {", ".join(TASKS)}')
    return task
