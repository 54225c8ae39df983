"""Sums and rows by group against plain Python: by numpy, and by the kernels, interpreted and compiled."""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlmcore.genealogy import grouped, threads
from mlmcore.genealogy._compiled import compiled
from mlmcore.genealogy._kernels.grouped import add_up, gather
from mlmcore.genealogy.grouped import rows_by, sums_by

GROUPS = 5
values_by_group = st.lists(st.tuples(st.integers(0, GROUPS - 1), st.integers(-(2**40), 2**40)), max_size=40)


@pytest.fixture(params=["numpy", "interpreted", "compiled"], scope="class")
def _way(request: pytest.FixtureRequest) -> Iterator[None]:
    """How the sums are found; a part may be as small as can be."""
    patch = pytest.MonkeyPatch()
    patch.setattr(grouped, "_WORTH_IT", 10**9 if request.param == "numpy" else 0)
    patch.setattr(grouped, "_FULL_ENOUGH", 10**9)
    for name, kernel in (("_add_up", add_up), ("_gather", gather)):
        patch.setattr(grouped, name, compiled(kernel, compile_from=0 if request.param == "compiled" else 10**9))
    patch.setattr(threads, "_SMALLEST_PART", 1)
    yield
    patch.undo()


@pytest.mark.usefixtures("_way")
class TestAgainstTwin:
    """What one by one comes to."""

    @given(values_by_group, st.sampled_from([np.int32, np.int64]), st.sampled_from([1, 3]))
    def test_sums(self, rows: list[tuple[int, int]], dtype: type[np.signedinteger], several: int) -> None:
        """Whatever the type of the groups, and by however many threads."""
        expected = [sum(value for group, value in rows if group == one) for one in range(GROUPS)]
        group, values = np.array([row[0] for row in rows], dtype), np.array([row[1] for row in rows], np.int64)

        with threads.using(several):
            assert sums_by(group, values, GROUPS).tolist() == expected

    @given(st.lists(st.integers(0, GROUPS - 1), max_size=20), st.data())
    def test_rows(self, groups: list[int], data: st.DataObject) -> None:
        """Group by group; in a group, as they are given."""
        rows = data.draw(st.permutations(range(len(groups))))

        found = rows_by(np.array(groups, dtype=np.int32), GROUPS, np.array(rows, dtype=np.int32))

        assert found.tolist() == sorted(rows, key=lambda row: groups[row])
