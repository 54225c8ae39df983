"""The trees of the in-memory store on days and in zones that a contract cannot reach: its clock can be set."""

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from mlmcore.domain.enums import GenealogyTree
from mlmcore.domain.errors import InputError, RefusedError, StorageError
from mlmcore.repositories.memory import MemoryStore
from mlmcore.repositories.network_rules import (
    LateParent,
    PathFault,
    day_end,
    day_start,
    late_parents,
    microseconds,
    paths_error,
)
from mlmcore.repositories.protocols import UnitOfWork
from mlmcore.testing.contracts._family import Family, Row, rows_of
from mlmcore.testing.contracts._support import make_distributor

ZONES = ("UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago", "America/New_York", "Africa/Cairo")


class TestReadOfADay:
    """`read` with a day."""

    @settings(deadline=None, max_examples=25)
    @given(
        seed=st.integers(0, 2**32),
        hours=st.lists(st.integers(0, 30), min_size=1, max_size=12),
        timezone=st.sampled_from(ZONES),
    )
    def test_every_day_is_as_the_twin_has_it(self, seed: int, hours: list[int], timezone: str) -> None:
        """T2, T3: joinings and moves of a few weeks, read on every day of them."""
        family = Family(random.Random(seed))
        store = store_that_lives_through(hours)
        for _ in hours:
            with store() as unit:
                family.step(unit)
                family.step(unit)

        with store() as unit:
            for day in days(date(2025, 12, 31), 18):
                end = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(timezone)).astimezone(UTC)
                for tree in GenealogyTree:
                    assert answer(unit, tree, day, timezone) == family.rows_of_day(tree, day, end)

    def test_a_move_at_midnight_is_the_next_days(self) -> None:
        """T2: to the microsecond."""
        midnight = datetime(2026, 3, 1, tzinfo=ZoneInfo("America/New_York"))
        for late, moved_that_day in ((timedelta(0), False), (timedelta(microseconds=1), True)):
            instant = midnight - late
            store = MemoryStore(clock=lambda instant=instant: instant)  # type: ignore[misc]  # mypy infers no default
            with store() as unit:
                top = make_distributor(unit).user_id
                person = make_distributor(unit)
                unit.distributors.update(evolve(person, enroller_id=top))

                tree = unit.trees.read(GenealogyTree.ENROLLER, day=date(2026, 2, 28), timezone="America/New_York")
                assert len(tree.roots) == (1 if moved_that_day else 2)


class TestHistory:
    """`history`."""

    def test_a_move_at_the_very_joining_has_no_row(self) -> None:
        """T6: a person has one row at one instant."""
        store = MemoryStore(clock=lambda: datetime(2026, 3, 1, tzinfo=UTC))
        with store() as unit:
            top = make_distributor(unit).user_id
            person = make_distributor(unit, join_date=date(2026, 3, 1))
            unit.distributors.update(evolve(person, enroller_id=top))
            history = unit.trees.history(GenealogyTree.ENROLLER)

            assert len(history.as_of(microseconds(unit.now) - 1)) == 1
            assert len(history.as_of(microseconds(unit.now)).roots) == 1


class TestMoves:
    """The record of moves."""

    def test_a_clock_that_goes_back_does_not_reorder_moves(self) -> None:
        """D6."""
        instants = [datetime(2026, 3, day, tzinfo=UTC) for day in (9, 8, 7)]
        store = MemoryStore(clock=lambda: instants.pop(0))
        with store() as unit:
            top = make_distributor(unit).user_id
            person = make_distributor(unit)
        for enroller in (top, None):
            with store() as unit:
                unit.distributors.update(evolve(unit.distributors.get(person.user_id), enroller_id=enroller))
                moves = unit.distributors.list_moves(person.user_id)

        assert [move.to_parent_id for move in moves] == [top, None]
        first = datetime(2026, 3, 8, tzinfo=UTC)
        assert [move.moved_at for move in moves] == [first, first + timedelta(microseconds=1)]

    def test_a_unit_that_is_undone_leaves_no_instant(self) -> None:
        """Z1: nor does a move that is refused."""
        store = MemoryStore(clock=lambda: datetime(2026, 3, 8, tzinfo=UTC))
        with store() as unit:
            top = make_distributor(unit)
            below = make_distributor(unit, enroller_id=top.user_id)
            with pytest.raises(RefusedError):
                unit.distributors.update(evolve(top, enroller_id=below.user_id))
            unit.distributors.update(evolve(below, enroller_id=None))
            (move,) = unit.distributors.list_moves(below.user_id)

            assert move.moved_at == unit.now
            assert unit.distributors.list_moves(top.user_id) == ()


class TestRules:
    """What every store shares."""

    def test_a_day_may_have_no_midnight_or_two(self) -> None:
        """Cairo puts its clock forward at midnight, Havana back at one."""
        assert day_start(date(2024, 4, 26), "Africa/Cairo") == datetime(2024, 4, 25, 22, tzinfo=UTC)
        assert day_start(date(2024, 11, 3), "America/Havana") == datetime(2024, 11, 3, 4, tzinfo=UTC)
        assert day_end(date(2024, 4, 25), "Africa/Cairo") == day_start(date(2024, 4, 26), "Africa/Cairo")

    def test_the_calendar_ends(self) -> None:
        """And says so."""
        for ask in (day_start, day_end):
            with pytest.raises(InputError, match="the calendar ends at"):
                ask(date.min if ask is day_start else date.max, "Asia/Tokyo")

    def test_microseconds_are_exact_before_and_after_1970(self) -> None:
        """To the first and the last year."""
        assert microseconds(datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)) == -1
        assert microseconds(datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)) == 253_402_300_799_999_999

    def test_late_parents_name_both(self) -> None:
        """T3."""
        late = LateParent(number="D-2", joined=date(2026, 1, 5), parent_number="D-1", parent_joined=date(2026, 2, 10))

        (finding,) = late_parents(GenealogyTree.PLACEMENT, date(2026, 1, 31), [late])

        assert str(finding) == (
            "distributor D-2: joined on 2026-01-05 and stood on 2026-01-31 in the placement tree below D-1, who joins "
            "on 2026-02-10; correct the join_date of one of them, or ask for a later day"
        )

    def test_paths_that_differ_are_counted_and_shown(self) -> None:
        """T10."""
        error = paths_error(
            GenealogyTree.SPONSOR,
            [
                PathFault(kind="missing", count=1204, ancestor="D-1", descendant="D-3"),
                PathFault(kind="wrong", count=1, ancestor="D-2", descendant="D-4"),
            ],
        )

        assert isinstance(error, StorageError)
        assert str(error) == (
            "the paths of the sponsor tree do not follow from its parents: 1,204 missing (the first: D-3 below D-1); "
            "1 wrong (the first: D-4 below D-2); make them again with rebuild_paths"
        )


def answer(unit: UnitOfWork, tree: GenealogyTree, day: date, timezone: str) -> list[Row] | list[UUID]:
    """The rows of a tree on a day; where it is refused for parents who join later, whose parents, by id."""
    try:
        return rows_of(unit.trees.read(tree, day=day, timezone=timezone))
    except InputError as error:
        numbers = [finding.path.removeprefix("distributor ") for finding in error.findings]
    people = [unit.distributors.find_by_number(number) for number in numbers]
    return sorted(person.user_id for person in people if person is not None)


def store_that_lives_through(hours: list[int]) -> MemoryStore:
    """A store whose units are so many hours apart, from New Year on."""

    def instants() -> Iterator[datetime]:
        now = datetime(2026, 1, 1, tzinfo=UTC)
        for step in hours:
            now += timedelta(hours=step)
            yield now
        while True:
            yield now

    clock = instants()
    return MemoryStore(clock=lambda: next(clock))


def days(first: date, count: int) -> list[date]:
    """So many days from one on."""
    return [first + timedelta(days=ahead) for ahead in range(count)]
