"""What a repository of the trees promises."""
# ruff: noqa: S101 - a contract is a test that ships with the library

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from attrs import evolve, frozen

from mlmcore.domain.enums import DistributorStatus, GenealogyTree
from mlmcore.domain.errors import InputError, NotFoundError, RefusedError
from mlmcore.domain.ids import new_id
from mlmcore.domain.network import GenealogyMove
from mlmcore.repositories.protocols import Actor, UnitOfWork, UnitOfWorkFactory
from mlmcore.testing.contracts._family import Family, rows_of
from mlmcore.testing.contracts._support import make_distributor, raises

__all__ = ["TreesContract"]

_SPONSOR, _PLACEMENT, _ENROLLER = GenealogyTree
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_EAST, _WEST = "Pacific/Kiritimati", "Pacific/Pago_Pago"
"""25 hours apart: whenever it is, the one has a later day than the other."""


@frozen
class _Three:
    """Ann sponsors Bob, Bob sponsors Cid; in the placement tree Bob and Cid hang in Ann's legs 2 and 1."""

    ann: UUID
    bob: UUID
    cid: UUID


class TreesContract:
    """Subclass it with the fixture `unit_of_work`."""

    def test_a_tree_is_everybody_where_they_are_stored(self, unit_of_work: UnitOfWorkFactory) -> None:
        """T1: by leg; terminated people stay."""
        with unit_of_work() as unit:
            three = _make_three(unit)
            unit.distributors.update(evolve(unit.distributors.get(three.bob), status=DistributorStatus.TERMINATED))

            assert rows_of(unit.trees.read(_SPONSOR)) == [
                (three.ann, None, 0),
                (three.bob, three.ann, 1),
                (three.cid, three.bob, 1),
            ]
            assert rows_of(unit.trees.read(_PLACEMENT)) == [
                (three.ann, None, 0),
                (three.cid, three.ann, 1),
                (three.bob, three.ann, 2),
            ]

    def test_the_enroller_tree_has_no_legs(self, unit_of_work: UnitOfWorkFactory) -> None:
        """T1: siblings and roots come by id."""
        with unit_of_work() as unit:
            top = make_distributor(unit).user_id
            children = sorted(make_distributor(unit, enroller_id=top).user_id for _ in range(3))

            assert rows_of(unit.trees.read(_ENROLLER)) == [(top, None, 0), *((child, top, 0) for child in children)]
            roots = [row[0] for row in rows_of(unit.trees.read(_SPONSOR))]
            assert roots == sorted([top, *children])

    def test_an_empty_store_has_empty_trees(self, unit_of_work: UnitOfWorkFactory) -> None:
        """T1, T2, T6."""
        with unit_of_work() as unit:
            for tree in GenealogyTree:
                assert len(unit.trees.read(tree)) == 0
                assert len(unit.trees.read(tree, day=date(2026, 3, 31))) == 0
                assert len(unit.trees.history(tree).as_of(0)) == 0

    def test_a_day_undoes_the_moves_after_it(self, unit_of_work: UnitOfWorkFactory) -> None:
        """T2: the earliest of them says where the person stood."""
        with unit_of_work() as unit:
            three = _make_three(unit)
            _move(unit, three.cid, sponsor_id=three.ann)
            _move(unit, three.cid, sponsor_id=None)
            first, last = (_instant(move) for move in unit.distributors.list_moves(three.cid))
            before, after = first.date() - timedelta(days=1), last.date()

            assert _sponsor_of(unit, three.cid, day=before) == three.bob
            assert _sponsor_of(unit, three.cid, day=after) is None
            assert _sponsor_of(unit, three.bob, day=before) == three.ann

    def test_a_day_knows_who_had_joined(self, unit_of_work: UnitOfWorkFactory) -> None:
        """T2: that day included."""
        with unit_of_work() as unit:
            early = make_distributor(unit, join_date=date(2026, 1, 5)).user_id
            late = make_distributor(unit, join_date=date(2026, 1, 6), sponsor_id=early).user_id

            assert rows_of(unit.trees.read(_SPONSOR, day=date(2026, 1, 4))) == []
            assert rows_of(unit.trees.read(_SPONSOR, day=date(2026, 1, 5))) == [(early, None, 0)]
            both = [(early, None, 0), (late, early, 1)]
            assert rows_of(unit.trees.read(_SPONSOR, day=date(2026, 1, 6))) == both

    def test_a_day_ends_at_midnight_of_its_timezone(self, unit_of_work: UnitOfWorkFactory) -> None:
        """T2: at one instant it is another day elsewhere."""
        with unit_of_work() as unit:
            three = _make_three(unit)
            _move(unit, three.cid, sponsor_id=three.ann)
            (move,) = unit.distributors.list_moves(three.cid)
            west = _instant(move).astimezone(ZoneInfo(_WEST)).date()

            assert _sponsor_of(unit, three.cid, day=west, timezone=_WEST) == three.ann
            assert _sponsor_of(unit, three.cid, day=west, timezone=_EAST) == three.bob

    def test_a_change_of_leg_alone_is_undone_too(self, unit_of_work: UnitOfWorkFactory) -> None:
        """T2."""
        with unit_of_work() as unit:
            three = _make_three(unit)
            _move(unit, three.bob, placement_leg=5)
            (move,) = unit.distributors.list_moves(three.bob)
            before = _instant(move).date() - timedelta(days=1)

            assert (three.bob, three.ann, 2) in rows_of(unit.trees.read(_PLACEMENT, day=before))
            assert (three.bob, three.ann, 5) in rows_of(unit.trees.read(_PLACEMENT))

    def test_parents_who_join_later_are_all_named(self, unit_of_work: UnitOfWorkFactory) -> None:
        """T3: on the days between; a tree as it stands has them."""
        with unit_of_work() as unit:
            late = make_distributor(unit, distributor_number="D-late", join_date=date(2026, 2, 10))
            for number in ("D-two", "D-one"):
                make_distributor(unit, distributor_number=number, sponsor_id=late.user_id, join_date=date(2026, 1, 5))
            with raises(InputError) as caught:
                unit.trees.read(_SPONSOR, day=date(2026, 1, 31))

            said = (
                "joined on 2026-01-05 and stood on 2026-01-31 in the sponsor tree below D-late, who joins on "
                "2026-02-10; correct the join_date of one of them, or ask for a later day"
            )
            assert caught.text == f"2 findings:\ndistributor D-one: {said}\ndistributor D-two: {said}"
            assert len(unit.trees.read(_SPONSOR)) == 3
            assert len(unit.trees.read(_SPONSOR, day=date(2026, 2, 10))) == 3

    def test_two_in_one_leg_on_a_day_are_refused(self, unit_of_work: UnitOfWorkFactory) -> None:
        """T3: somebody was entered late, into a leg that was another's at the time."""
        with unit_of_work() as unit:
            three = _make_three(unit)
            _move(unit, three.bob, placement_leg=3)
            make_distributor(unit, placement_id=three.ann, placement_leg=2)
            (move,) = unit.distributors.list_moves(three.bob)
            with raises(InputError):
                unit.trees.read(_PLACEMENT, day=_instant(move).date() - timedelta(days=1))

            assert len(unit.trees.read(_PLACEMENT)) == 4

    def test_a_group_is_a_person_and_everybody_below(self, unit_of_work: UnitOfWorkFactory) -> None:
        """T4: so many levels of it."""
        with unit_of_work() as unit:
            three = _make_three(unit)
            dan = make_distributor(unit, sponsor_id=three.cid).user_id
            everybody = [
                (three.bob, None, 0),
                (three.cid, three.bob, 1),
                (dan, three.cid, 1),
            ]
            for levels, count in ((0, 1), (1, 2), (2, 3), (3, 3), (None, 3)):
                assert rows_of(unit.trees.group(_SPONSOR, three.bob, levels=levels)) == everybody[:count]
            assert rows_of(unit.trees.group(_SPONSOR, dan)) == [(dan, None, 0)]

    def test_an_upline_comes_nearest_first(self, unit_of_work: UnitOfWorkFactory) -> None:
        """T5: in each tree its own."""
        with unit_of_work() as unit:
            three = _make_three(unit)

            assert unit.trees.upline(_SPONSOR, three.cid) == (three.bob, three.ann)
            assert unit.trees.upline(_PLACEMENT, three.cid) == (three.ann,)
            assert unit.trees.upline(_ENROLLER, three.cid) == ()
            assert unit.trees.upline(_SPONSOR, three.ann) == ()

    def test_below_is_anywhere_below(self, unit_of_work: UnitOfWorkFactory) -> None:
        """T5: not beside, not above, and nobody below themselves."""
        with unit_of_work() as unit:
            three = _make_three(unit)

            assert unit.trees.is_below(_SPONSOR, three.cid, three.ann)
            assert unit.trees.is_below(_SPONSOR, three.cid, three.bob)
            assert not unit.trees.is_below(_SPONSOR, three.ann, three.cid)
            assert not unit.trees.is_below(_SPONSOR, three.cid, three.cid)
            assert not unit.trees.is_below(_PLACEMENT, three.cid, three.bob)

    def test_a_history_has_joinings_and_moves(self, unit_of_work: UnitOfWorkFactory) -> None:
        """T6: each from its microsecond on."""
        with unit_of_work() as unit:
            top = make_distributor(unit).user_id
            person = make_distributor(unit, sponsor_id=top, join_date=date(2026, 1, 6)).user_id
            _move(unit, person, sponsor_id=None)
            (move,) = unit.distributors.list_moves(person)
            history = unit.trees.history(_SPONSOR)
            joined, moved = _microseconds(datetime(2026, 1, 6, tzinfo=UTC)), _microseconds(_instant(move))

            assert rows_of(history.as_of(joined - 1)) == [(top, None, 0)]
            assert rows_of(history.as_of(joined)) == [(top, None, 0), (person, top, 1)]
            assert rows_of(history.as_of(moved - 1)) == [(top, None, 0), (person, top, 1)]
            assert rows_of(history.as_of(moved)) == sorted([(top, None, 0), (person, None, 0)])

    def test_a_history_joins_by_the_days_of_its_timezone(self, unit_of_work: UnitOfWorkFactory) -> None:
        """T6."""
        with unit_of_work() as unit:
            make_distributor(unit, join_date=date(2026, 1, 6))
            midnight = _microseconds(datetime(2026, 1, 6, tzinfo=ZoneInfo("America/New_York")))

            assert len(unit.trees.history(_SPONSOR, timezone="America/New_York").as_of(midnight - 1)) == 0
            assert len(unit.trees.history(_SPONSOR, timezone="America/New_York").as_of(midnight)) == 1
            assert len(unit.trees.history(_SPONSOR).as_of(midnight - 1)) == 1

    def test_a_move_before_the_joining_has_no_row(self, unit_of_work: UnitOfWorkFactory) -> None:
        """T6: whoever joins next month is placed elsewhere today."""
        with unit_of_work() as unit:
            day = unit.now.date() + timedelta(days=30)
            three = _make_three(unit)
            person = make_distributor(unit, sponsor_id=three.ann, join_date=day).user_id
            _move(unit, person, sponsor_id=three.bob)
            history = unit.trees.history(_SPONSOR)

            assert len(history.as_of(_microseconds(unit.now + timedelta(days=1)))) == 3
            later = history.as_of(_microseconds(unit.now + timedelta(days=31)))
            assert {row[0]: row[1] for row in rows_of(later)}[person] == three.bob
            assert rows_of(later) == rows_of(unit.trees.read(_SPONSOR, day=day))

    def test_the_sponsor_tree_keeps_paths_from_the_start(self, unit_of_work: UnitOfWorkFactory) -> None:
        """T8, T9: as many rows as people have ancestors."""
        with unit_of_work() as unit:
            _make_three(unit)

            assert [unit.trees.keeps_paths(tree) for tree in GenealogyTree] == [True, False, False]
            assert [unit.trees.rebuild_paths(tree) for tree in GenealogyTree] == [3, 0, 0]

    def test_paths_are_a_choice_for_each_tree(self, unit_of_work: UnitOfWorkFactory) -> None:
        """T8: saying the same again changes nothing; a choice outlives its unit."""
        with unit_of_work() as unit:
            _make_three(unit)
            assert [unit.trees.keep_paths(_PLACEMENT, True) for _ in range(2)] == [2, 2]
            assert unit.trees.keep_paths(_SPONSOR, False) == 0
        with unit_of_work() as unit:
            assert [unit.trees.keeps_paths(tree) for tree in GenealogyTree] == [False, True, False]
            assert [unit.trees.rebuild_paths(tree) for tree in GenealogyTree] == [0, 2, 0]
            assert unit.trees.keep_paths(_PLACEMENT, False) == 0
            assert unit.trees.keep_paths(_SPONSOR, True) == 3

    def test_a_choice_of_paths_is_audited(self, unit_of_work: UnitOfWorkFactory) -> None:
        """T8, A9: once."""
        with unit_of_work() as unit:
            admin = make_distributor(unit).user_id
        with unit_of_work(Actor(user_id=admin)) as unit:
            for _ in range(2):
                unit.trees.keep_paths(_PLACEMENT, True)
            rows = unit.audit.list_by_actor(admin)

            assert [(row.entity_type, row.action) for row in rows] == [("genealogy_closure", "update")]
            assert (rows[0].before_data, rows[0].after_data) == ({"enabled": False}, {"enabled": True})

    def test_the_enroller_tree_keeps_no_paths(self, unit_of_work: UnitOfWorkFactory) -> None:
        """T8."""
        with unit_of_work() as unit:
            with raises(RefusedError) as caught:
                unit.trees.keep_paths(_ENROLLER, True)

            assert caught.text == (
                "no paths are kept for the enroller tree: the closure table knows the sponsor and the placement tree; "
                "group, upline and is_below need none"
            )

    def test_the_answers_are_the_same_with_and_without_paths(self, unit_of_work: UnitOfWorkFactory) -> None:
        """T7, T10: and the paths follow from the parents."""
        family = Family(random.Random(7))  # noqa: S311 - a seed, not a secret
        with unit_of_work() as unit:
            for _ in range(12):
                family.step(unit)
        for keep in (True, False):
            with unit_of_work() as unit:
                unit.trees.keep_paths(_SPONSOR, keep)
                unit.trees.keep_paths(_PLACEMENT, keep)
                for _ in range(6):
                    family.step(unit)
            with unit_of_work() as unit:
                _check_questions(unit, family)
                for tree in GenealogyTree:
                    unit.trees.check_paths(tree)
                    count = sum(len(family.upline(tree, person)) for person in family.joined)
                    assert unit.trees.rebuild_paths(tree) == (count if keep and tree != _ENROLLER else 0)

    def test_any_joinings_and_moves_give_the_trees_of_the_twin(self, unit_of_work: UnitOfWorkFactory) -> None:
        """T1, T4 to T6: now, and as of every instant at which anything changed."""
        family = Family(random.Random(11))  # noqa: S311 - a seed, not a secret
        for _ in range(8):
            with unit_of_work() as unit:
                for _ in range(8):
                    family.step(unit)

        with unit_of_work() as unit:
            _check_questions(unit, family)
            for tree in GenealogyTree:
                assert family.moves[tree]
                _check_history(unit, family, tree)

    def test_the_last_microsecond_of_a_day_is_the_day(self, unit_of_work: UnitOfWorkFactory) -> None:
        """T6, T2: in any timezone."""
        family = Family(random.Random(13))  # noqa: S311 - a seed, not a secret
        with unit_of_work() as unit:
            for _ in range(30):
                family.step(unit)
            today = unit.now.date()
            days = [*{*family.joined.values()}, *(today + timedelta(days=ahead) for ahead in (-1, 0, 1))]
            for tree, timezone in zip(GenealogyTree, ("UTC", _EAST, _WEST), strict=True):
                history = unit.trees.history(tree, timezone=timezone)
                for day in days:
                    end = datetime.combine(day + timedelta(days=1), datetime.min.time(), ZoneInfo(timezone))
                    stood = history.as_of(_microseconds(end) - 1)
                    assert rows_of(unit.trees.read(tree, day=day, timezone=timezone)) == rows_of(stood)

    def test_a_person_who_is_not_stored_is_told(self, unit_of_work: UnitOfWorkFactory) -> None:
        """T11: whichever of the two it is."""
        with unit_of_work() as unit:
            person, stranger = make_distributor(unit).user_id, new_id()
            questions: list[Callable[[], object]] = [
                lambda: unit.trees.group(_SPONSOR, stranger),
                lambda: unit.trees.upline(_SPONSOR, stranger),
                lambda: unit.trees.is_below(_SPONSOR, stranger, person),
                lambda: unit.trees.is_below(_SPONSOR, person, stranger),
            ]
            for question in questions:
                with raises(NotFoundError) as caught:
                    question()
                assert caught.text == f"no distributor with id {stranger}"

    def test_an_id_is_a_uuid(self, unit_of_work: UnitOfWorkFactory) -> None:
        """T12: also where a text looks like one."""
        with unit_of_work() as unit:
            person = make_distributor(unit).user_id
            given: list[Any] = [str(person), None, 7, person.bytes]
            for value in given:
                questions: list[Callable[[], object]] = [
                    partial(unit.trees.group, _SPONSOR, value),
                    partial(unit.trees.upline, _SPONSOR, value),
                    partial(unit.trees.is_below, _SPONSOR, value, person),
                    partial(unit.trees.is_below, _SPONSOR, person, value),
                ]
                for question in questions:
                    with raises(InputError) as caught:
                        question()
                    assert caught.text.endswith(
                        f"_id: {value!r} is no id: it is of type {type(value).__name__}, and ids are UUIDs; "
                        "give a uuid.UUID; a text that holds one becomes it by UUID(text)"
                    )

    def test_an_argument_that_is_none_is_shown(self, unit_of_work: UnitOfWorkFactory) -> None:
        """T12: a tree, a day, a timezone, a number of levels."""
        with unit_of_work() as unit:
            person = make_distributor(unit).user_id
            wrong: Any
            for wrong in ("sponser", None, 1):
                _refuses(partial(unit.trees.read, wrong), wrong)
                _refuses(partial(unit.trees.upline, wrong, person), wrong)
                _refuses(partial(unit.trees.keeps_paths, wrong), wrong)
            for wrong in (unit.now, "2026-03-31", 0):
                _refuses(partial(unit.trees.read, _SPONSOR, day=wrong), wrong)
            for wrong in ("Mars/Olympus", None):
                _refuses(partial(unit.trees.read, _SPONSOR, timezone=wrong), wrong)
                _refuses(partial(unit.trees.history, _SPONSOR, timezone=wrong), wrong)
            for wrong in (-1, True, "2"):
                _refuses(partial(unit.trees.group, _SPONSOR, person, levels=wrong), wrong)

    def test_a_unit_reads_the_tree_that_it_has_written(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Z1, Z2: others read it once it is kept, and never where it is undone."""
        with unit_of_work() as unit:
            three = _make_three(unit)
        with raises(ZeroDivisionError), unit_of_work() as unit:
            _move(unit, three.cid, sponsor_id=three.ann)
            assert unit.trees.upline(_SPONSOR, three.cid) == (three.ann,)
            unit.trees.keep_paths(_PLACEMENT, True)
            raise ZeroDivisionError

        with unit_of_work() as unit:
            assert unit.trees.upline(_SPONSOR, three.cid) == (three.bob, three.ann)
            assert not unit.trees.keeps_paths(_PLACEMENT)


def _make_three(unit: UnitOfWork) -> _Three:
    ann = make_distributor(unit).user_id
    bob = make_distributor(unit, sponsor_id=ann, placement_id=ann, placement_leg=2).user_id
    cid = make_distributor(unit, sponsor_id=bob, placement_id=ann, placement_leg=1).user_id
    return _Three(ann, bob, cid)


def _move(unit: UnitOfWork, person: UUID, **changes: Any) -> None:
    if "sponsor_id" in changes:
        changes["sponsor_leg"] = None  # the store gives another one
    unit.distributors.update(evolve(unit.distributors.get(person), **changes))


def _sponsor_of(unit: UnitOfWork, person: UUID, **when: Any) -> UUID | None:
    return {row[0]: row[1] for row in rows_of(unit.trees.read(_SPONSOR, **when))}[person]


def _check_questions(unit: UnitOfWork, family: Family) -> None:
    """Every question about a tree as it stands."""
    for tree in GenealogyTree:
        assert rows_of(unit.trees.read(tree)) == family.rows(tree)
        for person in family.joined:
            upline = family.upline(tree, person)
            assert unit.trees.upline(tree, person) == tuple(upline)
            assert rows_of(unit.trees.group(tree, person)) == family.group(tree, person, len(family.joined))
            assert rows_of(unit.trees.group(tree, person, levels=2)) == family.group(tree, person, 2)
        for person in [*family.joined][:3]:
            below = {other for other in family.joined if unit.trees.is_below(tree, other, person)}
            assert below == {other for other in family.joined if person in family.upline(tree, other)}


def _check_history(unit: UnitOfWork, family: Family, tree: GenealogyTree) -> None:
    history = unit.trees.history(tree)
    moments = [moved_at for moved_at, *_ in family.moves[tree]]
    assert moments == sorted(set(moments))
    for moment in [*moments, *(moment - _MICROSECOND for moment in moments)]:
        assert rows_of(history.as_of(_microseconds(moment))) == family.rows(tree, moment)


def _refuses(question: Callable[[], object], wrong: object) -> None:
    with raises(InputError) as caught:
        question()
    assert repr(wrong) in caught.text


def _instant(move: GenealogyMove) -> datetime:
    assert move.moved_at is not None
    return move.moved_at.astimezone(UTC)


def _microseconds(instant: datetime) -> int:
    return (instant - _EPOCH) // _MICROSECOND
