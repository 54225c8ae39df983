"""Work in several threads: halves of a loop, things that do not touch each other, or one beside all that follows.

Kernels and numpy let go of Python's lock, so two threads take half the time. Each part writes where only it writes, and
what is added up is whole numbers, so that the bytes are the same with one thread or with several. Nothing is started
where nobody asked for it (`using`), nor for work that is done before a thread stands.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

__all__ = ["available", "in_parts", "later", "taken", "together", "using"]

_T = TypeVar("_T")  # Python 3.11 has no syntax for it
_D = TypeVar("_D", bound=np.generic)

_SMALLEST_PART: Final = 25_000
"""Fewer elements than these are done by one thread: half of a kernel's `COMPILE_FROM`."""
_MOST: Final = 8
_threads: ContextVar[int] = ContextVar("mlmcore_threads", default=1)


def available() -> int:
    """How many threads are used where nobody says it: one for each processor that this process may use, at most 8."""
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(processors, _MOST)


@contextmanager
def using(threads: int) -> Iterator[None]:
    """Let so many threads work inside the block."""
    token = _threads.set(threads)
    try:
        yield
    finally:
        _threads.reset(token)


def in_parts(size: int, work: Callable[[int, int], _T]) -> list[_T]:
    """Do `work(begin, end)` for parts of 0..size-1, one behind the other, and return what each gave, in their order."""
    parts = max(1, min(_threads.get(), size // _SMALLEST_PART))
    edges = [size * part // parts for part in range(parts + 1)]
    if parts == 1:
        return [work(0, size)]
    with ThreadPoolExecutor(parts) as pool:
        return list(pool.map(work, edges[:-1], edges[1:]))


def taken(values: NDArray[_D], rows: NDArray[Any]) -> NDArray[_D]:
    """`values[rows]`, by several threads where there are many positions; as everywhere, -1 is the last one.

    Raises:
        IndexError: There is no such row.
    """
    if len(rows) < _SMALLEST_PART or rows.dtype == np.bool_:
        few: NDArray[_D] = values[rows]
        return few
    if int(rows.max()) >= len(values) or int(rows.min()) < -len(values):
        raise IndexError(f"rows from {rows.min()} to {rows.max()} were asked for, and there are {len(values)}")
    found = np.empty((len(rows), *values.shape[1:]), dtype=values.dtype)

    def take(begin: int, end: int) -> None:
        values.take(rows[begin:end], axis=0, out=found[begin:end], mode="wrap")

    in_parts(len(rows), take)
    return found


def together(size: int, *works: Callable[[], _T]) -> list[_T]:
    """Do works that do not touch each other, at the same time where `size` is worth it; what each gave, in their order.

    Where several fail, the error is that of the first of them.
    """
    threads = min(_threads.get(), len(works))
    if threads == 1 or size < _SMALLEST_PART:
        return [work() for work in works]
    with ThreadPoolExecutor(threads) as pool:
        return [future.result() for future in [pool.submit(work) for work in works]]


def later(size: int, work: Callable[[], _T]) -> Callable[[], _T]:
    """Begin a work that touches nothing of what follows, and return what waits for it.

    It is done at once, and raises at once, where no second thread was asked for or `size` is not worth one. Otherwise
    what it raises comes when it is waited for.
    """
    if _threads.get() == 1 or size < _SMALLEST_PART:
        done = work()
        return lambda: done
    pool = ThreadPoolExecutor(1)
    future = pool.submit(work)
    pool.shutdown(wait=False)
    return future.result
