"""What rollups refuse: floats, wrong lengths, sums that leave 64 bits."""

import numpy as np
import pytest

from genealogy.forests import int32
from mlmcore.domain.errors import InputError, RefusedError
from mlmcore.genealogy import Genealogy, IdIndex, build, rollups

LARGEST = 2**63 - 1


def pair() -> Genealogy:
    """One above, one below."""
    return build(IdIndex.from_labels(["a", "b"]), int32([-1, 0]))


class TestTypes:
    """Wrong types, lengths and levels."""

    @pytest.mark.parametrize(
        ("values", "kind"),
        [
            (np.array([1.0, 2.0]), "float64"),
            (np.array([1, 2], dtype=np.uint64), "uint64"),
            (np.array([True, False]), "bool"),
            (np.array([1, 2], dtype=object), "object"),
            ([1, 2], "list"),
        ],
    )
    def test_only_whole_numbers_are_added(self, values: object, kind: str) -> None:
        """No float ever, and nothing is converted behind the caller's back."""
        with pytest.raises(InputError) as caught:
            rollups.group_sum(pair(), values)  # type: ignore[arg-type]  # wrong on purpose

        assert str(caught.value) == f"the values are {kind}; give int64: whole numbers of the smallest unit"

    def test_a_mask_is_bool(self) -> None:
        """0 and 1 are not yes and no."""
        with pytest.raises(InputError, match=r"^until is int64; give bool, one for each node$"):
            rollups.group_count(pair(), until=np.array([0, 1]))

    def test_there_is_one_value_for_each_node(self) -> None:
        """A wrong length would read out of range in a kernel."""
        with pytest.raises(InputError) as caught:
            rollups.group_max(pair(), np.array([1, 2, 3]), empty=0)

        assert str(caught.value) == (
            "the values: shape (3,), but the genealogy has 2 nodes; give one for each node, in node order"
        )

    def test_there_is_one_flag_for_each_node(self) -> None:
        """A mask of one would silently hold for everybody."""
        with pytest.raises(InputError) as caught:
            rollups.group_count(pair(), where=np.array([True]))

        assert str(caught.value) == (
            "where: shape (1,), but the genealogy has 2 nodes; give one for each node, in node order"
        )

    @pytest.mark.parametrize(("first", "last"), [(-1, 1), (2, 1)])
    def test_levels_go_down(self, first: int, last: int) -> None:
        """Level 0 is the person, and the first is not after the last."""
        with pytest.raises(InputError) as caught:
            rollups.levels_sum(pair(), np.array([1, 2]), first, last)

        assert str(caught.value) == f"there are no levels {first} to {last}; 0 is the person, 1 the front"


class TestOverflow:
    """Sums at and beyond 64 bits."""

    def test_a_sum_up_to_the_limit_is_exact(self) -> None:
        """The largest int64 itself is reached."""
        assert rollups.group_sum(pair(), np.array([LARGEST - 1, 1])).tolist() == [LARGEST, 1]
        assert rollups.group_sum(pair(), np.array([-LARGEST, 0])).tolist() == [-LARGEST, 0]

    @pytest.mark.parametrize("values", [[LARGEST, 1], [-LARGEST, -1], [LARGEST, -1], [-(2**63), 0]])
    @pytest.mark.parametrize("until", [None, np.array([False, False])])
    def test_a_sum_that_could_leave_64_bits_is_refused(self, values: list[int], until: rollups.Mask) -> None:
        """Nothing wraps: the bound is the sum of the absolute values."""
        with pytest.raises(RefusedError) as caught:
            rollups.downline_sum(pair(), np.array(values), until=until)

        assert isinstance(caught.value, OverflowError)
        assert caught.value.code == "genealogy.overflow"
        assert str(caught.value) == (
            "sums of these values could reach 9,223,372,036,854,775,808, beyond the 9,223,372,036,854,775,807 "
            "that 64 bits hold; use fewer decimal places, or sum a part"
        )

    def test_who_does_not_count_adds_nothing_to_the_bound(self) -> None:
        """The bound is over those who count."""
        where = np.array([True, False])

        assert rollups.group_sum(pair(), np.array([5, LARGEST]), where=where).tolist() == [5, 0]

    def test_a_maximum_needs_no_bound(self) -> None:
        """Nothing is added, so nothing is refused; the smallest int64 is a value like others."""
        values = np.array([-(2**63), -(2**63)])

        assert rollups.group_max(pair(), values, empty=0).tolist() == [-(2**63)] * 2
        assert rollups.downline_max(pair(), values, empty=0).tolist() == [-(2**63), 0]


class TestResults:
    """What is handed out."""

    def test_results_are_read_only(self) -> None:
        """What is handed out is frozen, also where nothing was to be done."""
        values = np.array([1, 2])
        for answer in (
            rollups.group_sum(pair(), values),
            rollups.level_sum(pair(), values, 0),
            rollups.front_max(pair(), values, empty=0),
            rollups.group_any(pair(), values > 1),
        ):
            assert not answer.flags.writeable

    def test_values_of_the_caller_stay_writable(self) -> None:
        """Level 0 is the values themselves, but not the caller's array."""
        values = np.array([1, 2])
        answer = rollups.level_sum(pair(), values, 0)
        values[0] = 9

        assert answer.tolist() == [1, 2]

    def test_a_constant_needs_no_memory(self) -> None:
        """Broadcast arrays of stride 0 are taken."""
        assert rollups.group_sum(pair(), np.broadcast_to(np.int64(3), 2)).tolist() == [6, 3]
