"""`compiled`: by size, interpreted or compiled, with and without a cache."""

import subprocess
import sys

import numpy as np
import pytest

from mlmcore.genealogy import _compiled
from mlmcore.genealogy._arrays import Ints64, sealed


def add_up(values: Ints64, total: Ints64) -> None:
    """A kernel as small as can be."""
    for at in range(len(values)):
        total[0] += values[at]


def summed(kernel: _compiled.CompiledKernel, size: int) -> int:
    """What the kernel says of 0..4."""
    total = np.zeros(1, dtype=np.int64)
    kernel(size, sealed(np.arange(5)), total)
    return int(total[0])


class TestSize:
    """When a kernel is compiled."""

    def test_small_inputs_bring_no_numba(self) -> None:
        """A case of five people pays for no compiler."""
        program = (
            "import sys; from mlmcore.genealogy import build_from_labels, rollups; "
            "tree = build_from_labels(['a', 'b'], ['', 'a']); "
            "rollups.group_max(tree, rollups.group_count(tree), empty=0); print('numba' in sys.modules)"
        )
        ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

        assert ran.stdout == "False\n"

    def test_from_the_size_on_it_is_compiled_and_stays_so(self) -> None:
        """What is compiled already is used for small inputs too."""
        kernel = _compiled.compiled(add_up, compile_from=100)

        compiled_after = []
        for size in (99, 100, 1):
            assert summed(kernel, size) == 10
            compiled_after.append(kernel._dispatcher is not None)

        assert compiled_after == [False, True, True]


class TestCache:
    """Numba's cache on disk."""

    def test_where_no_cache_can_be_written_it_compiles_without(self) -> None:
        """Numba finds no folder for code that comes from no file, and nothing is said about it."""
        space: dict[str, _compiled.Kernel] = {}
        exec("def add_up(values, total):\n    for at in range(len(values)):\n        total[0] += values[at]", space)

        assert summed(_compiled.compiled(space["add_up"], compile_from=0), 5) == 10

    def test_a_cache_that_stops_taking_writes_is_given_up(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A full disk does not stop a month."""
        real = _compiled._jit

        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(_compiled, "_jit", lambda kernel, cache: full if cache else real(kernel, cache=False))

        assert summed(_compiled.compiled(add_up, compile_from=0), 5) == 10
