"""Moving somebody in a tree."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from mlmcore.domain.enums import DistributorStatus, GenealogyTree
from mlmcore.domain.errors import ConflictError, InputError, MlmError, NotFoundError, RefusedError
from mlmcore.domain.ids import key_of, new_id
from mlmcore.operations.enrolment import enrol
from mlmcore.operations.move import Move, move_distributor
from mlmcore.repositories.protocols import Actor, UnitOfWork
from operations.company import Company, enrolment, new_company

SPONSOR, PLACEMENT, ENROLLER = GenealogyTree


@pytest.fixture
def unit(company: Company) -> Iterator[UnitOfWork]:
    """A unit of work on the company's behalf, in which Dan joins below Cid, and Eve below Ann in placement leg 2."""
    with company.store() as entered:
        enrol(entered, enrolment("dan", sponsor_id=company.cid))
        enrol(entered, enrolment("eve", placement_id=company.ann, placement_leg=2))
        yield entered


class TestMoveDistributor:
    """`move_distributor`."""

    def test_the_whole_group_comes_along(self, company: Company, unit: UnitOfWork) -> None:
        """And nobody else."""
        moved = move_distributor(unit, Move(user_id=company.cid, tree=SPONSOR, to_parent_id=company.ann))

        assert (moved.sponsor_id, moved.sponsor_leg) == (company.ann, 2)
        assert moved == unit.distributors.get(company.cid)
        assert unit.trees.upline(SPONSOR, key_of("dan")) == (company.cid, company.ann)
        assert unit.trees.upline(SPONSOR, company.bob) == (company.ann,)

    def test_the_other_trees_stay_as_they_are(self, company: Company, unit: UnitOfWork) -> None:
        """A sponsor is changed, not a placement."""
        eve = key_of("eve")

        move_distributor(unit, Move(user_id=eve, tree=SPONSOR, to_parent_id=company.bob))

        assert unit.trees.upline(PLACEMENT, eve) == (company.ann,)
        assert unit.trees.upline(ENROLLER, eve) == ()

    def test_it_is_written_down(self, company: Company) -> None:
        """Who, when, from where, where to, and why."""
        with company.store(Actor(user_id=company.ann)) as unit:
            command = Move(user_id=company.cid, tree=SPONSOR, to_parent_id=company.ann, reason="Bob asked for it")
            move_distributor(unit, command)
            (move,) = unit.distributors.list_moves(company.cid)

            assert (move.from_parent_id, move.from_leg) == (company.bob, 1)
            assert (move.to_parent_id, move.to_leg) == (company.ann, 2)
            assert (move.moved_at, move.moved_by, move.reason) == (unit.now, company.ann, "Bob asked for it")

    def test_somebody_becomes_a_root(self, company: Company, unit: UnitOfWork) -> None:
        """In any tree."""
        for tree, person in ((SPONSOR, company.bob), (PLACEMENT, key_of("eve"))):
            move_distributor(unit, Move(user_id=person, tree=tree, to_parent_id=None))

            assert unit.trees.upline(tree, person) == ()

    def test_a_leg_is_changed_alone(self, company: Company, unit: UnitOfWork) -> None:
        """Below the same placement parent."""
        moved = move_distributor(unit, Move(user_id=key_of("eve"), tree=PLACEMENT, to_parent_id=company.ann, leg=1))

        assert (moved.placement_id, moved.placement_leg) == (company.ann, 1)

    def test_a_leg_is_free_though_somebody_further_down_hangs_in_one_of_its_number(
        self, company: Company, unit: UnitOfWork
    ) -> None:
        """Each parent has legs of their own."""
        eve = key_of("eve")
        move_distributor(unit, Move(user_id=company.cid, tree=PLACEMENT, to_parent_id=eve, leg=1))

        moved = move_distributor(unit, Move(user_id=company.bob, tree=PLACEMENT, to_parent_id=company.ann, leg=1))

        assert moved.placement_id == company.ann

    def test_the_same_command_changes_nothing(self, company: Company) -> None:
        """Repeated, it returns what is stored, and no move is written, whatever the reason."""
        command = Move(user_id=company.cid, tree=SPONSOR, to_parent_id=company.ann, reason="first")
        with company.store() as unit:
            first = move_distributor(unit, command)
        before = company.store.as_dict()

        with company.store() as unit:
            assert move_distributor(unit, evolve(command, reason="again")) == first

        assert company.store.as_dict() == before

    def test_whoever_stands_there_may_be_terminated_since(self, company: Company, unit: UnitOfWork) -> None:
        """The command was done; saying so is no move."""
        unit.distributors.update(evolve(unit.distributors.get(company.cid), status=DistributorStatus.TERMINATED))

        moved = move_distributor(unit, Move(user_id=company.cid, tree=SPONSOR, to_parent_id=company.bob))

        assert moved.sponsor_id == company.bob


class TestRefusedMoves:
    """What `move_distributor` refuses; nothing is stored."""

    def test_nobody_who_is_terminated_is_moved(self, company: Company, unit: UnitOfWork) -> None:
        """Their group may be moved away from them."""
        unit.distributors.update(evolve(unit.distributors.get(company.cid), status=DistributorStatus.TERMINATED))

        with pytest.raises(RefusedError) as caught:
            move_distributor(unit, Move(user_id=company.cid, tree=SPONSOR, to_parent_id=company.ann))
        move_distributor(unit, Move(user_id=key_of("dan"), tree=SPONSOR, to_parent_id=company.bob))

        assert str(caught.value) == "D-cid cannot be moved: the person, D-cid, is terminated"

    def test_nobody_is_moved_below_somebody_who_is_terminated(self, company: Company, unit: UnitOfWork) -> None:
        """As nobody is enrolled there."""
        unit.distributors.update(evolve(unit.distributors.get(company.cid), status=DistributorStatus.TERMINATED))

        with pytest.raises(RefusedError) as caught:
            move_distributor(unit, Move(user_id=key_of("eve"), tree=ENROLLER, to_parent_id=company.cid))

        assert str(caught.value) == "D-eve cannot be moved: the new parent, D-cid, is terminated"

    def test_nobody_is_moved_below_somebody_who_stands_below_them(self, company: Company, unit: UnitOfWork) -> None:
        """The loop is shown, each below the next."""
        with pytest.raises(RefusedError) as caught:
            move_distributor(unit, Move(user_id=company.bob, tree=SPONSOR, to_parent_id=key_of("dan")))

        assert str(caught.value) == (
            "the sponsor tree would have a loop: D-bob -> D-dan -> D-cid -> D-bob; Nobody can stand below themselves; "
            "give one person of the loop another parent, or none"
        )
        assert unit.trees.upline(SPONSOR, company.bob) == (company.ann,)
        assert unit.distributors.list_moves(company.bob) == ()

    def test_nobody_is_moved_below_themselves(self, company: Company, unit: UnitOfWork) -> None:
        """A loop of one."""
        with pytest.raises(InputError) as caught:
            move_distributor(unit, Move(user_id=company.bob, tree=SPONSOR, to_parent_id=company.bob))

        assert str(caught.value) == (
            "sponsor_id of distributor D-bob is that distributor; nobody stands below themselves"
        )

    def test_a_leg_that_is_taken_names_its_holder(self, company: Company, unit: UnitOfWork) -> None:
        """Who has to go first."""
        with pytest.raises(ConflictError) as caught:
            move_distributor(unit, Move(user_id=company.bob, tree=PLACEMENT, to_parent_id=company.ann, leg=2))

        assert str(caught.value) == (
            "D-bob cannot be moved to leg 2 of D-ann: D-eve hangs there; choose another leg, or move D-eve first"
        )

    def test_a_placement_needs_a_leg(self, company: Company, unit: UnitOfWork) -> None:
        """And a root has none."""
        for parent, leg in ((company.ann, None), (None, 1)):
            with pytest.raises(InputError) as caught:
                move_distributor(unit, Move(user_id=company.bob, tree=PLACEMENT, to_parent_id=parent, leg=leg))

            assert str(caught.value) == (
                "distributor D-bob has one of placement_id and placement_leg; give both or neither"
            )

    def test_a_leg_belongs_to_the_placement_tree(self, company: Company, unit: UnitOfWork) -> None:
        """Even where the person stands below that parent already."""
        with pytest.raises(InputError) as caught:
            move_distributor(unit, Move(user_id=company.bob, tree=SPONSOR, to_parent_id=company.ann, leg=1))

        assert str(caught.value) == (
            "distributor D-bob: leg 1 is given in the sponsor tree; leave it out: only the placement tree has legs "
            "that are chosen"
        )

    def test_a_reason_is_text_that_can_be_stored(self, company: Company) -> None:
        """Said before anything is asked of a store."""
        with pytest.raises(InputError, match="reason"):
            Move(user_id=company.bob, tree=SPONSOR, to_parent_id=None, reason="a\0b")

    def test_strangers_are_named(self, company: Company, unit: UnitOfWork) -> None:
        """Whether they were to be moved or to move below."""
        stranger = new_id()
        commands = [
            Move(user_id=stranger, tree=SPONSOR, to_parent_id=company.ann),
            Move(user_id=company.bob, tree=SPONSOR, to_parent_id=stranger),
        ]
        for command in commands:
            with pytest.raises(NotFoundError) as caught:
                move_distributor(unit, command)

            assert str(caught.value) == f"no distributor with id {stranger}"


NAMES = ("ann", "bob", "cid", "dan", "eve", "fay")
COMMANDS = st.builds(
    lambda who, tree, parent, leg: Move(
        user_id=key_of(who), tree=tree, to_parent_id=key_of(parent) if parent else None, leg=leg
    ),
    st.sampled_from(NAMES),
    st.sampled_from(GenealogyTree),
    st.sampled_from([None, *NAMES]),
    st.sampled_from([None, None, 1, 2]),
)


class TestAnyMoves:
    """Whatever is asked for, in any order."""

    @settings(deadline=None, max_examples=25)
    @given(st.lists(COMMANDS, max_size=15))
    def test_nobody_is_lost_doubled_or_below_themselves(self, commands: list[Move]) -> None:
        """A move is done as it was said or changes nothing; every tree stays one."""
        company = new_company()
        with company.store() as unit:
            for name in NAMES[3:]:
                enrol(unit, enrolment(name))
        for command in commands:
            before = {tree: _uplines(company, tree) for tree in GenealogyTree}
            try:
                with company.store() as unit:
                    move_distributor(unit, command)
            except MlmError:
                expected = before[command.tree]
            else:
                expected = _with_group_moved(before[command.tree], command.user_id, command.to_parent_id)

            assert {tree: _uplines(company, tree) for tree in GenealogyTree} == {**before, command.tree: expected}


Uplines = dict[UUID, tuple[UUID, ...]]


def _uplines(company: Company, tree: GenealogyTree) -> Uplines:
    """Everybody's upline; the genealogy of the tree is sound and holds everybody once."""
    with company.store() as unit:
        genealogy = unit.trees.read(tree)
        genealogy.check()
        assert sorted(genealogy.ids.labels(range(len(genealogy)))) == sorted(str(key_of(name)) for name in NAMES)
        return {key_of(name): unit.trees.upline(tree, key_of(name)) for name in NAMES}


def _with_group_moved(before: Uplines, person: UUID, parent: UUID | None) -> Uplines:
    """Everybody's upline when one person stands below another, and whoever stood below that person still does."""
    above = () if parent is None else (parent, *before[parent])
    after = {}
    for other, upline in before.items():
        chain = (other, *upline)
        after[other] = (*chain[1 : chain.index(person) + 1], *above) if person in chain else upline
    return after
