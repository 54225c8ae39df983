"""Ids of calculated lines."""

from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlmcore.repositories.line_ids import LINES_MAX, LineKind, line_ids, run_id

DIGESTS = st.text("0123456789abcdef", min_size=64, max_size=64)


def uuid_of_line(digest: str, number: int, kind: LineKind) -> UUID:
    """The slow twin: write the id's fields as RFC 9562 names them, one bit string at a time."""
    bits = f"{int(digest[:20], 16):080b}"
    fields = bits[:48] + "1000" + bits[48:60] + "10" + bits[60:] + f"{kind:02b}" + f"{number:040b}"
    return UUID(int=int(fields, 2))


class TestLineIds:
    """`line_ids` and `run_id`."""

    @given(DIGESTS, st.integers(0, LINES_MAX - 4), st.sampled_from(LineKind))
    def test_they_are_what_the_twin_writes(self, digest: str, first: int, kind: LineKind) -> None:
        """Each id is the digest, the kind and the number."""
        ids = line_ids(digest, 3, kind=kind, first=first)

        assert [UUID(int=int(high) << 64 | int(low)) for high, low in ids] == [
            uuid_of_line(digest, first + shift, kind) for shift in range(3)
        ]

    def test_they_are_of_version_eight(self) -> None:
        """A reader can tell that nothing in them is random."""
        found = run_id("f" * 64)

        assert (found.version, found.variant) == (8, "specified in RFC 4122")

    def test_no_two_lines_of_a_run_share_one(self) -> None:
        """Not even across the kinds."""
        ids = np.vstack([line_ids("0" * 64, 1000, kind=kind) for kind in LineKind])

        assert len(np.unique(ids, axis=0)) == 4000

    def test_they_ascend_with_the_number(self) -> None:
        """So that reading by id is reading in the engine's order."""
        low = line_ids("ab" * 32, 1000)[:, 1]

        assert (np.diff(low.astype(object)) == 1).all()

    def test_a_short_digest_is_refused(self) -> None:
        """Twenty digits are needed."""
        with pytest.raises(ValueError, match="at least 20 hex digits"):
            line_ids("abc", 1)

    def test_too_many_lines_are_refused(self) -> None:
        """Forty bits hold a number."""
        with pytest.raises(ValueError, match="line numbers are 0 to 1099511627775"):
            line_ids("0" * 64, 2, first=LINES_MAX - 1)
