"""Forgetting people."""

from typing import Any

import pytest
from attrs import evolve

from mlmcore.domain.crm import Contact, Task
from mlmcore.domain.enums import ContactStatus, CustomerStatus, OrderStatus, PayoutStatus, TaskType, UserStatus
from mlmcore.domain.errors import InputError, NotFoundError, RefusedError
from mlmcore.domain.ids import key_of, new_id
from mlmcore.domain.personal import WORD, erased_address
from mlmcore.operations.enrolment import enrol
from mlmcore.operations.erasure import CustomerErasure, PersonErasure, erase_customer, erase_person
from mlmcore.operations.orders import place_order
from mlmcore.operations.sign_in import record_login
from mlmcore.operations.termination import CustomersStay, KeepDownline, Termination, terminate
from mlmcore.repositories.protocols import UnitOfWork
from mlmcore.testing.contracts._support import a_payout, a_period
from operations.company import Company, enrolment

DAN = key_of("dan")
WORDS = ("dan@example.com", "Daniel", "Quayle", "+1 555 0199", "Elm Street", "DE00 1234", "12-345-678", "ring twice")


def erasure(**changes: Any) -> PersonErasure:
    """How Dan is forgotten."""
    given: dict[str, Any] = {
        "user_id": DAN,
        "reason": "asked to be forgotten",
        "keep_tax_id": False,
        "erase_owned_contacts": False,
    }
    return PersonErasure(**{**given, **changes})


def dan(unit: UnitOfWork, company: Company) -> None:
    """Store Dan, who was a contact of Ann, has a customer, bought, was paid, and was terminated."""
    contact = unit.contacts.add(Contact(owner_id=company.ann, name="Daniel Quayle", email="dan@example.com"))
    task = Task(title="Call Daniel", type=TaskType.CALL, assignee_id=company.ann, created_by_id=company.ann)
    unit.tasks.add(evolve(task, contact_id=contact.id))
    names = {"first_name": "Daniel", "last_name": "Quayle", "phone": "+1 555 0199"}
    enrol(unit, enrolment("dan", sponsor_id=company.ann, own_customer_number="C-dan", **names))
    for status in (ContactStatus.CONTACTED, ContactStatus.QUALIFIED):
        contact = unit.contacts.update(evolve(contact, status=status))
    unit.contacts.update(evolve(contact, status=ContactStatus.ENROLLED, enrolled_as_id=DAN))
    unit.users.update_profile(evolve(unit.users.get_profile(DAN), tax_id="12-345-678", marketing_consent=True))
    own = unit.customers.find_by_user(DAN)
    assert own is not None
    place_order(unit, company.order("O-dan", DAN, customer_id=own.id, shipping_address={"street": "Elm Street"}))
    unit.orders.update(evolve(unit.orders.get(key_of("O-dan")), notes="ring twice", status=OrderStatus.CANCELLED))
    unit.periods.add(a_period())
    payout = unit.payouts.add(a_payout(unit.distributors.get(DAN), bank_details={"iban": "DE00 1234"}))
    unit.payouts.update(evolve(payout, status=PayoutStatus.CANCELLED))
    choices: dict[str, Any] = {
        "downline": KeepDownline(),
        "customers": CustomersStay(),
        "work_to": None,
        "may_sign_in": True,
    }
    terminate(unit, Termination(user_id=DAN, reason="gave notice", **choices))


def found_words(company: Company) -> list[str]:
    """Which of Dan's words stand anywhere in the store, the sealed values opened."""
    text = repr(company.store.as_dict())
    with company.store() as unit:
        text += repr(unit.users.get_profile(DAN).tax_id)
        text += repr([payout.bank_details for payout in unit.payouts.list_by_distributor(DAN)])
    return [word for word in WORDS if word in text]


class TestErasePerson:
    """`erase_person`."""

    def test_nothing_is_left_of_the_person_anywhere(self, company: Company) -> None:
        """Neither in a table nor in the audit log."""
        with company.store() as unit:
            dan(unit, company)
        assert found_words(company) == list(WORDS)

        with company.store() as unit:
            counts = erase_person(unit, erasure())

        assert found_words(company) == []
        assert counts == {
            "users": 1,
            "user_profiles": 1,
            "distributors": 1,
            "payouts": 1,
            "customers": 1,
            "orders": 1,
            "order_refunds": 0,
            "auto_ships": 0,
            "contacts": 1,
            "tasks": 1,
        }

    def test_trees_orders_and_payouts_stay(self, company: Company) -> None:
        """And who is who: the number, the money, the place."""
        with company.store() as unit:
            dan(unit, company)
            person, order = unit.distributors.get(DAN), unit.orders.get(key_of("O-dan"))
            (payout,) = unit.payouts.list_by_distributor(DAN)
        with company.store() as unit:
            erase_person(unit, erasure())

            assert evolve(unit.distributors.get(DAN), updated_at=person.updated_at) == person
            stored = unit.orders.get(order.id)
            assert (stored.total, stored.items, stored.volumes) == (order.total, order.items, order.volumes)
            assert unit.payouts.list_by_distributor(DAN) == (evolve(payout, bank_details=None),)
            assert unit.contacts.list_by_owner(company.ann)[0].name == WORD

    def test_nobody_signs_in_as_them(self, company: Company) -> None:
        """Nor writes to them."""
        with company.store() as unit:
            dan(unit, company)
            erase_person(unit, erasure())
            user, own = unit.users.get(DAN), unit.customers.find_by_user(DAN)
            with pytest.raises(RefusedError):
                record_login(unit, DAN)

            assert (user.email, user.status, user.password_hash) == (erased_address(DAN), UserStatus.INACTIVE, None)
            assert not unit.users.get_profile(DAN).marketing_consent
            assert own is not None
            assert (own.status, own.email) == (CustomerStatus.INACTIVE, erased_address(own.id))

    def test_the_tax_id_stays_where_a_law_asks_for_it(self, company: Company) -> None:
        """Sealed, as it was."""
        with company.store() as unit:
            dan(unit, company)
            erase_person(unit, erasure(keep_tax_id=True))
            said = unit.audit.list_by_entity("users", DAN)[-1].after_data

            assert unit.users.get_profile(DAN).tax_id == "12-345-678"
            assert said is not None
            assert said["kept"] == ["user_profiles.tax_id"]

    @pytest.mark.parametrize(("erase", "name"), [(False, "Eve"), (True, WORD)])
    def test_owned_contacts_are_other_people(self, company: Company, erase: bool, name: str) -> None:
        """What becomes of them is said."""
        with company.store() as unit:
            dan(unit, company)
            eve = unit.contacts.add(Contact(owner_id=DAN, name="Eve"))
            erase_person(unit, erasure(erase_owned_contacts=erase))

            assert unit.contacts.get(eve.id).name == name

    def test_somebody_who_is_no_distributor_is_erased_too(self, company: Company) -> None:
        """A user alone; what they have not is passed over."""
        with company.store() as unit:
            unit.users.add(evolve(unit.users.get(company.ann), id=DAN, email="dan@example.com"))
            assert erase_person(unit, erasure())["users"] == 1
            assert unit.users.get(DAN).email == erased_address(DAN)

    def test_the_same_command_changes_nothing(self, company: Company) -> None:
        """It says what was erased."""
        with company.store() as unit:
            dan(unit, company)
            first = erase_person(unit, erasure())
        before = company.store.as_dict()

        with company.store() as unit:
            assert erase_person(unit, erasure(reason="again")) == first
        assert company.store.as_dict() == before

    def test_what_is_on_its_way_is_said_at_once(self, company: Company) -> None:
        """And nothing is erased."""
        with company.store() as unit:
            enrol(unit, enrolment("dan", sponsor_id=company.ann, own_customer_number="C-dan"))
            own = unit.customers.find_by_user(DAN)
            assert own is not None
            place_order(unit, company.order("O-dan", DAN, customer_id=own.id))
            unit.periods.add(a_period())
            payout = unit.payouts.add(a_payout(unit.distributors.get(DAN)))
        before = company.store.as_dict()
        with company.store() as unit, pytest.raises(RefusedError) as caught:
            erase_person(unit, erasure())

        assert company.store.as_dict() == before
        assert str(caught.value) == (
            f"user {DAN} cannot be erased yet: distributor D-dan is active; terminate the contract first; payout "
            f"{payout.id} of 50.00 USD is requested; complete or cancel it first; order O-dan is pending; deliver, "
            "cancel or refund it first"
        )

    def test_a_stranger_is_named_and_a_reason_is_given(self, company: Company) -> None:
        """As everywhere."""
        with company.store() as unit, pytest.raises(NotFoundError):
            erase_person(unit, erasure(user_id=new_id()))
        with pytest.raises(InputError):
            erasure(reason=" ")


class TestEraseCustomer:
    """`erase_customer`."""

    def test_a_customer_who_is_no_user_is_forgotten(self, company: Company) -> None:
        """With the contact that they were; the orders' money stays."""
        key = company.customer_of(company.ann)
        with company.store() as unit:
            unit.customers.update(evolve(unit.customers.get(key), first_name="Daniel", phone="+1 555 0199"))
            contact = Contact(owner_id=company.ann, name="Daniel Quayle", status=ContactStatus.QUALIFIED)
            won: dict[str, Any] = {
                "status": ContactStatus.WON,
                "converted_at": unit.now,
                "converted_to_customer_id": key,
            }
            unit.contacts.update(evolve(unit.contacts.add(contact), **won))
            place_order(unit, company.order("O-1", company.ann, shipping_address={"street": "Elm Street"}))
            unit.orders.update(evolve(unit.orders.get(key_of("O-1")), status=OrderStatus.CANCELLED))
            total = unit.orders.get(key_of("O-1")).total
        with company.store() as unit:
            command = CustomerErasure(customer_id=key, reason="asked to be forgotten")
            counts = erase_customer(unit, command)
            assert erase_customer(unit, command) == counts

            customer = unit.customers.get(key)
            expected = (erased_address(key), None, company.ann)
            assert (customer.email, customer.first_name, customer.distributor_id) == expected
            assert unit.orders.get(key_of("O-1")).total == total
        assert counts == {"customers": 1, "orders": 1, "order_refunds": 0, "auto_ships": 0, "contacts": 1, "tasks": 0}
        assert [word for word in WORDS if word in repr(company.store.as_dict())] == []

    def test_a_user_is_erased_as_a_whole(self, company: Company) -> None:
        """And an order under way is delivered first."""
        with company.store() as unit:
            enrol(unit, enrolment("dan", own_customer_number="C-dan"))
            own = unit.customers.find_by_user(DAN)
            assert own is not None
            place_order(unit, company.order("O-dan", DAN, customer_id=own.id))
            with pytest.raises(RefusedError) as caught:
                erase_customer(unit, CustomerErasure(customer_id=own.id, reason="asked to be forgotten"))

        assert str(caught.value) == (
            f"customer C-dan cannot be erased yet: this is user {DAN}; erase the person; order O-dan is pending; "
            "deliver, cancel or refund it first"
        )
