"""Time and memory of some works that take turns."""

import ctypes
import statistics
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch.utils.flop_counter import (
    FlopCounterMode,
    sdpa_backward_flop_count,
    sdpa_flop_count,
)

Work = Callable[[], Any]

MIB = 2**20


class Measured(NamedTuple):
    """Medians of one work.

    Attributes:
        seconds (float): By the clock.
        cpu_seconds (float): Of this process's threads; on a machine that
            does something else besides it tells more than the clock.
        memory (float): MiB at the peak beyond what was held before.
    """

    seconds: float
    cpu_seconds: float
    memory: float


class Result(NamedTuple):
    """What was timed, and what came out.

    Attributes:
        what (str): Its name.
        unit (str): What it makes, as ``photos``.
        items (int): How many in a turn.
        measured (Mapping): By work, ``ours`` and what it is compared with.
        flops (int): Of ours, in a turn; 0 where they were not counted.
        peak (float): FLOPs a second of a large matrix product beside it.
    """

    what: str
    unit: str
    items: int
    measured: Mapping[str, Measured]
    flops: int = 0
    peak: float = 0.0

    def numbers(self) -> dict[str, Any]:
        """As plain numbers; ``ratio`` is the baseline's time over ours."""
        ours = self.measured['ours']
        found: dict[str, Any] = dict(
            what=self.what,
            unit=self.unit,
            items=self.items,
            **{name: measured._asdict() for name, measured in self.measured.items()},
            items_per_second=self.items / ours.seconds,
        )
        if 'eager' in self.measured:
            eager = self.measured['eager']
            found['ratio'] = eager.seconds / ours.seconds
            found['cpu_ratio'] = eager.cpu_seconds / ours.cpu_seconds
        if self.flops and self.peak:
            found['gflops'] = self.flops / 1e9
            found['utilisation'] = self.flops / ours.seconds / self.peak
        return found


def alternate(
    works: Mapping[str, Work], repeats: int = 5, warm_up: int = 1
) -> dict[str, Measured]:
    """Let works take turns, so that whatever slows the machine slows all.

    Args:
        works (Mapping[str, Callable]): By name, something to do.
        repeats (int): Turns that count. Defaults to 5.
        warm_up (int): Turns before them. Defaults to 1.
    """
    turns: dict[str, list[Measured]] = {name: [] for name in works}
    for turn in range(warm_up + repeats):
        for name, work in works.items():
            measured = _measure(work)
            if turn >= warm_up:
                turns[name].append(measured)
    return {
        name: Measured(*map(statistics.median, zip(*found)))
        for name, found in turns.items()
    }


def matmul_work(device: torch.device, dtype: torch.dtype) -> tuple[Work, int]:
    """A large matrix product, and its FLOPs: what the device can do."""
    side = 8192 if device.type == 'cuda' else 1024
    left, right = torch.rand(2, side, side, device=device).to(dtype)
    return lambda: left @ right, 2 * side**3


def count_flops(work: Work) -> int:
    """FLOPs of the matrix products, convolutions and attention of a work,
    as they are run, with those of the way back."""
    ops = torch.ops.aten
    on_cpu = {
        ops._scaled_dot_product_flash_attention_for_cpu: _attention,
        ops._scaled_dot_product_flash_attention_for_cpu_backward: _attention_backward,
    }
    with FlopCounterMode(display=False, custom_mapping=on_cpu) as counter:
        work()
    return counter.get_total_flops()


def _attention(query: Any, key: Any, value: Any, *_: Any, **__: Any) -> int:
    return sdpa_flop_count(query, key, value)


def _attention_backward(
    gradient: Any, query: Any, key: Any, value: Any, *_: Any, **__: Any
) -> int:
    return sdpa_backward_flop_count(gradient, query, key, value)


def _measure(work: Work) -> Measured:
    accelerated = torch.cuda.is_available()
    if accelerated:
        torch.cuda.synchronize()
        torch.cuda.reset_peak_memory_stats()
        held = torch.cuda.memory_allocated()
    else:
        _forget_peak()
        held = _resident('VmRSS')
    start, cpu_start = time.perf_counter(), time.process_time()
    work()
    if accelerated:
        torch.cuda.synchronize()
    seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - cpu_start
    peak = torch.cuda.max_memory_allocated() if accelerated else _resident('VmHWM')
    return Measured(seconds, cpu_seconds, max(peak - held, 0) / MIB)


def _forget_peak() -> None:
    """Let the kernel count this process's peak anew, where it does so, from
    what is in use: freed memory that C's library kept goes back first."""
    switch = Path('/proc/self/clear_refs')
    if not switch.exists():
        return
    give_back = getattr(ctypes.CDLL(None), 'malloc_trim', None)
    if give_back is not None:
        give_back(0)
    switch.write_text('5')


def _resident(name: str) -> int:
    """Bytes of memory, ``VmRSS`` now or ``VmHWM`` at most; 0 if not known."""
    status = Path('/proc/self/status')
    lines = status.read_text().splitlines() if status.exists() else []
    found = [line.split() for line in lines if line.startswith(f'{name}:')]
    return 1024 * int(found[0][1]) if found else 0
