"""What every benchmark shares: timing in one run, the floor that memory sets, and a table of ratios.

Seconds of one machine mean little on another, so each benchmark times ours and what one might use instead in the same
run and prints how many times as long the others take. Nothing here knows what is measured.
"""

import gc
import platform
import resource
import time
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, TypeVar

import numpy as np
from attrs import define, field

__all__ = ["Table", "best_of", "copy_seconds", "have", "machine", "once", "peak_gib"]

T = TypeVar("T")


def once(work: Callable[[], T]) -> tuple[float, T]:
    """Seconds of one run, and its result."""
    gc.collect()
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def best_of(work: Callable[[], Any], runs: int = 7) -> float:
    """The shortest of several runs in seconds, after one that is not counted.

    What else the machine did in a longer one is no property of the code.
    """
    work()
    return min(once(work)[0] for _ in range(runs))


def copy_seconds(read: int, written: int) -> float:
    """Seconds that this machine takes to read and write so many bytes in a row: the floor for any pass over them."""
    source = np.ones(max(read, written) // 8, dtype=np.int64)
    target = np.empty_like(source)
    seconds = best_of(lambda: np.copyto(target, source))
    return seconds * (read + written) / (2 * source.nbytes)


def have(*modules: str) -> bool:
    """Whether the packages of the extra `bench` are there; says so where they are not."""
    missing = [name for name in modules if find_spec(name) is None]
    if missing:
        print(f"({', '.join(missing)}: not installed; pip install '.[bench]')")
    return not missing


def machine() -> str:
    """Where the numbers come from."""
    return f"{platform.machine()}, Python {platform.python_version()}, numpy {np.__version__}"


def peak_gib() -> float:
    """The most memory that this process has held, in GiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


@define
class Table:
    """Rows of name and seconds, printed with the ratio to the first."""

    title: str
    rows: list[tuple[str, float, str]] = field(factory=list)

    def add(self, name: str, seconds: float, note: str = "") -> None:
        """Take one row; the first is ours."""
        self.rows.append((name, seconds, note))

    def print(self) -> None:
        """Print what was measured."""
        ours = self.rows[0][1]
        print(f"\n{self.title}\n{'':46}{'time':>12}{'times ours':>12}")
        for name, seconds, note in self.rows:
            print(f"{name:46}{_shown(seconds):>12}{seconds / ours:>12,.1f}  {note}".rstrip())


def _shown(seconds: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.2f} {unit}"
    return f"{seconds * 1e6:.2f} us"
