"""What a repository of distributors promises."""
# ruff: noqa: S101 - a contract is a test that ships with the library

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from attrs import evolve

from mlmcore.domain.enums import DistributorStatus, GenealogyTree
from mlmcore.domain.errors import (
    BrokenReferenceError,
    ConflictError,
    IllegalMoveError,
    InputError,
    NotFoundError,
    RefusedError,
)
from mlmcore.domain.ids import new_id
from mlmcore.domain.people import Territory
from mlmcore.repositories.filters import Below, DistributorFilter
from mlmcore.repositories.placing import LegVolume, PlacementRule, Spillover
from mlmcore.repositories.protocols import Actor, UnitOfWorkFactory
from mlmcore.testing.contracts._support import (
    a_distributor,
    a_rank,
    a_user,
    fresh,
    make_distributor,
    raises,
)

__all__ = ["DistributorsContract"]


class DistributorsContract:
    """Subclass it with the fixture `unit_of_work`."""

    def test_what_goes_in_comes_out(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A1, A4."""
        with unit_of_work() as unit:
            user = unit.users.add(a_user())
            person = a_distributor(user, attributes={"autoship": True, "points": "12.5"}, notes="hello")
            stored = unit.distributors.add(person)
            assert stored == evolve(person, created_at=unit.now, updated_at=unit.now)
            assert unit.distributors.get(user.id) == stored
            assert unit.distributors.find(new_id()) is None
            with raises(NotFoundError):
                unit.distributors.get(new_id())

    def test_a_number_belongs_to_one(self, unit_of_work: UnitOfWorkFactory) -> None:
        """D1, A2."""
        with unit_of_work() as unit:
            person = make_distributor(unit)
            other = unit.users.add(a_user())
            with raises(ConflictError):
                unit.distributors.add(a_distributor(other, distributor_number=person.distributor_number))
            with raises(ConflictError):
                unit.distributors.add(a_distributor(person.user_id))
            assert unit.distributors.find_by_number(person.distributor_number) == person
            assert unit.distributors.find_by_number("nobody's") is None

    def test_everybody_who_is_named_is_stored(self, unit_of_work: UnitOfWorkFactory) -> None:
        """D2, A3."""
        with unit_of_work() as unit:
            user = unit.users.add(a_user())
        stranger = new_id()

        for changes in (
            {"sponsor_id": stranger},
            {"placement_id": stranger, "placement_leg": 1},
            {"enroller_id": stranger},
            {"rank_id": "no such rank"},
            {"territory_id": stranger},
        ):
            with raises(BrokenReferenceError), unit_of_work() as unit:
                unit.distributors.add(a_distributor(user, **changes))
        with raises(BrokenReferenceError), unit_of_work() as unit:
            unit.distributors.add(a_distributor(stranger))

    def test_many_come_in_any_order(self, unit_of_work: UnitOfWorkFactory) -> None:
        """D2, A8: children before parents."""
        with unit_of_work() as unit:
            top, middle, leaf = (unit.users.add(a_user()) for _ in range(3))
            unit.distributors.add_many(
                [
                    a_distributor(leaf, sponsor_id=middle.id, placement_id=middle.id, placement_leg=2),
                    a_distributor(middle, sponsor_id=top.id, enroller_id=top.id),
                    a_distributor(top),
                ]
            )
            assert unit.distributors.get(leaf.id).sponsor_id == middle.id
            assert [person.user_id for person in unit.distributors.list_by_sponsor(top.id)] == [middle.id]

    def test_many_are_stored_all_or_none(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A8, A12."""
        with unit_of_work() as unit:
            first, second = unit.users.add(a_user()), unit.users.add(a_user())
            person = a_distributor(first)
            with raises(ConflictError):
                unit.distributors.add_many(
                    [person, a_distributor(second, distributor_number=person.distributor_number)]
                )
            assert unit.distributors.find(first.id) is None

    def test_no_chain_comes_back_to_where_it_began(self, unit_of_work: UnitOfWorkFactory) -> None:
        """D3: by a move, in each tree, and by many at once."""
        with unit_of_work() as unit:
            top = make_distributor(unit)
            middle = make_distributor(
                unit,
                sponsor_id=top.user_id,
                enroller_id=top.user_id,
                placement_id=top.user_id,
                placement_leg=1,
            )
            for changes in (
                {"sponsor_id": middle.user_id},
                {"enroller_id": middle.user_id},
                {"placement_id": middle.user_id, "placement_leg": 1},
            ):
                with raises(RefusedError):
                    unit.distributors.update(evolve(top, **changes))
            assert unit.distributors.get(top.user_id) == top
            ann, bob = unit.users.add(a_user()), unit.users.add(a_user())
            with raises(RefusedError):
                unit.distributors.add_many(
                    [a_distributor(ann, sponsor_id=bob.id), a_distributor(bob, sponsor_id=ann.id)]
                )
            assert unit.distributors.find(ann.id) is None

    def test_a_loop_is_shown(self, unit_of_work: UnitOfWorkFactory) -> None:
        """D3."""
        with unit_of_work() as unit:
            top = make_distributor(unit)
            below = make_distributor(unit, sponsor_id=top.user_id)
            with raises(RefusedError) as caught:
                unit.distributors.update(evolve(top, sponsor_id=below.user_id))
            loop = " -> ".join(person.distributor_number for person in (top, below, top))
            assert caught.text == (
                f"the sponsor tree would have a loop: {loop}; Nobody can stand below themselves; give one person of "
                "the loop another parent, or none"
            )

    def test_a_long_loop_is_shortened(self, unit_of_work: UnitOfWorkFactory) -> None:
        """D3: to the first ten and a count; among many who are new it begins with the first of them by id."""
        with unit_of_work() as unit:
            users = sorted(unit.users.add(a_user()).id for _ in range(22))
            people = [
                a_distributor(user, sponsor_id=sponsor)
                for user, sponsor in zip(users, [*users[1:], users[0]], strict=True)
            ]
            with raises(RefusedError) as caught:
                unit.distributors.add_many(people[::-1])
            numbers = [person.distributor_number for person in people]
            loop = " -> ".join([*numbers[:10], "(12 more)", numbers[0]])
            assert caught.text.startswith(f"the sponsor tree would have a loop: {loop}; ")

    def test_a_placement_leg_holds_one(self, unit_of_work: UnitOfWorkFactory) -> None:
        """D4."""
        with unit_of_work() as unit:
            top = make_distributor(unit)
            make_distributor(unit, placement_id=top.user_id, placement_leg=1)
            right = make_distributor(unit, placement_id=top.user_id, placement_leg=2)
            with raises(ConflictError):
                make_distributor(unit, placement_id=top.user_id, placement_leg=1)
            with raises(ConflictError):
                unit.distributors.update(evolve(right, placement_leg=1))
            assert unit.distributors.update(evolve(right, placement_leg=3)).placement_leg == 3

    def test_sponsor_legs_follow_the_order_of_joining(self, unit_of_work: UnitOfWorkFactory) -> None:
        """D5."""
        with unit_of_work() as unit:
            top = make_distributor(unit)
            assert top.sponsor_leg is None
            first = make_distributor(unit, sponsor_id=top.user_id, sponsor_leg=9)
            early, late = unit.users.add(a_user()), unit.users.add(a_user())
            unit.distributors.add_many(
                [
                    a_distributor(late, sponsor_id=top.user_id, join_date=date(2026, 2, 2)),
                    a_distributor(early, sponsor_id=top.user_id, join_date=date(2026, 2, 1)),
                ]
            )
            legs = [(person.user_id, person.sponsor_leg) for person in unit.distributors.list_by_sponsor(top.user_id)]
            assert legs == [(first.user_id, 1), (early.id, 2), (late.id, 3)]

    def test_a_sponsor_leg_is_never_given_twice(self, unit_of_work: UnitOfWorkFactory) -> None:
        """D5: not even when its holder has moved away, and back."""
        with unit_of_work() as unit:
            top, other = make_distributor(unit), make_distributor(unit)
            leaver = make_distributor(unit, sponsor_id=top.user_id)
            away = unit.distributors.update(evolve(leaver, sponsor_id=other.user_id))
            assert away.sponsor_leg == 1
            assert make_distributor(unit, sponsor_id=top.user_id).sponsor_leg == 2
            assert unit.distributors.update(evolve(away, sponsor_id=top.user_id)).sponsor_leg == 3

    def test_a_sponsor_leg_is_the_stores(self, unit_of_work: UnitOfWorkFactory) -> None:
        """D5."""
        with unit_of_work() as unit:
            person = make_distributor(unit, sponsor_id=make_distributor(unit).user_id)
            assert unit.distributors.update(evolve(person, sponsor_leg=7, notes="x")).sponsor_leg == 1

    def test_a_move_is_written_down_for_its_tree(self, unit_of_work: UnitOfWorkFactory) -> None:
        """D6."""
        with unit_of_work() as unit:
            mover = unit.users.add(a_user())
            top, other = make_distributor(unit), make_distributor(unit)
            person = make_distributor(unit, sponsor_id=top.user_id, placement_id=top.user_id, placement_leg=2)
        with unit_of_work(Actor(user_id=mover.id)) as unit:
            unit.distributors.update(evolve(person, sponsor_id=other.user_id, placement_leg=3, enroller_id=top.user_id))
            moves = {move.tree: move for move in unit.distributors.list_moves(person.user_id)}

            assert set(moves) == set(GenealogyTree)
            sponsor, placement = moves[GenealogyTree.SPONSOR], moves[GenealogyTree.PLACEMENT]
            assert (sponsor.from_parent_id, sponsor.to_parent_id) == (top.user_id, other.user_id)
            assert (sponsor.from_leg, sponsor.to_leg) == (1, 1)
            assert (placement.from_parent_id, placement.to_parent_id) == (top.user_id, top.user_id)
            assert (placement.from_leg, placement.to_leg) == (2, 3)
            assert moves[GenealogyTree.ENROLLER].from_parent_id is None
            assert {move.moved_by for move in moves.values()} == {mover.id}
            assert all(move.moved_at is not None and move.moved_at >= unit.now for move in moves.values())

    def test_a_move_says_why(self, unit_of_work: UnitOfWorkFactory) -> None:
        """D6: a reason belongs to the moves of its own call; an empty one is none, and no move needs none."""
        with unit_of_work() as unit:
            top = make_distributor(unit).user_id
            person = make_distributor(unit)
            person = unit.distributors.update(evolve(person, sponsor_id=top, enroller_id=top), reason="merged 'A' & B")
            person = unit.distributors.update(evolve(person, notes="called"), reason="nobody moves")
            person = unit.distributors.update(evolve(person, sponsor_id=None, sponsor_leg=None))
            unit.distributors.update(evolve(person, enroller_id=None), reason="")
            reasons = {
                tree: [move.reason for move in unit.distributors.list_moves(person.user_id) if move.tree == tree]
                for tree in GenealogyTree
            }
            assert reasons[GenealogyTree.SPONSOR] == ["merged 'A' & B", None]
            assert reasons[GenealogyTree.ENROLLER] == ["merged 'A' & B", None]

    def test_of_two_moves_in_a_tree_the_later_has_the_later_instant(self, unit_of_work: UnitOfWorkFactory) -> None:
        """D6: of one person and of several, within a unit and from one unit to the next."""
        instants = []
        with unit_of_work() as unit:
            top = make_distributor(unit).user_id
            people = [make_distributor(unit).user_id for _ in range(2)]
        for _ in range(2):
            with unit_of_work() as unit:
                for sponsor in (top, None, top, None):
                    for person in people:
                        stored = unit.distributors.get(person)
                        unit.distributors.update(evolve(stored, sponsor_id=sponsor, sponsor_leg=None))
                        instants.append(unit.distributors.list_moves(person)[-1].moved_at)
        assert len(set(instants)) == 16
        assert instants == sorted(instant for instant in instants if instant is not None)

    def test_moving_changes_the_place_in_one_tree(self, unit_of_work: UnitOfWorkFactory) -> None:
        """D9: and nothing else, even of a row that was changed since it was read."""
        with unit_of_work(Actor()) as unit:
            top, other = make_distributor(unit).user_id, make_distributor(unit).user_id
            person = make_distributor(unit, sponsor_id=top, enroller_id=top)
            noted = unit.distributors.update(evolve(person, notes="called on Monday"))
            moves = [
                (GenealogyTree.SPONSOR, other, None, {"sponsor_id": other, "sponsor_leg": 1}),
                (GenealogyTree.PLACEMENT, other, 2, {"placement_id": other, "placement_leg": 2}),
                (GenealogyTree.ENROLLER, None, None, {"enroller_id": None}),
                (GenealogyTree.SPONSOR, None, None, {"sponsor_id": None, "sponsor_leg": None}),
                (GenealogyTree.PLACEMENT, None, None, {"placement_id": None, "placement_leg": None}),
            ]
            for tree, parent, leg, changes in moves:
                stored = unit.distributors.move(person.user_id, tree, parent, leg, reason=f"to {parent}")
                noted = evolve(noted, **changes)  # type: ignore[arg-type]  # columns of several types
                assert stored == noted == unit.distributors.get(person.user_id)
            written = [
                (move.tree, move.to_parent_id, move.reason) for move in unit.distributors.list_moves(person.user_id)
            ]
            for tree in GenealogyTree:
                made = [(of, parent, f"to {parent}") for of, parent, _, _ in moves if of == tree]
                assert [move for move in written if move[0] == tree] == made

    def test_a_move_to_where_somebody_stands_is_none(self, unit_of_work: UnitOfWorkFactory) -> None:
        """D9, A5: nor does it take another sponsor leg."""
        with unit_of_work() as unit:
            top = make_distributor(unit).user_id
            person = make_distributor(unit, sponsor_id=top, placement_id=top, placement_leg=2)
            assert unit.distributors.move(person.user_id, GenealogyTree.SPONSOR, top) == person
            assert unit.distributors.move(person.user_id, GenealogyTree.PLACEMENT, top, 2) == person
            assert unit.distributors.list_moves(person.user_id) == ()

    def test_a_place_that_is_none_is_refused(self, unit_of_work: UnitOfWorkFactory) -> None:
        """D9: a leg is chosen in the placement tree, and there always."""
        with unit_of_work() as unit:
            top = make_distributor(unit).user_id
            person = make_distributor(unit, distributor_number="D-x").user_id
            with raises(InputError) as caught:
                unit.distributors.move(person, GenealogyTree.SPONSOR, top, 1)
            assert caught.text == (
                "distributor D-x: leg 1 is given in the sponsor tree; leave it out: only the placement tree has legs "
                "that are chosen"
            )
            places: list[tuple[Any, int | None]] = [(top, None), (None, 1), (top, 0), (person, 1), (str(top), 1)]
            for place in places:
                with raises(InputError):
                    unit.distributors.move(person, GenealogyTree.PLACEMENT, *place)
            with raises(NotFoundError):
                unit.distributors.move(new_id(), GenealogyTree.SPONSOR, top)
            with raises(InputError):
                unit.distributors.move(str(person), GenealogyTree.SPONSOR, top)  # type: ignore[arg-type]  # is refused
            assert unit.distributors.list_moves(person) == ()

    def test_whoever_stays_has_not_moved(self, unit_of_work: UnitOfWorkFactory) -> None:
        """D6."""
        with unit_of_work() as unit:
            person = make_distributor(unit, sponsor_id=make_distributor(unit).user_id)
            unit.distributors.update(evolve(person, notes="called on Monday"))
            assert unit.distributors.list_moves(person.user_id) == ()

    def test_a_status_moves_as_its_machine_says(self, unit_of_work: UnitOfWorkFactory) -> None:
        """D7: terminated is final."""
        with unit_of_work() as unit:
            person = make_distributor(unit)
            gone = unit.distributors.update(evolve(person, status=DistributorStatus.TERMINATED))
            with raises(IllegalMoveError):
                unit.distributors.update(evolve(gone, status=DistributorStatus.ACTIVE))
            assert gone in unit.distributors.list_by_status(DistributorStatus.TERMINATED)

    def test_volumes_change_without_an_audit_row(self, unit_of_work: UnitOfWorkFactory) -> None:
        """D8."""
        with unit_of_work() as unit:
            person = make_distributor(unit)
            before = len(unit.audit.list_by_entity("distributors", person.user_id))
            changed = unit.distributors.update(
                evolve(person, current_month_pv=Decimal("12.50"), current_month_gv=Decimal(99))
            )
            assert changed.current_month_pv == Decimal("12.50")
            assert len(unit.audit.list_by_entity("distributors", person.user_id)) == before

    def test_pages_go_through_everybody_once(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A7."""
        with unit_of_work() as unit:
            for _ in range(5):
                make_distributor(unit)
            everybody = unit.distributors.page(None, 10_000)
            assert [person.user_id for person in everybody] == sorted(person.user_id for person in everybody)
            assert unit.distributors.page(everybody[1].user_id, 2) == everybody[2:4]

    def test_a_page_holds_whom_its_filter_picks(self, unit_of_work: UnitOfWorkFactory) -> None:
        """D10: every condition by itself, all of them together, and page after page."""
        day = date(2019, 5, 1)
        with unit_of_work() as unit:
            rank = unit.ranks.add(a_rank())
            here, there = (unit.territories.add(Territory(code=fresh("T"), name="Region")) for _ in range(2))
            person = make_distributor(unit, rank_id=rank.id, territory_id=here.id, join_date=day)
            other = make_distributor(unit, rank_id=rank.id, territory_id=there.id, join_date=date(2019, 5, 2))
            held = make_distributor(unit, territory_id=here.id, join_date=date(2019, 4, 30))
            unit.distributors.update(evolve(held, status=DistributorStatus.ON_HOLD))
            everybody = {each.user_id for each in (person, other, held)}

            def picked(**conditions: Any) -> set[UUID]:
                found, after = [], None
                while page := unit.distributors.page(after, 2, where=DistributorFilter(**conditions)):
                    after = page[-1].user_id
                    found += [each.user_id for each in page]
                assert found == sorted(set(found))
                return set(found) & everybody

            assert picked(rank_id=rank.id) == {person.user_id, other.user_id}
            assert picked(territory_ids=(here.id,)) == {person.user_id, held.user_id}
            assert picked(territory_ids=(here.id, there.id)) == everybody
            assert picked(territory_ids=()) == set()
            assert picked(status=DistributorStatus.ON_HOLD) == {held.user_id}
            assert picked(joined_from=day) == {person.user_id, other.user_id}
            assert picked(joined_until=day) == {person.user_id, held.user_id}
            assert picked(joined_from=day, joined_until=day) == {person.user_id}
            assert picked(rank_id=rank.id, territory_ids=(there.id,), joined_from=day) == {other.user_id}
            assert picked() == everybody

    def test_a_page_goes_through_a_downline_with_and_without_paths(self, unit_of_work: UnitOfWorkFactory) -> None:
        """D10: in each tree, to so many levels, of one status; not the person; a stranger is named."""
        with unit_of_work() as unit:
            top = make_distributor(unit)
            child = make_distributor(unit, sponsor_id=top.user_id, enroller_id=top.user_id)
            leaf = make_distributor(unit, sponsor_id=child.user_id, placement_id=top.user_id, placement_leg=2)
            unit.distributors.update(evolve(leaf, status=DistributorStatus.INACTIVE))

            def below(tree: GenealogyTree, levels: int | None = None, **more: Any) -> list[UUID]:
                where = DistributorFilter(below=Below(tree=tree, user_id=top.user_id, levels=levels), **more)
                return [each.user_id for each in unit.distributors.page(where=where)]

            for keep in (True, False):
                unit.trees.keep_paths(GenealogyTree.SPONSOR, keep)
                assert below(GenealogyTree.SPONSOR) == sorted([child.user_id, leaf.user_id])
                assert below(GenealogyTree.SPONSOR, 1) == [child.user_id]
                assert below(GenealogyTree.SPONSOR, 0) == []
                assert below(GenealogyTree.SPONSOR, status=DistributorStatus.INACTIVE) == [leaf.user_id]
                assert below(GenealogyTree.PLACEMENT) == [leaf.user_id]
                assert below(GenealogyTree.ENROLLER) == [child.user_id]
            stranger = Below(tree=GenealogyTree.SPONSOR, user_id=new_id())
            with raises(NotFoundError):
                unit.distributors.page(where=DistributorFilter(below=stranger))

    def test_a_filter_is_checked(self, unit_of_work: UnitOfWorkFactory) -> None:
        """D10: what is no tree, id or number of levels, or ends before it begins, is refused when it is said."""
        with unit_of_work():
            for wrong in ({"tree": "family"}, {"user_id": "ann"}, {"levels": -1}):
                with raises(InputError):
                    Below(**{"tree": GenealogyTree.SPONSOR, "user_id": new_id(), **wrong})  # type: ignore[arg-type]
            with raises(InputError):
                DistributorFilter(joined_from=date(2019, 5, 2), joined_until=date(2019, 5, 1))

    def test_a_locked_distributor_is_the_stored_one(self, unit_of_work: UnitOfWorkFactory) -> None:
        """D11, A1."""
        with unit_of_work() as unit:
            person = make_distributor(unit)
            assert unit.distributors.lock(person.user_id) == person
            with raises(NotFoundError):
                unit.distributors.lock(new_id())

    def test_uplines_are_the_stored_ones(self, unit_of_work: UnitOfWorkFactory) -> None:
        """D12: each once, strangers and nobody left out."""
        with unit_of_work() as unit:
            sponsor, other = make_distributor(unit), make_distributor(unit)
            found = unit.distributors.lock_uplines(sponsor.user_id, None, other.user_id, sponsor.user_id, new_id())
            assert found == {sponsor.user_id: sponsor, other.user_id: other}
            assert unit.distributors.lock_uplines(None) == {}

    def test_no_number_is_drawn_twice(self, unit_of_work: UnitOfWorkFactory) -> None:
        """D13: not even one of a unit that was undone."""
        with unit_of_work() as unit:
            first = unit.distributors.next_number()
            assert unit.distributors.next_number() == first + 1
        with raises(KeyError), unit_of_work() as unit:
            assert unit.distributors.next_number() == first + 2
            raise KeyError("undone")
        with unit_of_work() as unit:
            assert unit.distributors.next_number() == first + 3

    def test_drawn_numbers_begin_where_they_are_told(self, unit_of_work: UnitOfWorkFactory) -> None:
        """D13: never lower than they would come anyway."""
        with unit_of_work() as unit:
            first = unit.distributors.next_number()
            unit.distributors.begin_numbers(first + 1)
            assert unit.distributors.next_number() == first + 1
            unit.distributors.begin_numbers(first + 100)
            assert unit.distributors.next_number() == first + 100
            unit.distributors.begin_numbers(first + 50)
            assert unit.distributors.next_number() == first + 101
            for wrong in (0, -5, True, "7", 2**63):
                with raises(InputError):
                    unit.distributors.begin_numbers(wrong)  # type: ignore[arg-type]  # is refused

    def test_a_free_place_follows_its_rule(self, unit_of_work: UnitOfWorkFactory) -> None:
        """D14: the outermost legs to their ends; the highest level, there the first from the left."""
        with unit_of_work() as unit:
            top = make_distributor(unit)
            left = make_distributor(unit, placement_id=top.user_id, placement_leg=1)
            right = make_distributor(unit, placement_id=top.user_id, placement_leg=2)
            far = make_distributor(unit, placement_id=right.user_id, placement_leg=2)
            inner = make_distributor(unit, placement_id=left.user_id, placement_leg=1)

            def place(rule: PlacementRule, levels: int | None = None) -> tuple[UUID, int] | None:
                wanted = Spillover(under_id=top.user_id, rule=rule, width=2, levels=levels)
                found = unit.distributors.free_place(wanted)
                return None if found is None else (found.parent_id, found.leg)

            assert place(PlacementRule.LEFT) == (inner.user_id, 1)
            assert place(PlacementRule.RIGHT) == (far.user_id, 2)
            assert place(PlacementRule.BREADTH_FIRST) == (left.user_id, 2)
            make_distributor(unit, placement_id=left.user_id, placement_leg=2)
            assert place(PlacementRule.BREADTH_FIRST) == (right.user_id, 1)
            assert place(PlacementRule.BREADTH_FIRST, levels=1) is None
            assert place(PlacementRule.LEFT, levels=2) is None
            assert place(PlacementRule.LEFT, levels=3) == (inner.user_id, 1)
            with raises(NotFoundError):
                unit.distributors.free_place(
                    Spillover(under_id=new_id(), rule=PlacementRule.LEFT, width=2, levels=None)
                )

    def test_a_free_place_in_the_lighter_leg(self, unit_of_work: UnitOfWorkFactory) -> None:
        """D14: by people or by volume, ties to fewer people and the lower leg; with kept paths and without."""
        with unit_of_work() as unit:
            top = make_distributor(unit)
            left = make_distributor(unit, placement_id=top.user_id, placement_leg=1, current_month_pv=Decimal(10))
            right = make_distributor(unit, placement_id=top.user_id, placement_leg=2, current_month_pv=Decimal(50))
            make_distributor(unit, placement_id=left.user_id, placement_leg=1, current_month_pv=Decimal(5))

            def place(rule: PlacementRule, levels: int | None = None, **by: LegVolume) -> tuple[UUID, int] | None:
                wanted = Spillover(under_id=top.user_id, rule=rule, width=2, levels=levels, **by)
                found = unit.distributors.free_place(wanted)
                return None if found is None else (found.parent_id, found.leg)

            for keep in (True, False):
                unit.trees.keep_paths(GenealogyTree.PLACEMENT, keep)
                assert place(PlacementRule.BALANCED) == (right.user_id, 1)
                assert place(PlacementRule.BALANCED, levels=2) == (right.user_id, 1)
                assert place(PlacementRule.BALANCED, levels=1) is None
                assert place(PlacementRule.WEAKER_LEG, volume=LegVolume.CURRENT_MONTH) == (left.user_id, 2)
                assert place(PlacementRule.WEAKER_LEG, volume=LegVolume.LIFETIME) == (right.user_id, 1)
            for leg in (1, 3):
                make_distributor(unit, placement_id=right.user_id, placement_leg=leg)
            for keep in (True, False):
                unit.trees.keep_paths(GenealogyTree.PLACEMENT, keep)
                assert place(PlacementRule.BALANCED) == (left.user_id, 2)
            make_distributor(unit, placement_id=left.user_id, placement_leg=2)
            assert place(PlacementRule.BALANCED, levels=2) == (right.user_id, 2)

    def test_a_weaker_leg_is_weaker_by_a_volume(self, unit_of_work: UnitOfWorkFactory) -> None:
        """D14: by which one is said, and nowhere else."""
        with unit_of_work():
            wanted: dict[str, Any] = {"under_id": new_id(), "width": 2, "levels": None}
            with raises(InputError) as missing:
                Spillover(rule=PlacementRule.WEAKER_LEG, **wanted)
            with raises(InputError) as idle:
                Spillover(rule=PlacementRule.BALANCED, volume=LegVolume.LIFETIME, **wanted)

        assert missing.text == (
            "weaker_leg compares legs by a volume, and companies differ in which; give volume: current_month_pv (the "
            "open period's), personal_pv (the last finalized period's) or lifetime_pv (all finalized periods')"
        )
        assert idle.text == "balanced looks at no volume, and volume is lifetime_pv; leave it out"
