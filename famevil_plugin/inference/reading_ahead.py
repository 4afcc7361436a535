"""Maps over photos that may be many: lazily, in order, ahead of their use."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sized
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Generic, TypeVar

Given = TypeVar('Given')
Made = TypeVar('Made')


def count(items: Iterable[Any]) -> int | None:
    """How many there are, where that is known without looking."""
    return len(items) if isinstance(items, Sized) else None


class _Mapped(Generic[Given, Made]):
    """A mapped iterable whose length is known."""

    def __init__(
        self, function: Callable[[Given], Made], items: Iterable[Given]
    ) -> None:
        self.function = function
        self.items = items

    def __iter__(self) -> Iterator[Made]:
        return map(self.function, self.items)

    def __len__(self) -> int:
        return count(self.items) or 0


def map_lazily(
    function: Callable[[Given], Made], items: Iterable[Given]
) -> Iterable[Made]:
    """As ``map``, but the result has a length where the items have one."""
    if count(items) is None:
        return map(function, items)
    return _Mapped(function, items)


def map_ahead(
    function: Callable[[Given], Made], items: Iterable[Given], workers: int, ahead: int
) -> Iterator[Made]:
    """As ``map``, but computed by threads before it is asked for.

    Args:
        function (Callable): Of one item.
        items (Iterable): Drawn from in the calling thread.
        workers (int): Threads.
        ahead (int): Results that wait to be asked for, at most.
    """
    pool = ThreadPoolExecutor(workers)
    waiting: deque[Future[Made]] = deque()
    try:
        for item in items:
            waiting.append(pool.submit(function, item))
            if len(waiting) > ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
