"""Contacts: added, talked to, lost, found again, handed over."""

from typing import Any

import pytest
from attrs import evolve

from mlmcore.domain.enums import ContactStatus, TaskStatus, UserStatus
from mlmcore.domain.errors import ConflictError, IllegalMoveError, InputError, NotFoundError, RefusedError
from mlmcore.domain.ids import key_of, new_id
from mlmcore.operations.contacts import (
    HandOver,
    add_contact,
    hand_over_contact,
    lose_contact,
    record_activity,
    take_up_contact,
)
from mlmcore.operations.conversion import convert_contact
from mlmcore.operations.tasks import complete_task
from operations.company import Company
from operations.crm_stage import DAY, NINE, ZOE, conversion, new_contact, qualified, talk, task


def suspend(company: Company, name: str) -> None:
    """Suspend a user."""
    with company.store() as unit:
        unit.users.update(evolve(unit.users.get(key_of(name)), status=UserStatus.SUSPENDED))


class TestAddContact:
    """`add_contact`."""

    def test_it_stores_a_new_contact(self, company: Company) -> None:
        """With what is known of them."""
        with company.store() as unit:
            contact = add_contact(unit, new_contact(company, tags=["vip"], next_follow_up=NINE))

            assert unit.contacts.get(ZOE) == contact
            assert (contact.status, contact.owner_id, contact.tags) == (ContactStatus.NEW, company.ann, ("vip",))

    def test_the_same_command_changes_nothing(self, company: Company) -> None:
        """Also when somebody has talked to them since, or they have another owner."""
        command = new_contact(company)
        with company.store() as unit:
            add_contact(unit, command)
            record_activity(unit, talk(status=ContactStatus.CONTACTED, lead_score=5, notes="met"))
            now = hand_over_contact(unit, HandOver(contact_id=ZOE, to_owner_id=company.bob, with_open_tasks=True))
        before = company.store.as_dict()

        with company.store() as unit:
            assert add_contact(unit, command) == now

        assert company.store.as_dict() == before

    def test_another_person_with_the_same_id_is_refused(self, company: Company) -> None:
        """It names what differs."""
        with company.store() as unit:
            add_contact(unit, new_contact(company))
            with pytest.raises(ConflictError) as caught:
                add_contact(unit, new_contact(company, name="Zed", phone="1"))

        assert str(caught.value) == (
            f"contact {ZOE} is stored already, with another name, phone; a new contact needs an id of its own"
        )

    def test_somebody_who_is_not_there_gets_no_contact(self, company: Company) -> None:
        """Suspended or unknown."""
        suspend(company, "ann")
        with company.store() as unit:
            with pytest.raises(RefusedError) as caught:
                add_contact(unit, new_contact(company))
            with pytest.raises(NotFoundError):
                add_contact(unit, new_contact(company, owner_id=new_id()))
            assert unit.contacts.find(ZOE) is None

        assert str(caught.value) == (
            f"contact {ZOE} cannot go to user {company.ann}, who is suspended; choose somebody who is active"
        )

    def test_a_text_is_no_list_of_tags(self, company: Company) -> None:
        """Nor is it taken for its letters."""
        with company.store() as unit, pytest.raises(TypeError) as caught:
            add_contact(unit, new_contact(company, tags="vip"))

        assert str(caught.value) == "tags is 'vip', of type str; it must be a tuple of texts"


class TestRecordActivity:
    """`record_activity`."""

    def test_it_writes_what_is_known_since(self, company: Company) -> None:
        """And leaves what it does not say."""
        with company.store() as unit:
            qualified(unit, company)
            contact = record_activity(unit, talk(occurred_at=NINE + DAY, next_follow_up=None, lead_score=40))

        assert contact.last_activity_at == NINE + DAY
        assert (contact.next_follow_up, contact.lead_score) == (None, 40)
        assert (contact.status, contact.notes) == (ContactStatus.QUALIFIED, None)

    def test_the_same_command_changes_nothing(self, company: Company) -> None:
        """Nor does it leave an audit row."""
        with company.store() as unit:
            contact = qualified(unit, company)
        before = company.store.as_dict()

        with company.store() as unit:
            assert record_activity(unit, talk(status=ContactStatus.QUALIFIED)) == contact

        assert company.store.as_dict() == before

    def test_what_happened_before_does_not_bring_the_past_back(self, company: Company) -> None:
        """A command that is repeated late."""
        with company.store() as unit:
            qualified(unit, company)
            last = record_activity(unit, talk(occurred_at=NINE + DAY, status=ContactStatus.PROPOSAL))

            assert record_activity(unit, talk(lead_score=1, status=ContactStatus.QUALIFIED)) == last

    def test_two_activities_at_one_instant_are_refused(self, company: Company) -> None:
        """Nobody could say which came last."""
        with company.store() as unit:
            qualified(unit, company)
            with pytest.raises(ConflictError) as caught:
                record_activity(unit, talk(next_follow_up=None, lead_score=1))

        assert str(caught.value) == (
            f"contact {ZOE} has an activity at 2026-04-01T09:00:00+00:00 already, with another next_follow_up, "
            "lead_score; each activity has an instant of its own"
        )

    @pytest.mark.parametrize("status", [ContactStatus.WON, ContactStatus.ENROLLED])
    def test_nobody_becomes_a_customer_or_distributor_by_a_talk(self, company: Company, status: ContactStatus) -> None:
        """There must be one."""
        with company.store() as unit:
            qualified(unit, company)
            with pytest.raises(RefusedError) as caught:
                record_activity(unit, talk(occurred_at=NINE + DAY, status=status))

        assert str(caught.value) == (
            f"contact {ZOE} does not become {status} by an activity: convert_contact makes a customer of them, "
            "mark_enrolled names the distributor that they became"
        )

    def test_the_pipeline_is_the_machines(self, company: Company) -> None:
        """A new contact negotiates with nobody yet."""
        with company.store() as unit:
            add_contact(unit, new_contact(company))
            with pytest.raises(IllegalMoveError):
                record_activity(unit, talk(status=ContactStatus.NEGOTIATION))

    def test_what_has_not_happened_is_refused(self, company: Company) -> None:
        """It would keep out everything until then; a clock that is a little ahead is none of that."""
        with company.store() as unit:
            add_contact(unit, new_contact(company))
            with pytest.raises(RefusedError) as caught:
                record_activity(unit, talk(occurred_at=NINE.replace(year=2062)))
            record_activity(unit, talk(occurred_at=unit.now + DAY))

        assert str(caught.value) == (
            f"the activity with contact {ZOE} at 2062-04-01T09:00:00+00:00 has not happened: it is "
            "2026-04-02T09:00:02+00:00; what is planned is a follow-up or a task"
        )

    @pytest.mark.parametrize(
        "changes", [{"occurred_at": NINE.replace(tzinfo=None)}, {"lead_score": -1}, {"next_follow_up": NINE.date()}]
    )
    def test_an_activity_is_sound(self, changes: dict[str, Any]) -> None:
        """Before a store is asked."""
        with pytest.raises((InputError, TypeError)):
            talk(**changes)


class TestLosingAndTakingUp:
    """`lose_contact` and `take_up_contact`."""

    def test_somebody_is_lost_and_taken_up_again(self, company: Company) -> None:
        """With the day on which to ask again, and then the next."""
        with company.store() as unit:
            qualified(unit, company)
            lost = lose_contact(unit, ZOE, lost_at=NINE + DAY, next_follow_up=NINE + 90 * DAY, notes="no time")
            again = take_up_contact(unit, ZOE, taken_up_at=NINE + DAY * 3 / 2, next_follow_up=None)

        assert (lost.status, lost.next_follow_up, lost.notes) == ("lost", NINE + 90 * DAY, "no time")
        assert (again.status, again.next_follow_up, again.notes) == ("contacted", None, "no time")

    def test_repeating_either_changes_nothing(self, company: Company) -> None:
        """Also after the other."""
        with company.store() as unit:
            qualified(unit, company)
            lose_contact(unit, ZOE, lost_at=NINE + DAY, next_follow_up=None)
            again = take_up_contact(unit, ZOE, taken_up_at=NINE + DAY * 3 / 2, next_follow_up=None)

            assert lose_contact(unit, ZOE, lost_at=NINE + DAY, next_follow_up=None) == again
            assert take_up_contact(unit, ZOE, taken_up_at=NINE + DAY * 3 / 2, next_follow_up=None) == again

    def test_a_customer_is_not_lost(self, company: Company) -> None:
        """Whoever became one."""
        with company.store() as unit:
            qualified(unit, company)
            convert_contact(unit, conversion(company))
            with pytest.raises(IllegalMoveError):
                lose_contact(unit, ZOE, lost_at=NINE + DAY, next_follow_up=None)


class TestHandOver:
    """`hand_over_contact`."""

    @pytest.mark.parametrize("with_open_tasks", [True, False])
    def test_open_tasks_go_along_or_stay(self, company: Company, with_open_tasks: bool) -> None:
        """Those of the owner; what is done stays whose it was, and so does what others have to do."""
        with company.store() as unit:
            qualified(unit, company)
            about = {"contact_id": ZOE, "due_at": NINE}
            mine = task(unit, company, **about)
            done = task(unit, company, id=key_of("done"), **about)
            complete_task(unit, done.id)
            others = task(unit, company, id=key_of("others"), assignee_id=company.cid, **about)
            command = HandOver(contact_id=ZOE, to_owner_id=company.bob, with_open_tasks=with_open_tasks)

            contact = hand_over_contact(unit, command)

            assert contact.owner_id == company.bob
            assert unit.tasks.get(mine.id).assignee_id == (company.bob if with_open_tasks else company.ann)
            assert unit.tasks.get(done.id).assignee_id == company.ann
            assert unit.tasks.get(done.id).status == TaskStatus.COMPLETED
            assert unit.tasks.get(others.id).assignee_id == company.cid

    def test_the_same_command_changes_nothing(self, company: Company) -> None:
        """Tasks that the first left where they were stay there."""
        with company.store() as unit:
            qualified(unit, company)
            hand_over_contact(unit, HandOver(contact_id=ZOE, to_owner_id=company.bob, with_open_tasks=False))
            task(unit, company, contact_id=ZOE)
        before = company.store.as_dict()

        with company.store() as unit:
            hand_over_contact(unit, HandOver(contact_id=ZOE, to_owner_id=company.bob, with_open_tasks=True))

        assert company.store.as_dict() == before

    def test_nobody_gets_a_contact_who_is_not_there(self, company: Company) -> None:
        """And no task has moved."""
        with company.store() as unit:
            qualified(unit, company)
            task(unit, company, contact_id=ZOE)
        suspend(company, "bob")
        before = company.store.as_dict()

        with company.store() as unit, pytest.raises(RefusedError) as caught:
            hand_over_contact(unit, HandOver(contact_id=ZOE, to_owner_id=company.bob, with_open_tasks=True))

        assert str(caught.value) == (
            f"contact {ZOE} cannot go to user {company.bob}, who is suspended; choose somebody who is active"
        )
        assert company.store.as_dict() == before
