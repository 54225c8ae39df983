"""What rollups refuse: floats, wrong lengths, sums that leave 64 bits."""

import numpy as np
import pytest

from genealogy.forests import int32
from mlmcore.domain.errors import InputError, RefusedError
from mlmcore.genealogy import Genealogy, IdIndex, build, rollups
from mlmcore.genealogy.rollups import RollupOverflowError

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

    @pytest.mark.parametrize("name", ["level", "levels"])
    @pytest.mark.parametrize("function", ["sum", "count", "max", "top", "largest", "any", "all"])
    def test_no_level_is_above_the_person(self, name: str, function: str) -> None:
        """Whatever is asked of them."""
        given: dict[str, tuple[object, ...]] = {
            "count": (),
            "top": (np.array([1, 2]), 1),
            "largest": (np.array([1, 2]), 1),
            "any": (np.array([True, False]),),
            "all": (np.array([True, False]),),
        }
        at = (-1,) if name == "level" else (-1, 1)
        more = {"empty": 0} if function == "max" else {}
        with pytest.raises(InputError, match=r"^there are no levels -1 to -?1; 0 is the person, 1 the front$"):
            getattr(rollups, f"{name}_{function}")(pair(), *given.get(function, (np.array([1, 2]),)), *at, **more)

    @pytest.mark.parametrize("number", [0, -1])
    def test_a_leg_has_a_number(self, number: int) -> None:
        """0 would be whoever hangs without a number, who can be many."""
        values, message = np.array([1, 2]), f"^there is no leg {number}; legs are numbered from 1$"
        for ask in (
            lambda: rollups.leg_sum(pair(), values, number),
            lambda: rollups.leg_count(pair(), number),
            lambda: rollups.leg_max(pair(), values, number, empty=0),
            lambda: rollups.leg_top(pair(), values, 1, number),
            lambda: rollups.leg_any(pair(), values > 1, number),
            lambda: rollups.leg_all(pair(), values > 1, number),
        ):
            with pytest.raises(InputError, match=message):
                ask()

    @pytest.mark.parametrize("k", [0, -1])
    def test_at_least_one_is_the_largest(self, k: int) -> None:
        """The largest none of somebody is no question."""
        with pytest.raises(InputError) as caught:
            rollups.front_top(pair(), np.array([1, 2]), k)

        assert str(caught.value) == f"the {k} largest are asked for; ask for at least 1"


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

    @pytest.mark.parametrize(
        "name", ["group_sum", "downline_sum", "front_sum", "group_top", "downline_top", "front_top"]
    )
    def test_every_scope_refuses(self, name: str) -> None:
        """Also where this tree's own sums would fit."""
        arguments = (2,) if name.endswith("top") else ()
        with pytest.raises(RollupOverflowError):
            getattr(rollups, name)(pair(), np.array([LARGEST, 1]), *arguments)

    @pytest.mark.parametrize("name", ["level", "levels", "leg"])
    def test_every_scope_with_bounds_refuses(self, name: str) -> None:
        """Likewise."""
        at = (1, 1) if name == "levels" else (1,)
        with pytest.raises(RollupOverflowError):
            getattr(rollups, f"{name}_sum")(pair(), np.array([LARGEST, 1]), *at)
        with pytest.raises(RollupOverflowError):
            getattr(rollups, f"{name}_top")(pair(), np.array([LARGEST, 1]), 2, *at)

    def test_the_largest_are_refused_only_where_so_many_could_not_be_added(self) -> None:
        """Of each scope only k are added, so what k of the furthest values cannot reach is no reason to refuse."""
        halves = np.array([LARGEST // 2 + 1, LARGEST // 2 + 1])

        assert rollups.group_top(pair(), halves, 1).tolist() == halves.tolist()
        with pytest.raises(RollupOverflowError) as caught:
            rollups.group_top(pair(), halves, 2)
        assert caught.value.bound == LARGEST + 1
        assert rollups.group_top(pair(), np.array([LARGEST - 5, 5]), 2).tolist() == [LARGEST, 5]

    def test_who_does_not_count_is_not_among_so_many(self) -> None:
        """Two of those who count always fit, though all of them would not, and the one who does not count would not."""
        four = build(IdIndex.from_labels(["a", "b", "c", "d"]), int32([-1, 0, 1, 2]))
        values, where = np.array([LARGEST, *[LARGEST // 2] * 3]), np.array([False, True, True, True])

        assert rollups.group_top(four, values, 2, where=where).tolist() == [LARGEST - 1] * 3 + [LARGEST // 2]

    def test_the_largest_themselves_are_never_refused(self) -> None:
        """Nothing is added."""
        assert rollups.group_largest(pair(), np.array([LARGEST, 1]), 2).values.tolist() == [[LARGEST, 1], [1, 0]]

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
            rollups.downline_count(pair()),
            rollups.front_top(pair(), values, 2),
            rollups.leg_sum(pair(), values, 1),
            rollups.leg_max(pair(), values, 1, empty=0),
            rollups.group_largest(pair(), values, 2).values,
            rollups.group_largest(pair(), values, 2).count,
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
