"""Ending somebody's contract."""

from typing import Any
from uuid import UUID

import pytest
from attrs import evolve

from mlmcore.domain.crm import Contact, Task
from mlmcore.domain.enums import DistributorStatus, GenealogyTree, PayoutStatus, TaskStatus, TaskType, UserStatus
from mlmcore.domain.errors import ConflictError, InputError, NotFoundError, RefusedError
from mlmcore.domain.ids import key_of, new_id
from mlmcore.operations.enrolment import enrol
from mlmcore.operations.termination import (
    TERMINATED,
    CustomersStay,
    CustomersTo,
    CustomersToSponsor,
    KeepDownline,
    RollUpDownline,
    Termination,
    terminate,
)
from mlmcore.repositories.protocols import UnitOfWork
from mlmcore.testing.contracts._support import a_payout, a_period
from operations.company import Company, enrolment

SPONSOR, PLACEMENT, ENROLLER = GenealogyTree
BINARY = RollUpDownline(placement_width=2)


def termination(person: UUID, **changes: Any) -> Termination:
    """How somebody's contract ends, with nothing but the status changed."""
    given: dict[str, Any] = {
        "user_id": person,
        "reason": "gave notice",
        "downline": KeepDownline(),
        "customers": CustomersStay(),
        "work_to": None,
        "may_sign_in": True,
    }
    return Termination(**{**given, **changes})


def places(unit: UnitOfWork, tree: GenealogyTree, *names: str) -> list[tuple[UUID | None, int | None]]:
    """Below whom some people stand, and in which leg of the placement tree."""
    people = [unit.distributors.get(key_of(name)) for name in names]
    if tree == PLACEMENT:
        return [(person.placement_id, person.placement_leg) for person in people]
    return [(person.sponsor_id if tree == SPONSOR else person.enroller_id, None) for person in people]


class TestStatus:
    """What always happens."""

    def test_the_person_is_terminated_and_it_is_written_down(self, company: Company) -> None:
        """How and why stands in an event of the person."""
        with company.store() as unit:
            ended = terminate(unit, termination(company.cid))
            (event,) = unit.events.list_by_distributor(company.cid)
            now = unit.now

        assert ended.status == DistributorStatus.TERMINATED
        assert (event.name, event.occurred_at) == (TERMINATED, now)
        assert event.data == {
            "reason": "gave notice",
            "downline": "KeepDownline",
            "placement_width": None,
            "customers": "CustomersStay",
            "work_to": None,
            "may_sign_in": True,
        }

    def test_everything_else_is_said(self) -> None:
        """There is no default."""
        with pytest.raises(TypeError, match=r"downline.*customers.*work_to.*may_sign_in"):
            Termination(user_id=new_id(), reason="x")  # type: ignore[call-arg]  # that is the point
        with pytest.raises(InputError):
            termination(new_id(), reason="  ")

    def test_the_same_command_changes_nothing(self, company: Company) -> None:
        """Repeated in a later unit."""
        command = termination(company.bob, downline=BINARY, customers=CustomersToSponsor(), may_sign_in=False)
        with company.store() as unit:
            first = terminate(unit, command)
        before = company.store.as_dict()

        with company.store() as unit:
            assert terminate(unit, command) == first
        assert company.store.as_dict() == before

    def test_another_command_is_refused(self, company: Company) -> None:
        """Terminated is final, whoever did it."""
        with company.store() as unit:
            terminate(unit, termination(company.bob))
            unit.distributors.update(evolve(unit.distributors.get(company.cid), status=DistributorStatus.TERMINATED))
            for command in (termination(company.bob, downline=BINARY), termination(company.cid)):
                with pytest.raises(ConflictError) as caught:
                    terminate(unit, command)

        assert str(caught.value) == (
            "D-cid was terminated already, in another way; terminated is final: move people and customers one by one"
        )

    def test_a_stranger_is_named(self, company: Company) -> None:
        """As everywhere."""
        with company.store() as unit, pytest.raises(NotFoundError):
            terminate(unit, termination(new_id()))

    @pytest.mark.parametrize(("may", "status"), [(True, UserStatus.ACTIVE), (False, UserStatus.INACTIVE)])
    def test_the_user_may_sign_in_or_not(self, company: Company, may: bool, status: UserStatus) -> None:
        """As it is said."""
        with company.store() as unit:
            terminate(unit, termination(company.bob, may_sign_in=may))
            assert unit.users.get(company.bob).status == status

    def test_open_payouts_are_held(self, company: Company) -> None:
        """What the bank has or was cancelled stays as it is."""
        with company.store() as unit:
            bob = unit.distributors.get(company.bob)
            for period in ("2026-01", "2026-02", "2026-03"):
                unit.periods.add(a_period(period))
            payouts = [unit.payouts.add(a_payout(bob, period_id=f"2026-0{at}")) for at in (1, 2, 3)]
            unit.payouts.update(evolve(payouts[0], status=PayoutStatus.CANCELLED))
            unit.payouts.update(evolve(payouts[1], status=PayoutStatus.APPROVED, approved_at=unit.now))
            terminate(unit, termination(company.bob))
            held = [unit.payouts.get(payout.id).held_reason for payout in payouts]

        assert held == [None, "terminated", "terminated"]


class TestDownline:
    """Who stands where afterwards."""

    def test_kept_everybody_stays(self, company: Company) -> None:
        """Below somebody who is terminated."""
        with company.store() as unit:
            terminate(unit, termination(company.bob))
            assert unit.trees.upline(SPONSOR, company.cid) == (company.bob, company.ann)
            assert unit.distributors.list_moves(company.cid) == ()

    def test_rolled_up_the_children_go_to_the_parent_in_each_tree(self, company: Company) -> None:
        """With everybody below them; a root's children become roots. The reason is the moves'."""
        with company.store() as unit:
            enrol(unit, enrolment("dan", sponsor_id=company.bob, enroller_id=company.bob))
            enrol(unit, enrolment("eve", sponsor_id=company.cid))
            terminate(unit, termination(company.bob, downline=BINARY))

            assert places(unit, SPONSOR, "cid", "dan", "eve") == [
                (company.ann, None),
                (company.ann, None),
                (company.cid, None),
            ]
            assert places(unit, ENROLLER, "dan") == [(None, None)]
            assert [move.reason for move in unit.distributors.list_moves(key_of("dan"))] == ["gave notice"] * 2
            assert unit.trees.upline(SPONSOR, company.bob) == (company.ann,)

    @pytest.mark.parametrize(("first", "second"), [("fay", "eve"), ("eve", "fay")])
    def test_a_chain_of_placements_closes_up(self, company: Company, first: str, second: str) -> None:
        """The child in the first leg takes the leg, the next one the parent's free leg; the person stands apart."""
        with company.store() as unit:
            enrol(unit, enrolment("dan", placement_id=company.ann, placement_leg=2))
            enrol(unit, enrolment(second, placement_id=key_of("dan"), placement_leg=2))
            enrol(unit, enrolment(first, placement_id=key_of("dan"), placement_leg=1))
            terminate(unit, termination(key_of("dan"), downline=BINARY))

            assert places(unit, PLACEMENT, first, second, "dan") == [(company.ann, 2), (company.ann, 1), (None, None)]

    def test_too_few_legs_refuse_everything_that_is_wrong(self, company: Company) -> None:
        """And nothing is done."""
        with company.store() as unit:
            for name, parent, leg in (("dan", "ann", 1), ("eve", "ann", 2), ("fay", "dan", 1), ("gus", "dan", 2)):
                enrol(unit, enrolment(name, placement_id=key_of(parent), placement_leg=leg))
        before = company.store.as_dict()
        command = termination(key_of("dan"), downline=BINARY, customers=CustomersToSponsor(), work_to=key_of("nobody"))
        with pytest.raises(RefusedError) as caught, company.store() as unit:
            terminate(unit, command)

        assert company.store.as_dict() == before
        assert str(caught.value) == (
            "D-dan cannot be terminated: D-ann, with 2 legs, has no leg for D-gus; move them somewhere else first; "
            f"there is no sponsor to take the customers; no user {key_of('nobody')} takes the contacts and tasks"
        )


class TestCustomers:
    """Whose customers they become."""

    @pytest.mark.parametrize("heir", ["sponsor", "named", "stay"])
    def test_they_go_where_it_is_said(self, company: Company, heir: str) -> None:
        """The person's own purchases stay their own."""
        choices = {
            "sponsor": (CustomersToSponsor(), company.ann),
            "named": (CustomersTo(distributor_id=company.cid), company.cid),
            "stay": (CustomersStay(), company.bob),
        }
        choice, expected = choices[heir]
        with company.store() as unit:
            own = unit.customers.add(
                evolve(
                    unit.customers.get(company.customer_of(company.bob)),
                    id=new_id(),
                    customer_number="C-own",
                    user_id=company.bob,
                )
            )
            terminate(unit, termination(company.bob, customers=choice))

            assert unit.customers.get(company.customer_of(company.bob)).distributor_id == expected
            assert unit.customers.get(own.id).distributor_id == company.bob

    def test_somebody_else_who_is_there_takes_them(self, company: Company) -> None:
        """Not the person, nobody terminated, no stranger."""
        stranger = new_id()
        with company.store() as unit:
            unit.distributors.update(evolve(unit.distributors.get(company.cid), status=DistributorStatus.TERMINATED))
        said = []
        for heir in (company.bob, company.cid, stranger):
            with company.store() as unit, pytest.raises(RefusedError) as caught:
                terminate(unit, termination(company.bob, customers=CustomersTo(distributor_id=heir)))
            said.append(str(caught.value).removeprefix("D-bob cannot be terminated: "))

        assert said == [
            "the customers cannot go to the person who leaves",
            "D-cid, who would take the customers, is terminated",
            f"no distributor {stranger} takes the customers",
        ]


class TestWork:
    """Who takes the contacts and tasks."""

    def test_contacts_and_open_tasks_are_handed_over(self, company: Company) -> None:
        """What was done stays with whoever did it; of the rest its new assignee is reminded anew."""
        with company.store() as unit:
            contact = unit.contacts.add(Contact(owner_id=company.bob, name="Dan"))
            task = Task(title="Call Dan", type=TaskType.CALL, assignee_id=company.bob, created_by_id=company.bob)
            todo = unit.tasks.add(evolve(task, reminder_sent=True))
            done = unit.tasks.add(evolve(task, id=new_id(), status=TaskStatus.COMPLETED, completed_at=unit.now))
            terminate(unit, termination(company.bob, work_to=company.ann))

            assert unit.contacts.get(contact.id).owner_id == company.ann
            passed_on = unit.tasks.get(todo.id)
            assert (passed_on.assignee_id, passed_on.reminder_sent) == (company.ann, False)
            assert unit.tasks.get(done.id).assignee_id == company.bob

    def test_somebody_active_takes_them(self, company: Company) -> None:
        """And not the person who leaves."""
        with company.store() as unit:
            unit.users.update(evolve(unit.users.get(company.cid), status=UserStatus.SUSPENDED))
            said = []
            for heir in (company.bob, company.cid):
                with pytest.raises(RefusedError) as caught:
                    terminate(unit, termination(company.bob, work_to=heir))
                said.append(str(caught.value).removeprefix("D-bob cannot be terminated: "))

        assert said == [
            f"user {company.bob}, who would take the contacts and tasks, leaves",
            f"user {company.cid}, who would take the contacts and tasks, is suspended",
        ]
