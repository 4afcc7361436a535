"""How many cores there are to work with."""

import os


def usable_cores() -> int:
    """The cores that this process may run on.

    A machine's own number says too much where a job has a share of it, by
    ``taskset``, a scheduler or a container's set of cores.
    """
    if hasattr(os, 'sched_getaffinity'):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
