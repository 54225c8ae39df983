"""One kernel, two ways to run it: interpreted while the input is small, compiled by numba when it is not.

Importing numba and loading six kernels costs seconds cold, which a case of five people should not pay, so nothing is
imported or compiled before the first large input. Both ways run the same source and give the same numbers. Numba's own
switches work as everywhere: `NUMBA_DISABLE_JIT=1` interprets everything (coverage sees the kernels then) and
`NUMBA_BOUNDSCHECK=1` checks every index.
"""

from collections.abc import Callable
from typing import Any, Final, cast

import numpy as np

__all__ = ["COMPILE_FROM", "CompiledKernel", "Kernel", "compiled"]

COMPILE_FROM: Final = 50_000
"""From how many elements on a kernel is compiled.

Measured on two cores with Python 3.11 and numba 0.68: interpreted, these kernels take 0.2 to 0.7 microseconds an
element; the first compiled call costs 0.6 s (numba's import and one kernel from its cache) and each further kernel
0.1 s, or 0.3 to 1 s without a cache. A month calls kernels dozens of times, so at 50,000 people both ways cost about
the same, and below that nobody waits for numba. Whatever is compiled already stays in use for small inputs too.
"""

Kernel = Callable[..., None]


class CompiledKernel:
    """A kernel that decides by size how it runs.

    Called with the size first and then the kernel's own arguments: arrays of a plain integer or boolean type, or
    numbers. The kernel must use nothing but indexing, `len` and arithmetic, and give nothing back.
    """

    def __init__(self, kernel: Kernel, compile_from: int) -> None:
        self._kernel = kernel
        self._compile_from = compile_from
        self._dispatcher: Kernel | None = None
        self.__doc__ = kernel.__doc__
        self.__name__ = kernel.__name__

    def __call__(self, size: int, *arguments: Any) -> None:
        """Run the kernel.

        Args:
            size: How many elements it works through; decides how it runs.
            arguments: The kernel's own arguments.
        """
        if size >= self._compile_from or self._dispatcher is not None:
            self.run_compiled(*arguments)
        else:
            self.run_interpreted(*arguments)

    def run_interpreted(self, *arguments: Any) -> None:
        """Run the kernel's Python over memoryviews: they index faster than arrays and hold Python's numbers."""
        views = [memoryview(cast("Any", item)) if isinstance(item, np.ndarray) else item for item in arguments]
        self._kernel(*views)

    def run_compiled(self, *arguments: Any) -> None:
        """Run the kernel's machine code, compiling it (or reading it from numba's cache) at the first call."""
        if self._dispatcher is None:
            self._dispatcher = _jit(self._kernel, cache=True)
        try:
            self._dispatcher(*arguments)
        except OSError:  # the cache became unwritable or full; compilation comes before the first write to an array
            self._dispatcher = _jit(self._kernel, cache=False)
            self._dispatcher(*arguments)


def compiled(kernel: Kernel, compile_from: int = COMPILE_FROM) -> CompiledKernel:
    """Wrap a kernel; nothing is compiled yet.

    Args:
        kernel: A function as in `_kernels`.
        compile_from: The size from which compiling pays.
    """
    return CompiledKernel(kernel, compile_from)


def _jit(kernel: Kernel, *, cache: bool) -> Kernel:
    from numba import njit  # noqa: PLC0415  (0.3 to 1.2 s, paid only by large inputs)

    try:
        return cast("Kernel", njit(kernel, nogil=True, cache=cache))
    except RuntimeError:  # numba finds no folder that it can write its cache to
        return cast("Kernel", njit(kernel, nogil=True))
